import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { indexed, type Properties, Refusal, type Template } from "./index-mapping.ts";

/** What the server takes as its API key. */
export const API_KEY = "aWQ6c2VjcmV0";

interface Index {
  readonly documents: Map<string, Readonly<Record<string, unknown>>>;
  readonly properties: Properties;
  readonly template: Template | undefined;
}

/** Metadata of an action that the specification knows (BulkWriteOperation) and that is not for versions. */
const METADATA = new Set(["_index", "_id", "routing", "pipeline", "require_alias"]);

/**
 * As much of Elasticsearch and OpenSearch as their specifications say about `_bulk` and index templates,
 * and strict: what a request has that the specification does not know is an error here.
 * https://github.com/elastic/elasticsearch-specification (_global/bulk, indices/put_index_template)
 */
export class ClusterServer {
  readonly url: string;
  readonly distribution: "elasticsearch" | "opensearch";
  readonly indices = new Map<string, Index>();
  readonly templates = new Map<string, Template>();
  /** Of each request, in order. */
  readonly seen: { readonly method: string; readonly path: string; readonly bytes: number }[] = [];
  /** What is said of a document in place of indexing it. */
  refuse: (id: string, source: Readonly<Record<string, unknown>>) => Refusal | undefined = () =>
    undefined;
  /** Answers in place of the server when it returns true. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  /** Whether the connection breaks in the middle of an answer, once its request was carried out. */
  isAnswerLost: () => boolean = () => false;
  readonly #server: Server;

