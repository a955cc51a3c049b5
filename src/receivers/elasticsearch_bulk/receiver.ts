import { z } from "zod";
import type { SightglassError } from "#core/errors.ts";
import { defineComponent, type ReceiverContext } from "#pipeline/component.ts";
import { Access } from "#pipeline/intake/access.ts";
import { jsonAnswer, messageOf } from "#pipeline/intake/answers.ts";
import type { Door } from "#pipeline/intake/door.ts";
import { endpointSetting, guarded, tokenSetting } from "#pipeline/intake/endpoint-settings.ts";
import { HttpReceiver } from "#pipeline/intake/http-receiver.ts";
import type {
  HttpAnswer,
  HttpRoute,
  HttpService,
  RequestHead,
} from "#pipeline/intake/http-route.ts";
import { parseJson } from "#pipeline/intake/json-text.ts";
import { LogIntake } from "#pipeline/intake/log-intake.ts";
import { OriginPolicy } from "#pipeline/intake/origin-policy.ts";
import { BulkReader } from "./bulk.ts";
import { decoded, familyOf, handshake, info } from "./handshake.ts";

/** Without it Elastic's clients take the server for something else, and refuse it. */
const PRODUCT = { "x-elastic-product": "Elasticsearch" };
const DEFAULT_INDEX = "logs";
const ID_DIGITS = 20;
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";

const settings = z
  .strictObject({
    endpoint: endpointSetting("127.0.0.1:9200", "Where Elasticsearch's clients send to."),
    token: tokenSetting,
    version: z
      .string()
      .regex(/^\d+\.\d+\.\d+$/)
      .default("8.19.0")
      .describe("The version of Elasticsearch that clients are told, for those that ask for one."),
  })
  .superRefine(guarded);

export type ElasticsearchBulkSettings = z.infer<typeof settings>;

/**
 * Takes what is indexed in Elasticsearch: `_bulk`, and single documents, with the answers that Beats,
 * Logstash, Fluent Bit and Elastic's own clients want to their preparations.
 */
export const elasticsearchBulk = defineComponent({
  kind: "receiver",
  type: "elasticsearch_bulk",
  summary: "Takes logs from every sender that writes to Elasticsearch's bulk API.",
  signals: { logs: "stable" },
  settings,
  claims: ({ endpoint }) => [
    { kind: "http", address: endpoint, paths: ["/", "/_bulk", "/{index}/_bulk", "/{index}/_doc"] },
  ],
  create: (given: ElasticsearchBulkSettings, context: ReceiverContext) =>
    new HttpReceiver({
      context,
      endpoint: given.endpoint,
      service: (door) => new ElasticsearchService(given, context, door),
    }),
});

class ElasticsearchService implements HttpService {
  readonly name = "elasticsearch_bulk";
  readonly paths = "/_bulk, /:index/_bulk, /:index/_doc";
  readonly owner: string;
  readonly origins = new OriginPolicy({});
  private readonly access: Access;
  private readonly intake: LogIntake;
  private readonly context: ReceiverContext;
  private readonly version: string;
  private readonly door: Door;

  constructor(given: ElasticsearchBulkSettings, context: ReceiverContext, door: Door) {
    this.owner = `the receiver ${context.name}`;
    this.access = new Access(given.token);
    this.intake = new LogIntake(context);
    this.context = context;
    this.version = given.version;
    this.door = door;
  }

  private readonly bulk = this.route(["POST", "PUT"], async (body, head) => {
    const startedMs = this.context.clock.monotonicMs();
    const builder = this.intake.begin();
    const reader = new BulkReader(builder, this.door.limits, this.newId);
    const result = reader.read(body, indexOf(head));
    await this.intake.push(builder, body.length);
    const took = Math.round(this.context.clock.monotonicMs() - startedMs);
    return elasticAnswer(200, { took, ...result });
  });

  private readonly document = this.route(["POST", "PUT"], async (body, head) => {
    const builder = this.intake.begin();
    const reader = new BulkReader(builder, this.door.limits, this.newId);
    const [, , kind, id] = head.path.split("/");
    const item = reader.one(parseJson(body, this.door.limits), {
      action: kind === "_create" ? "create" : "index",
      index: indexOf(head),
      id: id === undefined || id === "" ? this.newId() : decoded(id),
    });
    await this.intake.push(builder, body.length);
    const { status, ...result } = item;
    return elasticAnswer(Number(status), "error" in item ? { ...result, status } : result);
  });

  private readonly greeting = this.route(["GET", "HEAD"], async () =>
    elasticAnswer(200, info(this.version)),
  );

  private readonly preparation = this.route(["GET", "HEAD", "PUT", "POST"], async (_body, head) =>
    elasticAnswer(200, handshake(head, this.version)),
  );

  /** An index is there as soon as someone asks for it. */
  private readonly anyIndex = this.route(["GET", "HEAD", "PUT"], async (_body, head) => {
    const index = indexOf(head);
    if (head.method === "PUT") {
      return elasticAnswer(200, { acknowledged: true, shards_acknowledged: true, index });
    }
    return elasticAnswer(200, { [index]: { aliases: {}, mappings: {}, settings: {} } });
  });

  find(path: string): HttpRoute | undefined {
    const [, first = "", second = "", , more] = path.split("/");
    if (more !== undefined) return undefined;
    if (first === "") return this.greeting;
    if (first === "_bulk" || second === "_bulk") return this.bulk;
    if (first.startsWith("_")) return familyOf(path) === undefined ? undefined : this.preparation;
    if (second === "_doc" || second === "_create") return this.document;
    return second === "" ? this.anyIndex : undefined;
  }

  refuse(error: SightglassError): HttpAnswer {
    return elasticRefusal(error);
  }

  private route(
    methods: readonly string[],
    accept: (body: Buffer, head: RequestHead) => Promise<HttpAnswer>,
  ): HttpRoute {
    return {
      signal: "logs",
      methods,
      judge: (head) => {
        this.access.judge(head);
      },
      accept,
      refuse: elasticRefusal,
    };
  }

  /** As Elasticsearch makes one for a document without: nothing is found by it here. */
  private readonly newId = (): string => {
    let id = "";
    for (let at = 0; at < ID_DIGITS; at++) {
      id += DIGITS[Math.floor(this.context.random() * DIGITS.length)];
    }
    return id;
  };
}

function indexOf({ path }: RequestHead): string {
  const [, first = ""] = path.split("/");
  return first.startsWith("_") || first === "" ? DEFAULT_INDEX : decoded(first);
}

function elasticAnswer(status: number, value: unknown): HttpAnswer {
  return jsonAnswer(status, value, PRODUCT);
}

const ERROR_TYPES: Readonly<Partial<Record<SightglassError["code"], string>>> = {
  unauthorized: "security_exception",
  not_found: "illegal_argument_exception",
  bad_payload: "parse_exception",
  bad_request: "illegal_argument_exception",
  payload_too_large: "content_too_long_exception",
  overloaded: "es_rejected_execution_exception",
  storage_full: "cluster_block_exception",
};

/** An error as Elasticsearch words it. */
function elasticRefusal(error: SightglassError): HttpAnswer {
  const reason = { type: ERROR_TYPES[error.code] ?? "exception", reason: messageOf(error) };
  const { status } = error;
  return elasticAnswer(status, { error: { root_cause: [reason], ...reason }, status });
}
