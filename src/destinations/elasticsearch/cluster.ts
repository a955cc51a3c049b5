import { z } from "zod";
import type { Clock } from "#core/clock.ts";
import { answerError, shortened } from "#pipeline/outbound/answer-error.ts";
import { destinationUrl } from "#pipeline/outbound/destination-url.ts";
import { Outbound } from "#pipeline/outbound/outbound.ts";
import type { OutboundResponse } from "#pipeline/outbound/outbound.ts";
import type { ElasticsearchSettings } from "./settings.ts";
import type { Distribution } from "./template.ts";

/** An answer about 10,000 rows of which each was refused at length. */
const RESPONSE_BYTES_MAX = 16_777_216;

/** Answers of a node, or of what stands before it, that another node may do without. */
const NODE_IS_DOWN = new Set([502, 503, 504]);

/** Which engine it is; anything else gets no rows. */
export interface Product {
  readonly distribution: Distribution;
  /** Such as `9.1.2`. */
  readonly version: string;
}

export interface ClusterRequest {
  readonly method: "GET" | "POST" | "PUT";
  /** Behind the endpoint, with a slash at the beginning. */
  readonly path: string;
  readonly body?: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
}

const rootAnswer = z.object({
  version: z.object({
    number: z.string(),
    distribution: z.string().optional(),
  }),
});

/** The nodes of a cluster of Elasticsearch or OpenSearch, over HTTP. */
export class Cluster {
  readonly #settings: ElasticsearchSettings;
  readonly #clock: Clock;
  readonly #outbound: Outbound;
  #turn = 0;

  constructor(settings: ElasticsearchSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#outbound = new Outbound({
      allowPrivate: settings.allowPrivate,
      clock,
      responseBytesMax: RESPONSE_BYTES_MAX,
    });
  }

  /** @throws SightglassError `config_invalid` when an endpoint is not allowed. */
  check(): void {
    for (const endpoint of this.#settings.endpoints) destinationUrl(endpoint, this.#settings);
  }

  close(): void {
    this.#outbound.close();
  }

  /**
   * The answer of the node whose turn it is, or of the next one that is there: what is sent twice is
   * the same document.
   *
   * @throws Error of the last node when none is there.
   */
  async request(request: ClusterRequest, cancel: AbortSignal): Promise<OutboundResponse> {
    const { endpoints } = this.#settings;
    const first = this.#turn;
    this.#turn = (first + 1) % endpoints.length;
    for (let tries = 1; ; tries += 1) {
      const endpoint = endpoints[(first + tries - 1) % endpoints.length]!;
      const isLast = tries === endpoints.length;
      try {
        const answer = await this.#ask(endpoint, request, cancel);
        if (isLast || !NODE_IS_DOWN.has(answer.status)) return answer;
      } catch (error) {
        if (isLast || cancel.aborted) throw error;
      }
    }
  }

  /**
   * What answers at the endpoints.
   *
   * @throws Error that says what it is when it is neither Elasticsearch nor OpenSearch.
   */
  async product(cancel: AbortSignal): Promise<Product> {
    const answer = await this.request({ method: "GET", path: "/" }, cancel);
    // Elasticsearch says its name in a header since 7.14, also where it refuses.
    const isElastic = answer.headers["x-elastic-product"] === "Elasticsearch";
    if (answer.status === 403 && (isElastic || isSecurityRefusal(answer.body)))
      // A key that may only write is not told the version.
      return { distribution: isElastic ? "elasticsearch" : "opensearch", version: "unknown" };
    const error = this.errorOf(answer, "GET /");
    if (error !== undefined) throw error;
    const found = parsedRoot(answer.body.toString());
    if (found === undefined)
      throw new Error(
        `GET / was not answered by Elasticsearch or OpenSearch: ${shortened(answer.body.toString())}`,
      );
    const { number, distribution } = found.version;
    if (distribution === "opensearch") return { distribution, version: number };
    if (isElastic) return { distribution: "elasticsearch", version: number };
    throw new Error(
      `GET / names version ${number} of an engine that is neither OpenSearch nor Elasticsearch from 7.14 on`,
    );
  }

  /** What is wrong with an answer as a whole; undefined when nothing is. */
  errorOf(answer: OutboundResponse, what: string): Error | undefined {
    const { status, body } = answer;
    // Too large for one request, or a line that the engine cannot read: smaller portions find it. Whatever
    // else is wrong may be mended, such as an index or a pipeline that is missing.
    const meaning = status === 413 || status === 400 ? "rows" : "later";
    return answerError(answer, {
      what,
      said: problemOf(body),
      meaning,
      nowMs: this.#clock.nowMs(),
    });
  }

  #ask(endpoint: string, request: ClusterRequest, cancel: AbortSignal): Promise<OutboundResponse> {
    const { method, path, body, headers } = request;
    return this.#outbound.request({
      method,
      url: `${endpoint.replace(/\/+$/, "")}${path}`,
      headers: { accept: "application/json", ...credentialsOf(this.#settings), ...headers },
      ...(body === undefined ? {} : { body }),
      msMax: this.#settings.timeout,
      cancel,
    });
  }
}

function credentialsOf(settings: ElasticsearchSettings): Record<string, string> {
  const { apiKey, token, username, password = "" } = settings;
  if (apiKey !== undefined) return { authorization: `ApiKey ${apiKey}` };
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (username === undefined) return {};
  const basic = Buffer.from(`${username}:${password}`).toString("base64");
  return { authorization: `Basic ${basic}` };
}

function parsedRoot(text: string): z.infer<typeof rootAnswer> | undefined {
  return rootAnswer.safeParse(parsedJson(text)).data;
}

const problem = z.object({
  error: z.union([z.string(), z.object({ type: z.string(), reason: z.string().nullish() })]),
});

function isSecurityRefusal(body: Buffer): boolean {
  const found = problem.safeParse(parsedJson(body.toString())).data?.error;
  return typeof found === "object" && found.type === "security_exception";
}

/** An error as the engines write it; anything else as it is. */
function problemOf(body: Buffer): string {
  const found = problem.safeParse(parsedJson(body.toString())).data?.error;
  if (found === undefined) return body.toString();
  return typeof found === "string" ? found : `${found.type}: ${found.reason ?? ""}`;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
