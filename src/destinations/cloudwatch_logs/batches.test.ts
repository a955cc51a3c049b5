import { describe, expect, it } from "vitest";
import { ATTRIBUTE_TYPES, Resource, Scope } from "#core/attributes.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";
import { logRowOf } from "#pipeline/delivery/testing/delivery-fixture.ts";
import { BATCH_LIMITS, batchesOf } from "./batches.ts";

const naming = { group: () => "group", stream: () => "stream" };

/** A row of which the event takes exactly so many bytes of a batch. */
function rowOf(bytes: number): Row {
  const row = (length: number): Row => ({ kind: "log", row: logRowOf("x".repeat(length)) });
  const empty = JSON.stringify(jsonOfRow(row(0))).length + BATCH_LIMITS.bytesPerEvent;
  return row(bytes - empty);
}

const batches = (rows: readonly Row[]): number[] =>
  batchesOf({ rows, org: "o" }, naming).batches.map(({ events }) => events.length);

describe("a batch", () => {
  it("has exactly as many bytes as the service takes, with those that it counts for each event", () => {
    const quarter = BATCH_LIMITS.bytesMax / 4;
    expect(batches([quarter, quarter, quarter, quarter].map(rowOf))).toEqual([4]);
    expect(batches([quarter, quarter, quarter, quarter + 1].map(rowOf))).toEqual([3, 1]);
    expect(batches([rowOf(BATCH_LIMITS.bytesMax)])).toEqual([1]);
    const { refused } = batchesOf({ rows: [rowOf(BATCH_LIMITS.bytesMax + 1)], org: "o" }, naming);
    expect(refused).toEqual([
      { index: 0, reason: "1048551 bytes as JSON; CloudWatch Logs takes 1048550" },
    ]);
  });

  it("has at most ten thousand events", () => {
    const resource = new Resource([]);
    const smallest = { resource, scope: new Scope("", ""), bodyType: ATTRIBUTE_TYPES.empty };
    const row: Row = { kind: "log", row: { ...logRowOf(""), ...smallest, severity: 0 } };
    expect(batches(Array.from({ length: 10_001 }, () => row))).toEqual([10_000, 1]);
  });

  it("has whole characters only, also where a sender wrote half of one", () => {
    const half = { key: "list", value: '["\\ud83d"]', type: ATTRIBUTE_TYPES.array };
    const row: Row = { kind: "log", row: { ...logRowOf(""), attributes: [half] } };
    const [batch] = batchesOf({ rows: [row], org: "o" }, naming).batches;
    expect(batch!.events[0]!.message).toContain('"list":["\ufffd"]');
  });
});
