import { describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { REQUEST_LIMITS, ROW_LIMITS } from "#core/limits.ts";
import type { Signal } from "#core/signal.ts";
import { rowsOf } from "./testing/batch-rows.ts";
import { DECODERS } from "./testing/decoder-under-test.ts";
import {
  attribute,
  field,
  repeated,
  request,
  SPAN_HEAD,
  span,
  TIME,
  fixed64,
} from "./testing/protobuf.ts";

/**
 * Large bodies, each made to cost as much as can be. What they may cost is far above what they do, and
 * far below what a fault costs: minutes, or gigabytes.
 */
const BYTES_MAX = 5 * 1024 * 1024;
const SECONDS_MAX = 5;
const HEAP_BYTES_MAX = 250 * 1024 * 1024;

const time = fixed64(3, TIME);
const metric = (kind: number, ...data: readonly Buffer[]): Buffer =>
  request(field(2, field(1, "m"), field(kind, ...data)));
/** Stands for the number in {@link numbered}. */
const NUMBER = "0000000";

/** The same bytes again and again, with another number in each. */
function numbered(unit: Buffer): Buffer {
  const bytes = repeated(unit, BYTES_MAX);
  const at = unit.indexOf(NUMBER);
  for (let i = 0; i * unit.length < bytes.length; i++)
    bytes.write(String(i).padStart(NUMBER.length, "0"), i * unit.length + at, "latin1");
  return bytes;
}

const CASES: readonly (readonly [name: string, signal: Signal, body: () => Buffer])[] = [
  ["groups of nothing", "traces", () => repeated(field(1), BYTES_MAX)],
  ["groups of scopes of nothing", "traces", () => repeated(field(1, field(2)), BYTES_MAX)],
  ["scopes of nothing", "traces", () => field(1, repeated(field(2), BYTES_MAX))],
  ["spans of nothing", "traces", () => request(repeated(field(2), BYTES_MAX))],
  ["small spans", "traces", () => request(repeated(span(), BYTES_MAX))],
  ["log records of nothing", "logs", () => request(repeated(field(2), BYTES_MAX))],
  ["metrics of nothing", "metrics", () => request(repeated(field(2), BYTES_MAX))],
  ["points of nothing", "metrics", () => metric(5, repeated(field(1), BYTES_MAX))],
  [
    "different resources",
    "traces",
    () => numbered(field(1, field(1, attribute(1, "k", field(1, NUMBER))), field(2, span()))),
  ],
  [
    "different series",
    "metrics",
    () => metric(5, numbered(field(1, time, attribute(7, "k", field(7, NUMBER))))),
  ],
  [
    "different metrics",
    "metrics",
    () => request(numbered(field(2, field(1, NUMBER), field(5, field(1, time))))),
  ],
  [
    "attributes of nothing in one span",
    "traces",
    () => request(span(repeated(field(9), BYTES_MAX))),
  ],
  [
    "different attributes in one span",
    "traces",
    () => request(span(numbered(attribute(9, NUMBER, field(1, NUMBER))))),
  ],
  [
    "the same attribute in one span",
    "traces",
    () => request(span(repeated(attribute(9, "k", field(1, "v")), BYTES_MAX))),
  ],
  [
    "the same attribute in one resource",
    "traces",
    () =>
      field(1, field(1, repeated(attribute(1, "k", field(1, "v")), BYTES_MAX)), field(2, span())),
  ],
  [
    "events and links of nothing in one span",
    "traces",
    () => request(span(repeated(Buffer.concat([field(11), field(13)]), BYTES_MAX))),
  ],
  [
    "an array of nothing",
    "traces",
    () => request(span(attribute(9, "k", field(5, repeated(field(1), BYTES_MAX))))),
  ],
  [
    "an array of empty objects",
    "traces",
    () => request(span(attribute(9, "k", field(5, repeated(field(1, field(6)), BYTES_MAX))))),
  ],
  [
    "an object of different keys",
    "traces",
    () => request(span(attribute(9, "k", field(6, numbered(field(1, field(1, NUMBER))))))),
  ],
  [
    "one long text of control characters in an array",
    "traces",
    () => request(span(attribute(9, "k", field(5, field(1, field(1, Buffer.alloc(BYTES_MAX))))))),
  ],
  [
    "unknown fields of spans",
    "traces",
    () => request(repeated(field(2, SPAN_HEAD, repeated(field(200), 100_000)), BYTES_MAX)),
  ],
  [
    "exemplars of nothing",
    "metrics",
    () => metric(5, field(1, time, repeated(field(5), BYTES_MAX))),
  ],
  [
    "attributes of nothing in one point",
    "metrics",
    () => metric(5, field(1, time, repeated(field(7), BYTES_MAX))),
  ],
  [
    "buckets",
    "metrics",
    () => metric(9, field(1, time, field(6, Buffer.alloc(BYTES_MAX - 1_024)))),
  ],
  [
    "buckets one by one",
    "metrics",
    () => metric(9, field(1, time, repeated(fixed64(6, 1n), BYTES_MAX))),
  ],
  [
    "exponential buckets",
    "metrics",
    () => metric(10, field(1, time, field(8, field(2, Buffer.alloc(BYTES_MAX - 1_024, 1))))),
  ],
  [
    "quantiles of nothing",
    "metrics",
    () => metric(11, field(1, time, repeated(field(6), BYTES_MAX))),
  ],
];

describe("a large body", () => {
  it.each(CASES)(
    "of %s costs bounded time and memory",
    (_, signal, make) => {
      const body = make();
      const decoder = DECODERS[signal]();
      const heapBefore = process.memoryUsage().heapUsed;
      const before = process.cpuUsage();
      try {
        decoder.decode(body);
      } catch (error) {
        // Some are refused; nothing else may come of them.
        if (!(error instanceof SightglassError) || error.code !== "bad_payload") throw error;
      }
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1e6).toBeLessThan(SECONDS_MAX);
      expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(HEAP_BYTES_MAX);
      expect(decoder.batch.rows).toBeLessThanOrEqual(REQUEST_LIMITS.rowsMax);
    },
    60_000,
  );
});

describe("a span of very many parts", () => {
  it("keeps what a row may have, and counts all the rest", () => {
    const over = 1_000;
    const parts = [
      repeated(attribute(9, "k", field(1, "v")), (ROW_LIMITS.attributesMax + over) * 10),
      repeated(field(11), (ROW_LIMITS.eventsMax + over) * 2),
      repeated(field(13), (ROW_LIMITS.linksMax + over) * 2),
    ];
    const decoder = DECODERS.traces();
    decoder.decode(request(span(...parts)));
    const [row] = rowsOf(decoder.batch).spans;
    expect(row!.attributes).toHaveLength(1);
    expect(row!.droppedAttributes).toBe(ROW_LIMITS.attributesMax + over - 1);
    expect([row!.events.length, row!.droppedEvents]).toEqual([ROW_LIMITS.eventsMax, over]);
    expect([row!.links.length, row!.droppedLinks]).toEqual([ROW_LIMITS.linksMax, over]);
  });
});
