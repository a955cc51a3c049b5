import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { uncompressSync } from "snappy";
import { decodeRequest } from "#receivers/prometheus_remote_write/testing/write-request.ts";

type Labels = Readonly<Record<string, string>>;

export interface SeenHistogram {
  readonly count_int: number;
  readonly sum: number;
  readonly schema?: number;
  readonly zero_count_int: number;
  readonly positive_spans: readonly { offset?: number; length?: number }[];
  readonly positive_deltas: readonly number[];
  readonly negative_spans: readonly { offset?: number; length?: number }[];
  readonly negative_deltas: readonly number[];
  readonly reset_hint?: number;
  readonly timestamp: number;
}

export interface SeenSeries {
  readonly labels: Labels;
  readonly samples: readonly { value: number; timestamp: number; start_timestamp?: number }[];
  readonly histograms: readonly SeenHistogram[];
  readonly exemplars: readonly { labels: Labels; value: number; timestamp: number }[];
  /** Version 2 only. */
  readonly metadata?: { readonly type?: number; readonly help: string; readonly unit: string };
}

export interface SeenRequest {
  readonly version: 1 | 2;
  readonly headers: IncomingMessage["headers"];
  readonly series: readonly SeenSeries[];
  /** Version 1 only. */
  readonly metadata: readonly { type?: number; metric_family_name: string; unit?: string }[];
}

export type Answer = (seen: SeenRequest, response: ServerResponse) => void;

