import { messageOf } from "#core/errors.ts";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import protobuf from "protobufjs";
import { z } from "zod";

/** What the server takes. */
export const API_KEY = "0123456789abcdef0123456789abcdef";

const root = protobuf.parse(
  readFileSync(new URL("../../../core/otlp/testdata/otlp.proto", import.meta.url), "utf8"),
).root;
root.resolveAll();

// The schemas of Datadog's OpenAPI documents (v1 and v2), as strict as their descriptions are.

const logItem = z.looseObject({
  ddsource: z.string().optional(),
  ddtags: z.string().optional(),
  hostname: z.string().optional(),
  message: z.string(),
  service: z.string().optional(),
});
const logs = z.union([z.array(logItem).min(1).max(1_000), logItem.transform((one) => [one])]);

const tag = z
  .string()
  .max(200)
  .regex(/^[^,\n]+$/);
const metricName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z][A-Za-z0-9_.]*$/);
const series = z.strictObject({
  series: z
    .array(
      z.strictObject({
        metric: metricName,
        type: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]).optional(),
        points: z.array(z.strictObject({ timestamp: z.int(), value: z.number() })).min(1),
        interval: z.int().optional(),
        unit: z.string().optional(),
        source_type_name: z.string().optional(),
        tags: z.array(tag).optional(),
        resources: z.array(z.strictObject({ type: z.string(), name: z.string() })).optional(),
      }),
    )
    .min(1),
});
const event = z.strictObject({
  title: z.string().min(1).max(500),
  text: z.string().max(4_000),
  aggregation_key: z.string().max(100).optional(),
  alert_type: z
    .enum(["error", "warning", "info", "success", "user_update", "recommendation", "snapshot"])
    .optional(),
  date_happened: z.int().optional(),
  device_name: z.string().optional(),
  host: z.string().optional(),
  priority: z.enum(["normal", "low"]).nullable().optional(),
  related_event_id: z.int().optional(),
  source_type_name: z.string().optional(),
  tags: z.array(tag).optional(),
});

type LogItem = z.infer<typeof logItem>;
type MetricSeries = z.infer<typeof series>["series"][number];
type Event = z.infer<typeof event>;
type Decoded = Record<string, unknown>;

class Problem extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Datadog's intakes behind one address, each with its limits. */
export class DatadogServer {
  readonly logs: LogItem[] = [];
  readonly series: MetricSeries[] = [];
  readonly events: Event[] = [];
  /** Requests of OTLP, decoded. */
  readonly traces: Decoded[] = [];
  readonly metrics: Decoded[] = [];
  readonly seen: { readonly path: string; readonly headers: IncomingHttpHeaders }[] = [];
  /** Answers in place of the server where it returns true. */
  intercept: (path: string, response: ServerResponse, body: Buffer) => boolean = () => false;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => this.#answer(request, Buffer.concat(parts), response));
    });
  }

  static async start(): Promise<DatadogServer> {
    const own = new DatadogServer();
    await new Promise<void>((resolve) => own.#server.listen(0, "127.0.0.1", resolve));
    return own;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, sent: Buffer, response: ServerResponse): void {
    const { url: path = "", headers } = request;
    this.seen.push({ path, headers });
    try {
      const isGzip = headers["content-encoding"] === "gzip";
      const body = isGzip ? gunzipSync(sent) : sent;
      if (this.intercept(path, response, body)) return;
      this.#judge(path, headers, sent, body);
      response.writeHead(202, { "content-type": "application/json" }).end("{}");
    } catch (error) {
      const status = error instanceof Problem ? error.status : 400;
      const title = messageOf(error);
      response.writeHead(status).end(JSON.stringify({ errors: [{ status, title }] }));
    }
  }

  #judge(path: string, headers: IncomingHttpHeaders, sent: Buffer, body: Buffer): void {
    const key = headers["dd-api-key"];
    if (key === undefined) throw new Problem(401, "Unauthorized");
    if (key !== API_KEY) throw new Problem(403, "Forbidden");
    if (path === "/api/v1/validate") return;
    const isOtlp = path.startsWith("/v1/");
    const type = isOtlp ? "application/x-protobuf" : "application/json";
    if (headers["content-type"] !== type) throw new Problem(415, "Unsupported media type");
    if (path === "/api/v2/logs") this.#takeLogs(body);
    else if (path === "/api/v2/series") {
      judgeMetricBytes(sent, body);
      this.series.push(...series.parse(JSON.parse(body.toString())).series);
    } else if (path === "/api/v1/events")
      this.events.push(event.parse(JSON.parse(body.toString())));
    else if (path === "/v1/metrics") {
      judgeMetricBytes(sent, body);
      this.metrics.push(deltasOnly(decoded("ExportMetricsServiceRequest", body)));
    } else if (path === "/v1/traces") {
      if (body.length > 3_200_000) throw new Problem(413, "Request Entity Too Large");
      this.traces.push(decoded("ExportTraceServiceRequest", body));
    } else throw new Problem(404, "Not found");
  }

  #takeLogs(body: Buffer): void {
    if (body.length > 5_000_000) throw new Problem(413, "Payload too large");
    const found = logs.parse(JSON.parse(body.toString()));
    for (const entry of found)
      if (Buffer.byteLength(JSON.stringify(entry)) > 1_000_000)
        throw new Problem(500, "Datadog would have cut this entry");
    this.logs.push(...found);
  }
}

function judgeMetricBytes(sent: Buffer, body: Buffer): void {
  if (sent.length > 512_000 || body.length > 5_242_880) throw new Problem(413, "Payload too large");
}

/** Integers of 64 bits as decimal text, bytes in base64. */
function decoded(name: string, body: Buffer): Decoded {
  const type = root.lookupType(name);
  return type.toObject(type.decode(body), { longs: String, bytes: String }) as Decoded;
}

/** The intake answers cumulative metrics with an error. */
function deltasOnly(request: Decoded): Decoded {
  if (JSON.stringify(request).includes('"aggregationTemporality":2'))
    throw new Problem(400, "cumulative metrics are not supported");
  return request;
}
