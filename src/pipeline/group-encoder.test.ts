import { describe, expect, it } from "vitest";
import type { Batch } from "#core/batch.ts";
import { AGGREGATE_LIMITS, CATALOGUE_LIMITS } from "#core/limits.ts";
import { unpackPayload, unpackRecord } from "#core/native/payload.ts";
import { rowsOfRecord } from "#core/native/record-rows.ts";
import { type EncodedGroup, GroupEncoder } from "./group-encoder.ts";
import { logs, manySpans, points, spans, TIME_NS } from "./testing/batches.ts";
import { FakeClock } from "./testing/fake-clock.ts";

const DAY_NS = 86_400_000_000_000n;
const DAY = Number(TIME_NS / DAY_NS);

const sections = (group: EncodedGroup): [string, number, number][] =>
  unpackPayload(group.payload).map(({ table, day, rows }) => [table, day, rows]);
const tables = (group: EncodedGroup): string[] => sections(group).map(([table]) => table);
const bytes = (group: EncodedGroup): Buffer => Buffer.concat(group.payload);
const newEncoder = (clock = new FakeClock()): GroupEncoder => new GroupEncoder("default", clock);

describe("GroupEncoder", () => {
  it("writes a block a table and day, so that no insert touches two partitions", () => {
    const group = newEncoder().encode([
      logs("shop", { body: "a" }, { body: "b", time: TIME_NS + DAY_NS }, { body: "c" }),
      logs("shop", { body: "d", time: TIME_NS + DAY_NS }),
    ]);
    expect(group.rows).toBe(4);
    expect(sections(group).filter(([table]) => table === "logs")).toEqual([
      ["logs", DAY, 2],
      ["logs", DAY + 1, 2],
    ]);
  });

  it("writes a resource and scope for each day that has rows of them", () => {
    const batch = logs("shop", { body: "a" }, { body: "b", time: TIME_NS + DAY_NS }, { body: "c" });
    const group = newEncoder().encode([batch, batch]);
    const rows = Object.fromEntries(sections(group).map(([table, , count]) => [table, count]));
    expect(rows).toMatchObject({ resources: 2, scopes: 2 });
  });

  it("writes all points of a group, and each series once", () => {
    const batch = points("shop", { metric: "m" }, { metric: "m" }, { metric: "n", exemplar: "e" });
    const group = newEncoder().encode([batch]);
    expect(sections(group).slice(0, 5)).toEqual([
      ["points", DAY, 3],
      ["exemplars", DAY, 1],
      ["resources", 0, 1],
      ["scopes", 0, 1],
      ["series", 0, 2],
    ]);
  });

  it("writes a resource, scope or series again until a group that has it is durable", () => {
    const encoder = newEncoder();
    const batch = points("shop", { metric: "m" });
    const first = encoder.encode([batch]);
    const second = encoder.encode([batch]);
    expect(tables(second)).toEqual(expect.arrayContaining(["resources", "scopes", "series"]));
    second.remember();
    expect(tables(encoder.encode([batch]))).toEqual(["points"]);
    first.remember();
    expect(tables(encoder.encode([batch]))).toEqual(["points"]);
  });

  it("encodes equal groups to equal bytes", () => {
    const encode = (): Buffer =>
      bytes(newEncoder().encode([manySpans(50, (row) => ({ k: `${row}` }))]));
    expect(encode().equals(encode())).toBe(true);
  });

  it("leaves the batches as they were", () => {
    const batch = manySpans(3, () => ({ k: "v" }));
    const encoder = newEncoder();
    const first = encoder.encode([batch]);
    const again = newEncoder().encode([batch]);
    expect(bytes(again).equals(bytes(first))).toBe(true);
    expect(batch.rows).toBe(3);
  });

  it("gives payloads of their own: a later group does not change an earlier one", () => {
    const encoder = newEncoder();
    const first = encoder.encode([logs("shop", { body: "first" })]);
    const before = Buffer.from(bytes(first));
    encoder.encode([logs("other", { body: "second" })]);
    expect(bytes(first).equals(before)).toBe(true);
  });

  it("takes memory by what it encodes, not by what groups of another kind were", () => {
    const encoder = newEncoder();
    const large = Array.from({ length: 110 }, () => ({ body: "x".repeat(100_000) }));
    encoder.encode([logs("shop", ...large)]);
    const memoryOf = ({ payload }: EncodedGroup): number => payload[1]!.buffer.byteLength;
    expect(memoryOf(encoder.encode([manySpans(5_000)]))).toBeLessThan(4_000_000);
    const small = Array.from({ length: 5_000 }, () => ({ body: "x" }));
    expect(memoryOf(encoder.encode([logs("shop", ...small)]))).toBeLessThan(20_000_000);
  });

  it("encodes a group of nothing to a payload without sections", () => {
    expect(sections(newEncoder().encode([]))).toEqual([]);
    const dropped = logs("shop", { body: "a" });
    dropped.selection.drop(0);
    const group = newEncoder().encode([dropped]);
    expect([group.rows, sections(group)]).toEqual([0, []]);
  });
});