/** A receiver of remote write that refuses, with status 418, whatever a sender must not send. */
export class StrictReceiver {
  readonly seen: SeenRequest[] = [];
  /** What was wrong with requests. */
  readonly wrong: string[] = [];
  answer: Answer = (seen, response) => response.writeHead(204, writtenOf(seen)).end();
  private readonly server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => this.take(request, Buffer.concat(parts), response));
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api/v1/write`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** All series of all requests. */
  get series(): SeenSeries[] {
    return this.seen.flatMap(({ series }) => series);
  }

  named(name: string): SeenSeries[] {
    return this.series.filter(({ labels }) => labels["__name__"] === name);
  }

  private take(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    try {
      const seen = readRequest(request, body);
      this.seen.push(seen);
      this.answer(seen, response);
    } catch (error) {
      this.wrong.push(String(error));
      response.writeHead(418).end(String(error));
    }
  }
}

/** The headers in which version 2 says what was written. */
export function writtenOf({ version, series }: SeenRequest): Record<string, string> {
  const count = (of: (one: SeenSeries) => readonly unknown[]): string =>
    String(series.reduce((sum, one) => sum + of(one).length, 0));
  if (version === 1) return {};
  return {
    "x-prometheus-remote-write-samples-written": count(({ samples }) => samples),
    "x-prometheus-remote-write-histograms-written": count(({ histograms }) => histograms),
    "x-prometheus-remote-write-exemplars-written": count(({ exemplars }) => exemplars),
  };
}

const VERSIONS = new Map([
  ["application/x-protobuf", 1],
  ["application/x-protobuf;proto=io.prometheus.write.v2.Request", 2],
] as const);
const PROTOCOLS = { 1: "0.1.0", 2: "2.0.0" } as const;

function readRequest({ headers, method }: IncomingMessage, body: Buffer): SeenRequest {
  const version = (VERSIONS as ReadonlyMap<string, 1 | 2>).get(headers["content-type"] ?? "");
  if (version === undefined) throw new Error(`content-type ${headers["content-type"]}`);
  must(method === "POST", `method ${method}`);
  must(headers["content-encoding"] === "snappy", "content-encoding");
  must(headers["user-agent"] !== undefined, "no user-agent");
  const protocol = headers["x-prometheus-remote-write-version"];
  must(protocol === PROTOCOLS[version], `x-prometheus-remote-write-version ${String(protocol)}`);
  const message = decodeRequest(version, uncompressSync(body, { asBuffer: true }) as Buffer);
  const texts = (message["symbols"] ?? []) as string[];
  const given = message["timeseries"] as Record<string, unknown>[];
  const series = given.map((one) => (version === 1 ? series1(one) : series2(one, texts)));
  for (const one of series) judge(one, version);
  const keys = series.map(({ labels, samples }) => JSON.stringify([labels, samples.length > 0]));
  must(new Set(keys).size === keys.length, "a series twice");
  return { version, headers, series, metadata: (message["metadata"] ?? []) as [] };
}

interface Pair {
  readonly name: string;
  readonly value: string;
}

function series1(given: Record<string, unknown>): SeenSeries {
  const exemplars = given["exemplars"] as { labels: Pair[]; value: number; timestamp: number }[];
  return {
    ...(given as unknown as SeenSeries),
    labels: labelsOf(given["labels"] as Pair[], true),
    exemplars: exemplars.map((one) => ({ ...one, labels: labelsOf(one.labels, false) })),
  };
}

function series2(given: Record<string, unknown>, symbols: readonly string[]): SeenSeries {
  must(symbols[0] === "", "the first symbol is not empty");
  must(new Set(symbols).size === symbols.length, "a symbol twice");
  const textOf = (reference: number): string => {
    const text = symbols[reference];
    if (text === undefined) throw new Error(`no symbol ${reference}`);
    return text;
  };
  const pairs = (references: readonly number[]): Pair[] => {
    must(references.length % 2 === 0, "an odd number of references");
    return Array.from({ length: references.length / 2 }, (_, i) => ({
      name: textOf(references[i * 2]!),
      value: textOf(references[i * 2 + 1]!),
    }));
  };
  const exemplars = given["exemplars"] as {
    labels_refs: number[];
    value: number;
    timestamp: number;
  }[];
  const metadata = given["metadata"] as { type?: number; help_ref?: number; unit_ref?: number };
  return {
    ...(given as unknown as SeenSeries),
    labels: labelsOf(pairs(given["labels_refs"] as number[]), true),
    exemplars: exemplars.map((one) => ({
      ...one,
      labels: labelsOf(pairs(one.labels_refs), false),
    })),
    metadata: {
      ...metadata,
      help: textOf(metadata.help_ref ?? 0),
      unit: textOf(metadata.unit_ref ?? 0),
    },
  };
}

function labelsOf(pairs: readonly Pair[], isSeries: boolean): Labels {
  const names = pairs.map(({ name }) => name);
  must(new Set(names).size === names.length, `a label twice: ${names.join()}`);
  for (const { name, value } of pairs) must(name !== "" && value !== "", `an empty label ${name}`);
  if (isSeries) {
    const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    must(names.join() === sorted.join(), `labels out of order: ${names.join()}`);
    must(names.includes("__name__"), "no __name__");
  }
  return Object.fromEntries(pairs.map(({ name, value }) => [name, value]));
}

function judge({ samples, histograms }: SeenSeries, version: 1 | 2): void {
  must(samples.length + histograms.length > 0, "a series of nothing");
  must(version === 1 || samples.length === 0 || histograms.length === 0, "samples and histograms");
  for (const list of [samples, histograms])
    for (const [at, { timestamp }] of list.entries()) {
      must(timestamp > 0, "no timestamp");
      must(at === 0 || timestamp > list[at - 1]!.timestamp, "samples out of order");
    }
  for (const histogram of histograms) judgeHistogram(histogram);
}

/** As Prometheus validates them before it appends them. */
function judgeHistogram(histogram: SeenHistogram): void {
  // A field of 0 is not written.
  const { schema = 0 } = histogram;
  must(schema >= -4 && schema <= 8, `schema ${schema}`);
  const counted =
    countsOf(histogram.positive_spans, histogram.positive_deltas) +
    countsOf(histogram.negative_spans, histogram.negative_deltas);
  const total = counted + (histogram.zero_count_int ?? 0);
  must(total === histogram.count_int, `a count of ${histogram.count_int}, and ${total} in buckets`);
}

function countsOf(
  spans: readonly { offset?: number; length?: number }[],
  deltas: readonly number[],
): number {
  const buckets = spans.reduce((sum, { length = 0 }) => sum + length, 0);
  must(buckets === deltas.length, `${buckets} buckets, and ${deltas.length} counts`);
  for (const [at, { offset = 0 }] of spans.entries())
    must(at === 0 || offset >= 0, `an offset of ${offset}`);
  let count = 0;
  let sum = 0;
  for (const delta of deltas) {
    count += delta;
    must(count >= 0, "a count below 0");
    sum += count;
  }
  return sum;
}

function must(isRight: boolean, otherwise: string): void {
  if (!isRight) throw new Error(otherwise);
}
