import { describe, expect, it } from "vitest";
import { GroupEncoder } from "#pipeline/group-encoder.ts";
import { logs, manySpans, points, spans, TIME_NS } from "#pipeline/testing/batches.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import type { Batch } from "../batch.ts";
import type { RecordTable, BlockTable } from "./block-columns.ts";
import { packPayload, unpackRecord } from "./payload.ts";
import { rowsOfRecord } from "./record-rows.ts";

function encoded(batches: readonly Batch[], selfContained = true): readonly Uint8Array[] {
  const encoder = new GroupEncoder("acme", new FakeClock());
  encoder.selfContained = selfContained;
  return encoder.encode(batches).payload;
}

/** The payload without a section. */
function without(
  payload: readonly Uint8Array[],
  table: BlockTable | RecordTable,
): readonly Uint8Array[] {
  const kept = unpackRecord(payload).filter((section) => section.table !== table);
  const entries = kept.map(({ block, ...entry }) => ({ ...entry, bytes: block.length }));
  return packPayload(entries, Buffer.concat(kept.map(({ block }) => block)));
}

const exemplarsOf = (payload: readonly Uint8Array[]): unknown =>
  Array.from(rowsOfRecord("metrics", payload), ({ row: { row } }) =>
    "exemplars" in row ? row.exemplars.map(({ attributes }) => attributes[0]!.value) : undefined,
  );

describe("rowsOfRecord", () => {
  it("gives each row with its organization and its share of the block", () => {
    const payload = encoded([manySpans(4)]);
    const { block } = unpackRecord(payload).find(({ table }) => table === "spans")!;
    const rows = [...rowsOfRecord("traces", payload)];
    expect(rows.map(({ org, bytes, row }) => [org, bytes, row.kind])).toEqual(
      Array.from({ length: 4 }, () => ["acme", Math.ceil(block.length / 4), "span"]),
    );
  });

  it("gives rows of one resource the same object, and gives them again when asked again", () => {
    const rows = rowsOfRecord("logs", encoded([logs("shop", { body: "a" }, { body: "b" })]));
    const [first, second] = [...rows].map(({ row }) => row.kind === "log" && row.row);
    expect(first && second && first.resource === second.resource).toBe(true);
    expect([rows.length, [...rows].length]).toEqual([2, 2]);
  });

  it("takes a payload in one piece or several", () => {
    const payload = encoded([logs("shop", { body: "a" })]);
    const whole = Buffer.concat(payload);
    const read = (given: Uint8Array | readonly Uint8Array[]): unknown => [
      ...rowsOfRecord("logs", given),
    ];
    expect(read(whole)).toEqual(read(payload));
    expect(read([whole.subarray(0, 7), whole.subarray(7)])).toEqual(read(payload));
  });

  it("has no rows of a record of statistics", () => {
    const child = { spanId: "a", kind: 3, attributes: { "db.system": "x" } };
    const statistics = without(encoded([spans("shop", child)]), "spans");
    expect(unpackRecord(statistics).map(({ table }) => table)).toContain("attribute_catalogue");
    expect(rowsOfRecord("traces", statistics).length).toBe(0);
  });

  it("reads a record of the payload version before", () => {
    const whole = Buffer.concat(encoded([logs("shop", { body: "a" })]));
    whole.writeUInt16LE(1, 0);
    expect(rowsOfRecord("logs", whole).length).toBe(1);
  });

  it.each(["resources", "scopes", "series"] as const)("says what it lacks of its %s", (table) => {
    const what = table === "series" ? "series" : table.slice(0, -1);
    const message = new RegExp(
      `^the record lacks ${what} [0-9a-f]{16}, which row 0 of \\w+ refers to`,
    );
    const payload = without(encoded([points("shop", { metric: "m" })]), table);
    expect(() => rowsOfRecord("metrics", payload)).toThrow(RangeError);
    expect(() => rowsOfRecord("metrics", payload)).toThrow(message);
  });

  it("refuses sections of another signal", () => {
    expect(() => rowsOfRecord("traces", encoded([logs("shop", { body: "a" })]))).toThrow(
      new RangeError("a record of traces has a section of logs"),
    );
  });

  it("gives exemplars with the points that they were sent with", () => {
    const [a, b, c] = ["a", "b", "c"].map((exemplar, i) => {
      return { metric: "m", time: TIME_NS + BigInt(i), exemplar };
    });
    const payload = encoded([points("shop", a!, b!), points("shop", { metric: "m" }, c!)]);
    expect(exemplarsOf(payload)).toEqual([["a"], ["b"], [], ["c"]]);
  });

  it("gives exemplars to the first point of their series when the record does not say more", () => {
    const [a, b] = [
      { metric: "m", exemplar: "a" },
      { metric: "m", exemplar: "b" },
    ];
    const payload = encoded([points("shop", { metric: "n" }, a, b)], false);
    expect(exemplarsOf(payload)).toEqual([[], ["a", "b"], []]);
  });

  it("refuses exemplars of a point that is not there", () => {
    const payload = encoded([points("shop", { metric: "m", exemplar: "a" })]);
    const whole = Buffer.concat(payload);
    const at = whole.indexOf("\x05point\x06UInt32");
    whole[at + 13] = 1;
    expect(() => rowsOfRecord("metrics", whole)).toThrow(
      new RangeError("exemplar 0 of the record is of no point of its series"),
    );
  });
});