describe("a self-contained group", () => {
  const batch = points("shop", { metric: "m", exemplar: "e" }, { metric: "n" });
  const recordTables = ({ payload }: EncodedGroup): string[] =>
    unpackRecord(payload).map(({ table }) => table);

  it("repeats what was written earlier that day, and nothing when it is all written", () => {
    const encoder = newEncoder();
    encoder.selfContained = true;
    const first = encoder.encode([batch]);
    expect(recordTables(first).filter((table) => table.startsWith("repeated_"))).toEqual([]);
    first.remember();
    expect(recordTables(encoder.encode([batch]))).toEqual([
      "points",
      "exemplars",
      "exemplar_points",
      "repeated_resources",
      "repeated_scopes",
      "repeated_series",
    ]);
  });

  it("repeats only what its own rows refer to", () => {
    const encoder = newEncoder();
    encoder.selfContained = true;
    const other = points("other", { metric: "m" });
    encoder.encode([batch, other]).remember();
    const repeated = [other, batch].map((one) =>
      unpackRecord(encoder.encode([one]).payload)
        .filter(({ table }) => table.startsWith("repeated_"))
        .map(({ rows }) => rows),
    );
    expect(repeated).toEqual([
      [1, 1, 1],
      [1, 1, 2],
    ]);
  });

  it("begins and ends with the group after the change", () => {
    const encoder = newEncoder();
    encoder.encode([batch]).remember();
    const states = [false, true, false, true].map((selfContained) => {
      encoder.selfContained = selfContained;
      const { payload } = encoder.encode([batch]);
      try {
        return rowsOfRecord("metrics", payload).length;
      } catch (error) {
        return (error as Error).message.replace(/[0-9a-f]{16}/, "…");
      }
    });
    const lacks = "the record lacks series …, which row 0 of points refers to";
    expect(states).toEqual([lacks, 2, lacks, 2]);
  });
});

/** A batch of two rows, and what drops the one that has a secret in all its texts. */
const SECRET = "s3cr3t";
const secrets = { [`key-${SECRET}`]: `value-${SECRET}` };
const CASES: Readonly<Record<string, () => Batch>> = {
  "a span": () => {
    const batch = spans(
      "shop",
      { spanId: "1", name: "public", attributes: { k: "v" } },
      {
        spanId: "2",
        name: SECRET,
        traceState: `a=${SECRET}`,
        attributes: { ...secrets, "db.system": SECRET },
      },
    );
    batch.selection.drop(1);
    return batch;
  },
  "a log record": () => {
    const batch = logs("shop", { body: SECRET, attributes: secrets }, { body: "public" });
    batch.selection.drop(0);
    return batch;
  },
  "a point with its series and exemplar": () => {
    const batch = points(
      "shop",
      { metric: "public", attributes: { k: "v" }, exemplar: "public" },
      { metric: SECRET, attributes: secrets, exemplar: SECRET },
    );
    batch.numbers.selection.drop(1);
    return batch;
  },
};

describe("what a processor has dropped", () => {
  it.each(Object.entries(CASES))("is nowhere in the payload: %s", (_, make) => {
    const encoder = newEncoder();
    const group = encoder.encode([make(), make()]);
    expect(group.rows).toBe(2);
    expect(bytes(group).includes("public")).toBe(true);
    expect(bytes(group).includes(SECRET)).toBe(false);
    const other = encoder.encode([logs("shop", { body: "public" })]);
    expect(bytes(other).includes(SECRET)).toBe(false);
  });

  it("takes the resource with it when all its rows are dropped", () => {
    const batch = spans(SECRET, { spanId: "1", parentSpanId: "2", kind: 2 });
    batch.selection.drop(0);
    const group = newEncoder().encode([batch, spans("shop", { spanId: "2", kind: 3 })]);
    expect(bytes(group).includes(SECRET)).toBe(false);
    expect(tables(group)).not.toContain("service_edges_1m");
  });
});

describe("statistics", () => {
  const busy = CATALOGUE_LIMITS.rowsExactMax + 1;

  it("go with every small group", () => {
    const encoder = newEncoder();
    for (let i = 0; i < 3; i++) {
      const group = encoder.encode([manySpans(5, () => ({ k: "v" }))]);
      expect(tables(group)).toContain("attribute_catalogue");
      expect(encoder.aggregatesPending).toBe(false);
    }
  });

  it("go with a large group at most once in their time, and are not lost between", async () => {
    const clock = new FakeClock();
    const encoder = newEncoder(clock);
    const batch = manySpans(busy, () => ({ k: "v" }));
    await clock.advance(AGGREGATE_LIMITS.waitMsMax);
    expect(tables(encoder.encode([batch]))).toContain("attribute_catalogue");
    await clock.advance(AGGREGATE_LIMITS.waitMsMax - 1);
    expect(tables(encoder.encode([batch]))).not.toContain("attribute_catalogue");
    expect(encoder.aggregatesPending).toBe(true);
    await clock.advance(1);
    expect(tables(encoder.encode([batch]))).toContain("attribute_catalogue");
  });

  it("are written by a group of nothing when they wait", () => {
    const encoder = newEncoder();
    encoder.encode([manySpans(busy, () => ({ k: "v" }))]);
    expect(encoder.aggregatesPending).toBe(true);
    const group = encoder.encode([]);
    expect([group.rows, tables(group)]).toEqual([0, ["attribute_catalogue"]]);
    expect(encoder.aggregatesPending).toBe(false);
  });

  it("count the rows of a group whatever the sizes of its requests", () => {
    const encoder = newEncoder();
    const rows = CATALOGUE_LIMITS.rowsExactMax * 3;
    const requests = Array.from({ length: rows }, () =>
      spans("shop", { spanId: "1", attributes: { k: "v" } }),
    );
    encoder.encode(requests);
    const catalogue = unpackPayload(encoder.encode([]).payload).find(
      ({ table }) => table === "attribute_catalogue",
    );
    // Rows of the block: the resource's key and value, and the spans'.
    expect(catalogue?.rows).toBe(4);
    const counts = Buffer.from(catalogue!.block).subarray(-4 * 8);
    expect([0, 8, 16, 24].map((at) => Number(counts.readBigUInt64LE(at)))).toEqual([
      rows,
      rows,
      rows,
      rows,
    ]);
  });
});