  private constructor(server: Server, distribution: "elasticsearch" | "opensearch") {
    this.#server = server;
    this.distribution = distribution;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(
    distribution: "elasticsearch" | "opensearch" = "elasticsearch",
  ): Promise<ClusterServer> {
    const started: { own?: ClusterServer } = {};
    const server = createServer((request, response) => void started.own?.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    started.own = new ClusterServer(server, distribution);
    return started.own;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** All documents, whatever their index. */
  documents(): Readonly<Record<string, unknown>>[] {
    return [...this.indices.values()].flatMap(({ documents }) => [...documents.values()]);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.intercept(request, response)) return;
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const sent = Buffer.concat(parts);
    this.seen.push({ method: request.method!, path: request.url!, bytes: sent.length });
    if (this.distribution === "elasticsearch")
      response.setHeader("x-elastic-product", "Elasticsearch");
    response.setHeader("content-type", "application/json");
    try {
      const body = JSON.stringify(this.carryOut(request, sent));
      if (!this.isAnswerLost()) {
        response.end(body);
        return;
      }
      response.setHeader("content-length", String(body.length));
      response.write(body.slice(0, body.length >>> 1), () => response.destroy());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, type, message: reason } = error;
      const cause = { type, reason };
      response
        .writeHead(status)
        .end(JSON.stringify({ error: { ...cause, root_cause: [cause] }, status }));
    }
  }

  private carryOut(request: IncomingMessage, sent: Buffer): unknown {
    const { method, headers } = request;
    if (headers.authorization !== `ApiKey ${API_KEY}`)
      throw new Refusal(
        401,
        "security_exception",
        "unable to authenticate with provided credentials",
      );
    const { pathname, searchParams } = new URL(request.url!, "http://cluster");
    if (method === "GET" && pathname === "/") return this.root();
    const template = /^\/_index_template\/([^/]+)$/.exec(pathname)?.[1];
    if (template !== undefined && method === "GET") return this.template(template);
    if (template !== undefined && method === "PUT")
      return this.putTemplate(template, searchParams, sent, headers["content-type"]);
    if (method === "POST" && pathname === "/_bulk") {
      const isPacked = headers["content-encoding"] === "gzip";
      const text = (isPacked ? gunzipSync(sent) : sent).toString();
      const answer = this.bulk(text, headers["content-type"]);
      const asked = searchParams.get("filter_path")?.split(",");
      return asked === undefined
        ? answer
        : filtered(
            answer,
            asked.map((path) => path.split(".")),
          );
    }
    throw new Refusal(
      400,
      "illegal_argument_exception",
      `no handler found for ${method} ${pathname}`,
    );
  }

  private root(): unknown {
    if (this.distribution === "opensearch")
      return { version: { distribution: "opensearch", number: "3.1.0" } };
    return {
      version: { number: "9.1.2", build_flavor: "default" },
      tagline: "You Know, for Search",
    };
  }

  private template(name: string): unknown {
    const found = this.templates.get(name);
    if (found === undefined)
      throw new Refusal(
        404,
        "resource_not_found_exception",
        `index template matching [${name}] not found`,
      );
    return { index_templates: [{ name, index_template: found }] };
  }

  private putTemplate(
    name: string,
    query: URLSearchParams,
    sent: Buffer,
    contentType: string | undefined,
  ): unknown {
    if (contentType !== "application/json")
      throw new Refusal(406, "media_type_header_exception", `Invalid media-type ${contentType}`);
    if (query.get("create") === "true" && this.templates.has(name))
      throw new Refusal(
        400,
        "illegal_argument_exception",
        `index template [${name}] already exists`,
      );
    const template = JSON.parse(sent.toString()) as Template & Record<string, unknown>;
    const known = ["index_patterns", "priority", "version", "data_stream", "template", "_meta"];
    for (const key of Object.keys(template))
      if (!known.includes(key))
        throw new Refusal(
          400,
          "x_content_parse_exception",
          `[index_template] unknown field [${key}]`,
        );
    const wrong = this.distribution === "opensearch" ? "flattened" : "flat_object";
    const text = JSON.stringify(template);
    if (text.includes(`"${wrong}"`) || (wrong === "flattened" && text.includes("match_only_text")))
      throw new Refusal(400, "mapper_parsing_exception", `No handler for type [${wrong}]`);
    this.templates.set(name, template);
    return { acknowledged: true };
  }

  private bulk(
    text: string,
    contentType: string | undefined,
  ): { errors: boolean; items: unknown[] } {
    if (contentType !== "application/x-ndjson")
      throw new Refusal(406, "media_type_header_exception", `Invalid media-type ${contentType}`);
    if (!text.endsWith("\n"))
      throw new Refusal(
        400,
        "illegal_argument_exception",
        "The bulk request must be terminated by a newline [\\n]",
      );
    const lines = text.slice(0, -1).split("\n");
    const items: unknown[] = [];
    let errors = false;
    for (let at = 0; at < lines.length; at += 2) {
      const { operation, index, id } = actionOf(lines[at]!, at + 1);
      if (lines[at + 1] === undefined)
        throw new Refusal(
          400,
          "illegal_argument_exception",
          "The bulk request must be terminated by a newline [\\n]",
        );
      const place = { _index: index, _id: id };
      try {
        const result = this.index(operation, index, id, lines[at + 1]!);
        items.push({
          [operation]: { ...place, _version: 1, result, status: result === "created" ? 201 : 200 },
        });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        errors = true;
        const { status, type, message: reason } = error;
        items.push({ [operation]: { ...place, status, error: { type, reason } } });
      }
    }
    return { errors, items };
  }

  private index(operation: string, name: string, id: string, line: string): "created" | "updated" {
    const source = sourceOf(line);
    const refusal = this.refuse(id, source);
    if (refusal !== undefined) throw refusal;
    const index = this.indexOf(name, operation);
    const isThere = index.documents.has(id);
    if (isThere && operation === "create")
      throw new Refusal(
        409,
        "version_conflict_engine_exception",
        `[${id}]: version conflict, document already exists`,
      );
    const isStream = index.template?.data_stream !== undefined;
    if (isStream && source["@timestamp"] === undefined)
      throw new Refusal(
        400,
        "illegal_argument_exception",
        "data stream timestamp field [@timestamp] is missing",
      );
    indexed(source, index.template?.template.mappings, index.properties);
    index.documents.set(id, source);
    return isThere ? "updated" : "created";
  }

  private indexOf(name: string, operation: string): Index {
    if (!/^(?![_+-])[a-z0-9._-]{1,255}$/.test(name) || name === "." || name === "..")
      throw new Refusal(400, "invalid_index_name_exception", `Invalid index name [${name}]`);
    let index = this.indices.get(name);
    if (index === undefined) {
      const template = [...this.templates.values()].find(({ index_patterns: patterns }) =>
        patterns.some((pattern) => new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(name)),
      );
      index = { documents: new Map(), properties: {}, template };
      this.indices.set(name, index);
    }
    if (index.template?.data_stream !== undefined && operation !== "create")
      throw new Refusal(
        400,
        "illegal_argument_exception",
        "only write ops with an op_type of create are allowed in data streams",
      );
    return index;
  }
}

function actionOf(line: string, number: number): { operation: string; index: string; id: string } {
  const malformed = (what: string): Refusal =>
    new Refusal(
      400,
      "illegal_argument_exception",
      `Malformed action/metadata line [${number}], ${what}`,
    );
  let action: unknown;
  try {
    action = JSON.parse(line);
  } catch {
    throw malformed("not JSON");
  }
  const [[operation, metadata] = [], ...more] = Object.entries(action as object) as [
    string,
    object,
  ][];
  if (more.length > 0 || (operation !== "create" && operation !== "index"))
    throw malformed("expected one of [create, index]");
  for (const key of Object.keys(metadata!))
    if (!METADATA.has(key)) throw malformed(`unknown parameter [${key}]`);
  const { _index: index, _id: id } = metadata as { _index?: unknown; _id?: unknown };
  if (typeof index !== "string" || typeof id !== "string") throw malformed("no _index or _id");
  if (Buffer.byteLength(id) > 512)
    throw malformed(`id [${id}] is too long, must be no longer than 512 bytes`);
  return { operation, index, id };
}

function sourceOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const source: unknown = JSON.parse(line);
    if (typeof source === "object" && source !== null && !Array.isArray(source))
      return source as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Refusal(400, "document_parsing_exception", "failed to parse");
}

/** https://www.elastic.co/docs/reference/elasticsearch/rest-apis/common-options: `filter_path`. */
function filtered(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.some((path) => path.length === 0)) return value;
  if (Array.isArray(value))
    return value.map((one) => filtered(one, paths)).filter((one) => one !== undefined);
  if (typeof value !== "object" || value === null) return undefined;
  const kept = Object.entries(value).flatMap(([key, one]) => {
    const below = paths
      .filter(([first]) => first === key || first === "*")
      .map((path) => path.slice(1));
    const part = below.length === 0 ? undefined : filtered(one, below);
    return part === undefined ? [] : [[key, part] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
