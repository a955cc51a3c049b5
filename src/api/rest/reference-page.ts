import { z } from "zod";
import { type Json, openApiDocument } from "./openapi.ts";

const parameter = z.object({
  name: z.string(),
  in: z.enum(["path", "query", "header"]),
  required: z.boolean(),
  description: z.string().default(""),
  schema: z.record(z.string(), z.json()),
});
const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string().default(""),
  tags: z.tuple([z.string()]),
  parameters: z.array(parameter),
  responses: z.object({
    "200": z.object({ content: z.record(z.string(), z.object({ schema: z.json() })) }),
  }),
});
const document = z.object({
  info: z.object({ description: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), z.json()) }),
});
interface DocumentedRoute {
  readonly path: string;
  readonly method: string;
  readonly route: z.infer<typeof operation>;
}

/** Where the page's style sheet is: the content policy allows no style in the page. */
export const REFERENCE_STYLE_PATH = "/api/docs.css";

/** The reference page: plain HTML from the OpenAPI document, without a script. */
export function referencePage(version: string): string {
  const { info, paths, components } = document.parse(openApiDocument(version));
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({ path, method, route })),
  );
  const tags = [...new Set(routes.map(({ route }) => route.tags[0]))];
  const sections = tags.map((tag) => {
    const own = routes.filter(({ route }) => route.tags[0] === tag);
    return `<h2>${escapeHtml(tag)}</h2>\n${own.map(routeSection).join("\n")}`;
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<h3 id="schema-${escapeHtml(name)}">${escapeHtml(name)}</h3>\n<p><code>${typeText(schema)}</code></p>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sightglass API</title>
<link rel="stylesheet" href="${REFERENCE_STYLE_PATH}">
</head>
<body>
<main>
<h1>Sightglass API</h1>
<p>Version ${escapeHtml(info.version)}. <a href="/api/openapi.json">OpenAPI document</a>. <a href="/">Pages</a>.</p>
<p>${prose(info.description)}</p>
${sections.join("\n")}
<h2>Shapes</h2>
${schemas.join("\n")}
</main>
</body>
</html>
`;
}

function routeSection({ path, method, route }: DocumentedRoute): string {
  const rows = route.parameters.map(
    (one) =>
      `<tr><th scope="row"><code>${escapeHtml(one.name)}</code></th><td>${one.required ? "required" : ""}</td><td>${prose(one.description)}</td></tr>`,
  );
  const table =
    rows.length === 0
      ? ""
      : `<table><thead><tr><th scope="col">Parameter</th><th scope="col"></th><th scope="col">Meaning</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
  const [[type, answer]] = z
    .tuple([z.tuple([z.string(), z.object({ schema: z.json() })])])
    .parse(Object.entries(route.responses["200"].content));
  const verb = type === "text/event-stream" ? "Tells the events" : "Answers";
  return `<section id="${escapeHtml(route.operationId)}">
<h3><code>${method.toUpperCase()} ${escapeHtml(path)}</code></h3>
<p>${prose(route.summary)}. ${prose(route.description)}</p>
${table}
<p>${verb} <code>${typeText(answer.schema)}</code></p>
</section>`;
}

const objectSchema = z.object({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.json()).optional(),
  const: z.json().optional(),
  anyOf: z.array(z.json()).optional(),
  items: z.json().optional(),
  prefixItems: z.array(z.json()).optional(),
  properties: z.record(z.string(), z.json()).optional(),
  additionalProperties: z.json().optional(),
});

/** A schema in the notation of TypeScript, as HTML. */
function typeText(schema: Json): string {
  const parsed = objectSchema.safeParse(schema);
  if (!parsed.success) return "any";
  const { $ref, type, anyOf, items, prefixItems, properties, additionalProperties } = parsed.data;
  if ($ref !== undefined) {
    const name = escapeHtml($ref.slice($ref.lastIndexOf("/") + 1));
    return `<a href="#schema-${name}">${name}</a>`;
  }
  const constants =
    parsed.data.enum ?? (parsed.data.const === undefined ? undefined : [parsed.data.const]);
  if (constants !== undefined)
    return constants.map((one) => escapeHtml(JSON.stringify(one))).join(" | ");
  if (anyOf !== undefined) return anyOf.map(typeText).join(" | ");
  if (properties !== undefined) {
    const fields = Object.entries(properties).map(
      ([name, one]) => `${escapeHtml(name)}: ${typeText(one)}`,
    );
    return `{ ${fields.join(", ")} }`;
  }
  if (prefixItems !== undefined) return `[${prefixItems.map(typeText).join(", ")}]`;
  if (items !== undefined) return `(${typeText(items)})[]`;
  if (additionalProperties !== undefined) return `{ [name]: ${typeText(additionalProperties)} }`;
  return escapeHtml(Array.isArray(type) ? type.join(" | ") : (type ?? "any"));
}

/** Text with `code` in it. */
function prose(text: string): string {
  return escapeHtml(text).replace(/`([^`]*)`/g, "<code>$1</code>");
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export const REFERENCE_STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid; }
h3 { margin-bottom: 0.25rem; }
code { font: 0.875em ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0; }
`;
