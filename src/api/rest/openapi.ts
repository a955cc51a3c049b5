import { z } from "zod";
import { plainError, problem } from "../contract/problem.ts";
import { methodOf, type Route, type StreamRoute } from "../contract/route.ts";
import { type OperationId, ROUTES, type StreamId, STREAMS } from "../contract/routes.ts";

/** A JSON value: the document is data. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/**
 * The REST API as OpenAPI 3.1, made from the schemas that check requests.
 * https://spec.openapis.org/oas/v3.1.1.html
 */
export function openApiDocument(version: string): JsonObject {
  const components = new Map<string, Json>();
  const paths: Record<string, JsonObject> = {};
  for (const id of Object.keys(ROUTES) as OperationId[]) {
    const route: Route = ROUTES[id];
    const ofPath = (paths[route.path] ??= {});
    ofPath[methodOf(route).toLowerCase()] = operation(id, route, components);
  }
  for (const id of Object.keys(STREAMS) as StreamId[]) {
    const { path } = STREAMS[id];
    (paths[path] ??= {})["get"] = streamOperation(id, STREAMS[id], components);
  }
  const problemSchema = answerSchema(problem, components);
  const plainSchema = answerSchema(plainError, components);
  return {
    openapi: "3.1.1",
    info: {
      title: "Sightglass",
      version,
      summary: "Traces, logs and metrics, asked for over HTTP.",
      description:
        "Times are RFC 3339 or Unix nanoseconds in, RFC 3339 with nanoseconds out. Durations are milliseconds with fractions. Ids are lower-case hexadecimal. Without `from` and `to` a query means the last hour. Answers may gain fields. Errors are RFC 9457 problems with a stable `code`.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{}, { token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description: "The configured token, where one is.",
        },
      },
      responses: {
        Problem: {
          description: "Why there is no answer.",
          content: { "application/problem+json": { schema: problemSchema } },
        },
        PlainError: {
          description: "Why there is no answer.",
          content: { "application/json": { schema: plainSchema } },
        },
      },
      schemas: Object.fromEntries([...components].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}

function operation(id: string, route: Route, components: Map<string, Json>): JsonObject {
  const answer = {
    description: "The answer.",
    content: { "application/json": { schema: answerSchema(route.answer, components) } },
  };
  return {
    operationId: id,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    tags: [route.tag],
    ...(route.open === true ? { security: [] } : {}),
    parameters: [...parameters("path", route.params), ...parameters("query", route.query)],
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body) }),
    responses: {
      "200": answer,
      ...(id === "getReady" ? { "503": { ...answer, description: "Not ready." } } : {}),
      default: {
        $ref: `#/components/responses/${route.plainErrors === true ? "PlainError" : "Problem"}`,
      },
    },
  };
}

const LAST_EVENT_ID: JsonObject = {
  name: "Last-Event-ID",
  in: "header",
  required: false,
  description: "The `id` of the last event that was read before the connection broke.",
  schema: { type: "string" },
};

function streamOperation(
  id: string,
  route: StreamRoute,
  components: Map<string, Json>,
): JsonObject {
  const { summary, description, tag, query, events } = route;
  const properties = Object.entries(events).map(([name, schema]) => [
    name,
    answerSchema(schema, components),
  ]);
  const schema = {
    description: "The data of each event, by the event's name.",
    type: "object",
    properties: Object.fromEntries(properties) as JsonObject,
  };
  return {
    operationId: id,
    summary,
    description,
    tags: [tag],
    parameters: [...parameters("query", query), LAST_EVENT_ID],
    responses: {
      "200": {
        description: "Events, until either side ends the connection.",
        content: { "text/event-stream": { schema } },
      },
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

function requestBody(description: string): JsonObject {
  const content = Object.fromEntries(
    ["application/json", "application/yaml"].map((type) => [type, { schema: {} }]),
  );
  return { description, required: true, content };
}

function parameters(place: "path" | "query", schema: z.ZodObject | undefined): JsonObject[] {
  if (schema === undefined) return [];
  const whole = jsonSchema.parse(z.toJSONSchema(schema, { io: "input" }));
  const { properties, required } = z
    .object({ properties: jsonSchema, required: z.array(z.string()).default([]) })
    .parse(whole);
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = jsonSchema.parse(property);
    return {
      name,
      in: place,
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
      // Several values are several parameters: attribute=a=1&attribute=b=2.
      ...(rest["type"] === "array" ? { style: "form", explode: true } : {}),
    };
  });
}

const jsonSchema = z.record(z.string(), z.json());

/** The schema of an answer; schemas with a name go to the components. */
function answerSchema(schema: z.ZodType, components: Map<string, Json>): Json {
  const { $defs, $schema: _, ...root } = jsonSchema.parse(z.toJSONSchema(schema, { io: "output" }));
  for (const [name, definition] of Object.entries(jsonSchema.parse($defs ?? {}))) {
    components.set(name, tidied(definition));
  }
  const { id, ...rest } = root;
  if (typeof id !== "string") return tidied(rest);
  components.set(id, tidied(rest));
  return { $ref: `#/components/schemas/${id}` };
}

/** References point into the components, and answers are open to more fields. */
function tidied(value: Json): Json {
  if (Array.isArray(value)) return value.map(tidied);
  if (typeof value !== "object" || value === null) return value;
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (key === "additionalProperties" && item === false) continue;
    // The name of a schema; a property called `id` has a schema, not a text.
    if (key === "id" && typeof item === "string") continue;
    result[key] =
      key === "$ref" && typeof item === "string"
        ? item.replace("#/$defs/", "#/components/schemas/")
        : tidied(item);
  }
  return result;
}
