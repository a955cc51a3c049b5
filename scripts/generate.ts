// Writes the committed files that are made from others, or with --check says which are out of date.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../package.json" with { type: "json" };
import { openApiDocument } from "../src/api/rest/openapi.ts";
import { componentPages } from "../src/app/component-pages.ts";
import { componentSchemas } from "../src/app/components.ts";
import { configJsonSchema, configMarkdown } from "../src/config/describe.ts";
import * as lockfile from "./lockfile.ts";

/** One generated file: where it stands, from the root of the repository, and what must be in it. */
interface Generator {
  readonly path: string;
  readonly render: () => string | Promise<string>;
}

/** Every generated file stands here, and nowhere else. */
const generators: Generator[] = [
  lockfile,
  {
    path: "docs/config.schema.json",
    render: async () => configJsonSchema(await componentSchemas()),
  },
  {
    path: "docs/configuration.md",
    render: async () => configMarkdown(await componentSchemas()),
  },
  {
    path: "docs/openapi.json",
    render: () => `${JSON.stringify(openApiDocument(manifest.version), undefined, 2)}\n`,
  },
];

const pages = await componentPages();
for (const [page, text] of pages)
  generators.push({ path: `docs/components/${page}`, render: () => text });

const onlyCheck = process.argv.includes("--check");
for (const generator of generators) {
  const file = fileURLToPath(new URL(`../${generator.path}`, import.meta.url));
  const wanted = await generator.render();
  const found = await readFile(file, "utf8").catch(() => undefined);
  if (found === wanted) continue;
  if (onlyCheck) {
    console.error(`${generator.path} is out of date: node scripts/generate.ts writes it`);
    process.exitCode = 1;
  } else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, wanted);
    console.log(`${generator.path} written`);
  }
}
