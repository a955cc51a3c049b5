import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { API_KEY, ClusterServer } from "#destinations/elasticsearch/testing/cluster-server.ts";
import { Refusal } from "#destinations/elasticsearch/testing/index-mapping.ts";
import { KEYS, S3Server } from "#destinations/s3/testing/s3-server.ts";
import { PostgresServer } from "#pipeline/relational/testing/postgres-server.ts";
import { isKept, isPoison, type Life, POISON_ENDING } from "./delivery-life.ts";

/** Where rows are delivered to by a process that is killed, and what came of them there. */
export interface DeliverySide extends Pick<Life, "signal" | "processors"> {
  /** The type of the destination, and its settings. */
  readonly type: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** A first life has made what it needs there, such as tables. */
  prepared?(): Promise<void>;
  /** Whether an accepted row is to arrive. Any other is refused here, or dropped before. */
  isWanted(id: string): boolean;
  /** Resolves once a delivery was carried out whose answer never comes: until {@link answerAgain}. */
  leaveUnanswered?(): Promise<void>;
  answerAgain?(): void;
  /** Ids of the rows that are there, each as often as it is. */
  arrived(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** By name: the types of destinations, and `tail_sample` before one of them. */
export const DELIVERY_SIDES: Readonly<Record<string, () => Promise<DeliverySide>>> = {
  webhook: () => WebhookSide.start(),
  postgresql: () => PostgresqlSide.start(),
  s3: () => S3Side.start(),
  elasticsearch: () => ElasticsearchSide.start(),
  tail_sample: async () => new SampledSide(await ClusterServer.start()),
};

/** Small portions, so that many are under way. */
const PORTION = { bufferSize: 20, flushInterval: 20 } as const;
/** One request of so many fails for no reason. */
const FAILS_EVERY = 50;
const DECISION_WAIT_MS = 150;

/** The answers that are not given, while that is wanted. */
class Silence {
  #onUnanswered: (() => void) | undefined;

  begin(): Promise<void> {
    return new Promise((resolve) => {
      this.#onUnanswered = resolve;
    });
  }

  end(): void {
    this.#onUnanswered = undefined;
  }

  /** Whether an answer that is ready is to be kept back, which is noted. */
  takes(): boolean {
    this.#onUnanswered?.();
    return this.#onUnanswered !== undefined;
  }
}

const events = z.array(z.object({ message: z.string() }));

/** An endpoint that knows deliveries again by their key, which is all that there is against repeats. */
class WebhookSide implements DeliverySide {
  readonly type = "webhook";
  readonly signal = "logs";
  readonly processors = {};
  readonly #taken = new Map<string, string>();
  readonly #silence = new Silence();
  readonly #server: Server;
  #requests = 0;
  #differences = 0;

  static async start(): Promise<WebhookSide> {
    const side = new WebhookSide();
    await new Promise<void>((resolve) => side.#server.listen(0, "127.0.0.1", resolve));
    return side;
  }

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  get settings() {
    const { port } = this.#server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/`;
    const { bufferSize: batchSize, flushInterval } = PORTION;
    return { url, allowPrivate: true, batchSize, flushInterval };
  }

  isWanted(id: string): boolean {
    return !isPoison(id);
  }

  leaveUnanswered(): Promise<void> {
    return this.#silence.begin();
  }

  answerAgain(): void {
    this.#silence.end();
  }

  arrived(): Promise<readonly string[]> {
    if (this.#differences > 0)
      return Promise.reject(new Error(`${this.#differences} keys came again with other rows`));
    return Promise.resolve([...this.#taken.values()].flatMap((list) => list.split(",")));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const key = String(request.headers["idempotency-key"]);
    const status = this.#take(key, Buffer.concat(parts).toString());
    if (status !== 204 || !this.#silence.takes()) response.writeHead(status).end();
  }

  #take(key: string, body: string): number {
    this.#requests += 1;
    if (this.#requests % FAILS_EVERY === 0) return 503;
    const rows = events.parse(JSON.parse(body)).map(({ message }) => message);
    if (rows.some(isPoison)) return 400;
    const before = this.#taken.get(key);
    if (before !== undefined && before !== rows.join()) this.#differences += 1;
    this.#taken.set(key, rows.join());
    return 204;
  }
}

/** A real PostgreSQL whose table refuses some rows. */
class PostgresqlSide implements DeliverySide {
  readonly type = "postgresql";
  readonly signal = "logs";
  readonly processors = {};
  readonly settings: DeliverySide["settings"];
  readonly #server: PostgresServer;

  static async start(): Promise<PostgresqlSide> {
    return new PostgresqlSide(await PostgresServer.start());
  }

  private constructor(server: PostgresServer) {
    this.#server = server;
    this.settings = { ...server.address, ...PORTION };
  }

  async prepared(): Promise<void> {
    const isFit = `data->>'message' NOT LIKE '%${POISON_ENDING}'`;
    await this.#server.query(`ALTER TABLE events ADD CONSTRAINT no_poison CHECK (${isFit})`);
  }

  isWanted(id: string): boolean {
    return !isPoison(id);
  }

  async arrived(): Promise<readonly string[]> {
    const rows = await this.#server.query<{ id: string }>(
      "SELECT data->>'message' AS id FROM events",
    );
    return rows.map(({ id }) => id);
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}

/** A real server that is compatible with S3. It refuses no row, and fails now and then. */
class S3Side implements DeliverySide {
  readonly type = "s3";
  readonly signal = "logs";
  readonly processors = {};
  readonly settings: DeliverySide["settings"];
  readonly #server: S3Server;
  readonly #silence = new Silence();
  #isSilent = false;
  #requests = 0;

  static async start(): Promise<S3Side> {
    return new S3Side(await S3Server.start());
  }

  private constructor(server: S3Server) {
    const { endpoint, bucket } = server;
    this.#server = server;
    this.settings = { endpoint, bucket, allowPrivate: true, ...KEYS, ...PORTION };
    server.intercept = (request, response) => this.#intercept(request, response);
  }

  isWanted(): boolean {
    return true;
  }

  leaveUnanswered(): Promise<void> {
    this.#isSilent = true;
    return this.#silence.begin();
  }

  answerAgain(): void {
    this.#isSilent = false;
    this.#silence.end();
  }

  async arrived(): Promise<readonly string[]> {
    const keys = await this.#server.keys();
    const objects = await Promise.all(keys.map((key) => this.#server.content(key)));
    return objects.flatMap((bytes) => {
      const lines = gunzipSync(bytes).toString().trimEnd().split("\n");
      return events
        .parse(lines.map((line): unknown => JSON.parse(line)))
        .map(({ message }) => message);
    });
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  #intercept(request: IncomingMessage, response: ServerResponse): boolean {
    this.#requests += 1;
    if (this.#requests % FAILS_EVERY === 0) {
      request.resume();
      response.writeHead(503).end();
      return true;
    }
    // The server carries the request out, and what it answers stays here.
    if (this.#isSilent)
      response.end = () => {
        this.#silence.takes();
        return response;
      };
    return false;
  }
}

const logDocuments = z.array(z.object({ body: z.object({ text: z.string() }) }));
const spanDocuments = z.array(z.object({ name: z.string() }));

/** As much of Elasticsearch as there is: documents by their ids. It refuses some, and breaks off some answers. */
class ElasticsearchSide implements DeliverySide {
  readonly type = "elasticsearch";
  readonly signal: DeliverySide["signal"] = "logs";
  readonly processors: DeliverySide["processors"] = {};
  readonly settings: DeliverySide["settings"];
  protected readonly server: ClusterServer;
  readonly #silence = new Silence();
  #requests = 0;
  #answers = 0;

  static async start(): Promise<ElasticsearchSide> {
    return new ElasticsearchSide(await ClusterServer.start());
  }

  constructor(server: ClusterServer) {
    this.server = server;
    this.settings = { endpoints: [server.url], apiKey: API_KEY, allowPrivate: true, ...PORTION };
    server.intercept = (request, response) => {
      this.#requests += 1;
      if (this.#requests % FAILS_EVERY !== 0) return false;
      request.resume();
      response.writeHead(503).end();
      return true;
    };
    server.refuse = (_id, source) => {
      const [document] = logDocuments.safeParse([source]).data ?? [];
      if (document === undefined || !isPoison(document.body.text)) return undefined;
      return new Refusal(400, "document_parsing_exception", "a row of poison");
    };
    server.isAnswerLost = () => {
      this.#answers += 1;
      return this.#silence.takes() || this.#answers % FAILS_EVERY === 0;
    };
  }

  isWanted(id: string): boolean {
    return !isPoison(id);
  }

  leaveUnanswered(): Promise<void> {
    return this.#silence.begin();
  }

  answerAgain(): void {
    this.#silence.end();
  }

  arrived(): Promise<readonly string[]> {
    const ids = logDocuments.parse(this.server.documents()).map(({ body }) => body.text);
    return Promise.resolve(ids);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

/** Whole traces are held before they are delivered, and a part of them is dropped. */
class SampledSide extends ElasticsearchSide {
  override readonly signal = "traces";
  override readonly processors = {
    tail_sample: {
      decisionWait: DECISION_WAIT_MS,
      policies: [{ name: "kept", type: "string_attribute", key: "keep", values: ["yes"] }],
    },
  };

  override isWanted(id: string): boolean {
    return isKept(id);
  }

  override arrived(): Promise<readonly string[]> {
    return Promise.resolve(spanDocuments.parse(this.server.documents()).map(({ name }) => name));
  }
}
