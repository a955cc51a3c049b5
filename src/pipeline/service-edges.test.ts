import { describe, expect, it } from "vitest";
import { AGGREGATE_LIMITS } from "#core/limits.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { durationBucket, ServiceEdges } from "./service-edges.ts";
import { type SpanFields, spans, TIME_NS } from "./testing/batches.ts";

const [INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER] = [1, 2, 3, 4, 5];
const MINUTE = 1_750_000_000 - (1_750_000_000 % 60);

const call: SpanFields = { spanId: "a", kind: CLIENT };
const served: SpanFields = { spanId: "b", parentSpanId: "a", kind: SERVER };

function edgesOf(...batches: readonly SpanBatch[]): ReturnType<ServiceEdges["take"]> {
  const edges = new ServiceEdges();
  for (const batch of batches) edges.observe(batch, 0, batch.rows);
  return edges.take();
}
const edge = { source: "web", target: "cart", requests: 1, errors: 0, minute: MINUTE };

describe("ServiceEdges", () => {
  it.each([
    ["the caller comes first", [spans("web", call), spans("cart", served)]],
    ["the called service comes first", [spans("cart", served), spans("web", call)]],
  ])("finds a call where %s", (_, batches) => {
    expect(edgesOf(...batches)).toEqual([{ ...edge, bucket: durationBucket(1e6) }]);
  });

  it("finds a message from its producer to each consumer that comes after it", () => {
    const consumers = ["c", "d"].map((spanId) =>
      spans("mail", { spanId, parentSpanId: "a", kind: CONSUMER }),
    );
    const found = edgesOf(spans("web", { spanId: "a", kind: PRODUCER }), ...consumers);
    expect(found).toMatchObject([{ source: "web", target: "mail", requests: 2 }]);
  });

  it("finds a call from a span of another kind, too, when that comes first", () => {
    const found = edgesOf(spans("web", { spanId: "a", kind: INTERNAL }), spans("cart", served));
    expect(found).toMatchObject([edge]);
  });

  it("counts a call once, though both halves may be looked at again", () => {
    const edges = new ServiceEdges();
    for (const batch of [spans("cart", served), spans("web", call), spans("web", call)])
      edges.observe(batch, 0, batch.rows);
    expect(edges.take()).toMatchObject([{ requests: 1 }]);
    expect([edges.pending, edges.take()]).toEqual([false, []]);
  });

  it("makes no edge within a service, of a root, or of a caller that never comes", () => {
    const found = edgesOf(
      spans("web", call),
      spans("web", { ...served, spanId: "b" }),
      spans("cart", { spanId: "c", kind: SERVER }),
      spans("cart", { spanId: "d", parentSpanId: "ffff", kind: SERVER }),
    );
    expect(found).toEqual([]);
  });

  it("weighs a call by its sampling, and counts the errors of the called side", () => {
    const found = edgesOf(
      spans("web", { ...call, status: 2 }, { ...call, spanId: "e" }),
      spans("cart", { ...served, traceState: "ot=th:c", status: 2 }),
      spans("cart", { ...served, spanId: "f", parentSpanId: "e", traceState: "ot=th:8" }),
    );
    expect(found).toMatchObject([{ requests: 6, errors: 4 }]);
  });

  it("keeps a row for each minute and bucket of durations", () => {
    const found = edgesOf(
      spans("web", call),
      spans("cart", served),
      spans("cart", { ...served, spanId: "c", time: TIME_NS + 60_000_000_000n }),
      spans("cart", { ...served, spanId: "d", durationNs: 2_000_000n }),
    );
    expect(found.map(({ minute, bucket }) => [minute - MINUTE, bucket])).toEqual([
      [0, durationBucket(1e6)],
      [60, durationBucket(1e6)],
      [0, durationBucket(1e6) + 8],
    ]);
  });

  it.each(["db.system.name", "db.system", "messaging.system"])(
    "names what sends no telemetry by the caller's %s",
    (key) => {
      const found = edgesOf(
        spans("web", { ...call, status: 2, attributes: { other: "x", [key]: "kafka" } }),
      );
      expect(found).toMatchObject([{ source: "web", target: "kafka", requests: 1, errors: 1 }]);
    },
  );

  it("takes no name for a dependency from other kinds of spans, or one of unusual length", () => {
    const attributes = { "db.system": "postgresql" };
    expect(edgesOf(spans("web", { spanId: "a", kind: INTERNAL, attributes }))).toEqual([]);
    expect(
      edgesOf(spans("web", { ...call, attributes: { "db.system": "x".repeat(2_000) } })),
    ).toEqual([]);
    expect(edgesOf(spans("web", { ...call, attributes: { "db.system": "" } }))).toEqual([]);
  });

  it("looks at the rows that it is given alone", () => {
    const edges = new ServiceEdges();
    const batch = spans("web", { spanId: "1" }, call, { spanId: "2" });
    edges.observe(batch, 0, 1);
    edges.observe(batch, 2, 3);
    const cart = spans("cart", served);
    edges.observe(cart, 0, 1);
    expect(edges.take()).toEqual([]);
  });

  it("has a bound on the rows between two takes", () => {
    const edges = new ServiceEdges();
    const first = spans("web", call);
    edges.observe(first, 0, 1);
    for (let minute = 0; minute < AGGREGATE_LIMITS.edgesMax / 500 + 10; minute++) {
      const time = TIME_NS + BigInt(minute) * 60_000_000_000n;
      const list = Array.from({ length: 505 }, (_, bucket) => ({
        ...served,
        time,
        durationNs: BigInt(Math.round(2 ** (bucket / 8))),
      }));
      const batch = spans("cart", ...list);
      edges.observe(batch, 0, batch.rows);
    }
    expect(edges.take()).toHaveLength(AGGREGATE_LIMITS.edgesMax);
  });

  it("forgets the oldest calls that wait when there are too many", () => {
    const edges = new ServiceEdges();
    const waiting = AGGREGATE_LIMITS.callsWaitingMax;
    for (let from = 0; from <= waiting; from += 8_192) {
      const list = Array.from({ length: 8_192 }, (_, i) => ({
        spanId: `f${(from + i).toString(16)}`,
        parentSpanId: (from + i + 1).toString(16),
        kind: SERVER,
      }));
      const batch = spans("cart", ...list);
      edges.observe(batch, 0, batch.rows);
    }
    const oldest = spans("web", { spanId: "1", kind: CLIENT });
    edges.observe(oldest, 0, 1);
    expect(edges.take()).toEqual([]);
    const newest = spans("web", { spanId: (waiting + 8_192).toString(16), kind: CLIENT });
    edges.observe(newest, 0, 1);
    expect(edges.take()).toMatchObject([{ source: "web", target: "cart" }]);
  });

  it("takes no longer for span ids that were made to collide", () => {
    const edges = new ServiceEdges();
    const ids: string[] = [];
    for (let high = 1; ids.length < 60_000; high++) {
      // The table's slot depends on this combination of the two halves alone.
      const low = Math.imul(high, 0x85ebca6b) >>> 0;
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32LE(low, 0);
      bytes.writeUInt32LE(high, 4);
      ids.push(bytes.toString("hex"));
    }
    const batch = spans(
      "web",
      ...ids.map((spanId) => ({ spanId, parentSpanId: spanId, kind: SERVER })),
    );
    const started = process.cpuUsage();
    edges.observe(batch, 0, batch.rows);
    const { user } = process.cpuUsage(started);
    // Unbounded probing takes 60,000 x 30,000 steps: several seconds.
    expect(user / 1e6).toBeLessThan(1);
    expect(edges.take()).toEqual([]);
  });
});

describe("durationBucket", () => {
  it("has eight buckets for each doubling, whose middle is within 4.5 percent", () => {
    for (const ns of [1, 2, 3, 1_000, 123_456_789, 2 ** 63, 2 ** 64]) {
      expect(Math.abs(2 ** (durationBucket(ns) / 8) / ns - 1)).toBeLessThan(0.045);
    }
    expect(durationBucket(0)).toBe(0);
    expect(durationBucket(2 ** 64)).toBe(512);
  });
});
