import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ShopGenerator } from "#app/demo/generator.ts";
import type { Batch } from "#core/batch.ts";
import { LogBuilder } from "#core/build/log-builder.ts";
import type { AttributesColumn } from "#core/columns.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { LogBatch } from "#core/log-batch.ts";
import { SpanBatch } from "#core/span-batch.ts";
import { LogDecoder } from "#receivers/otlp/decode-logs.ts";
import { TraceDecoder } from "#receivers/otlp/decode-traces.ts";

/** Rows to redact; made anew for each run, since redacting changes them. */
export interface Texts {
  readonly name: string;
  batches(): Batch[];
}

const TIME_MS = 1_750_000_000_000;
const WINDOW = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };
const SEED = 20_261_121;
const REQUESTS = 24;
/** Files are repeated up to this size. */
const FILE_BYTES = 4e6;
const LINES_PER_BATCH = 1_000;

/** The demo's spans or log records, as requests of 1,000. */
export function demo(signal: "traces" | "logs"): Texts {
  const shop = new ShopGenerator({ seed: SEED, startMs: TIME_MS - 1_000, signals: [signal] });
  const bodies: Buffer[] = [];
  while (bodies.length < REQUESTS) {
    const window = { fromMs: TIME_MS - 1_000, toMs: TIME_MS, traces: 700 };
    for (const { request } of shop.window(window)) bodies.push(encodeOtlp(signal, request));
  }
  return {
    name: `demo ${signal}`,
    batches: () => bodies.slice(0, REQUESTS).map((body) => decoded(signal, body)),
  };
}

// As in a server, one for all requests: what rows come from is then the same object in all of them.
const traces = new TraceDecoder();
const logs = new LogDecoder();

function decoded(signal: "traces" | "logs", body: Buffer): Batch {
  if (signal === "traces") {
    const batch = new SpanBatch();
    traces.decode(body, batch, WINDOW);
    return batch;
  }
  const batch = new LogBatch();
  logs.decode(body, batch, WINDOW, TIME_MS);
  return batch;
}

/** Each `.log` file under a folder, a record a line. */
export function files(folder: string): Texts[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".log"))
    .toSorted()
    .map((path) => {
      const lines = readFileSync(join(folder, path), "utf8").split("\n");
      const bytes = Buffer.byteLength(lines.join("\n"));
      const many = Array.from({ length: Math.ceil(FILE_BYTES / bytes) }, () => lines).flat();
      return { name: basename(path), batches: () => batchesOf(many) };
    });
}

function batchesOf(lines: readonly string[]): Batch[] {
  const batches: Batch[] = [];
  for (let from = 0; from < lines.length; from += LINES_PER_BATCH) {
    const builder = new LogBuilder({ observedNs: BigInt(TIME_MS) * 1_000_000n, window: WINDOW });
    builder.group({ "service.name": "bench" });
    for (const body of lines.slice(from, from + LINES_PER_BATCH)) builder.add({ body });
    batches.push(builder.finish(1));
  }
  return batches;
}

/** Bytes of the texts of a batch that are scanned row by row. */
export function textBytes(batch: Batch): number {
  const valuesOf = ({ values }: AttributesColumn): number => values.data.length;
  if (batch.signal === "logs") return batch.body.data.length + valuesOf(batch.attributes);
  if (batch.signal === "metrics") return valuesOf(batch.exemplars.attributes);
  return (
    batch.statusMessage.data.length +
    valuesOf(batch.attributes) +
    valuesOf(batch.events.attributes) +
    valuesOf(batch.links.attributes)
  );
}
