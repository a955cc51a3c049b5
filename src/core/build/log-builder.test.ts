import { describe, expect, it } from "vitest";
import { ATTRIBUTE_TYPES } from "../attributes.ts";
import { REQUEST_LIMITS, ROW_LIMITS } from "../limits.ts";
import { type LogRow, logRow } from "../row-views.ts";
import type { AttributeInput } from "./attribute-input.ts";
import { LogBuilder } from "./log-builder.ts";

const OBSERVED_NS = 1_750_000_000_000_000_001n;
const NOW_MS = Number(OBSERVED_NS / 1_000_000n);
const WINDOW = { oldestMs: NOW_MS - 86_400_000, newestMs: NOW_MS + 600_000 };

const newBuilder = (): LogBuilder => new LogBuilder({ observedNs: OBSERVED_NS, window: WINDOW });
const rows = (builder: LogBuilder): LogRow[] => {
  const batch = builder.finish(10);
  return Array.from({ length: batch.rows }, (_, row) => logRow(batch, row));
};

describe("LogBuilder", () => {
  it("gives a record without anything the observed time and empty fields", () => {
    const builder = newBuilder();
    expect(builder.add({})).toBe(true);
    expect(rows(builder)).toMatchObject([
      {
        time: OBSERVED_NS,
        observedTime: OBSERVED_NS,
        body: "",
        bodyType: ATTRIBUTE_TYPES.empty,
        severity: 0,
        traceId: "0".repeat(32),
        attributes: [],
        droppedAttributes: 0,
        weight: 1,
        resource: { service: "unknown_service" },
      },
    ]);
  });

  it("keeps time, severity, name and ids as they are given", () => {
    const builder = newBuilder();
    const given = {
      severity: 17,
      severityText: "ERR",
      eventName: "paid",
      traceId: "0AF7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
    };
    builder.add({ ...given, timeNs: OBSERVED_NS - 5n });
    expect(rows(builder)).toMatchObject([
      { ...given, traceId: given.traceId.toLowerCase(), time: OBSERVED_NS - 5n },
    ]);
  });

  it("ignores ids and severities that are none", () => {
    const builder = newBuilder();
    builder.add({ traceId: "xyz", spanId: `${"0".repeat(15)}g`, severity: 99 });
    expect(rows(builder)).toMatchObject([
      { traceId: "0".repeat(32), spanId: "0".repeat(16), severity: 0 },
    ]);
  });

  it("rejects a record outside the time window and keeps those around it", () => {
    const builder = newBuilder();
    const old = BigInt(WINDOW.oldestMs - 1) * 1_000_000n;
    const future = BigInt(WINDOW.newestMs + 1) * 1_000_000n;
    const added = [0n, old, future, -1n, OBSERVED_NS].map((timeNs) => builder.add({ timeNs }));
    expect(added).toEqual([true, false, false, false, true]);
    expect(builder.rejections.count).toBe(3);
    expect(builder.rejections.message).toMatch(
      /^log record 1: time 2025-.* is older than retention keeps .* \(and 2 more\)$/,
    );
    expect(rows(builder)).toHaveLength(2);
  });

  it("rejects a record that is nested too deeply and leaves nothing of it", () => {
    let deep: AttributeInput = 1;
    for (let i = 0; i < REQUEST_LIMITS.depthMax; i++) deep = [deep];
    const builder = newBuilder();
    expect(builder.add({ body: deep, attributes: { deep } })).toBe(true);
    expect(builder.add({ body: "body", attributes: { before: 1, deep: { deep } } })).toBe(false);
    expect(builder.add({ body: [deep] })).toBe(false);
    expect(builder.add({ body: "after" })).toBe(true);
    expect(builder.rejections.message).toBe(
      "log record 1: more than 64 values within each other (and 1 more)",
    );
    expect(rows(builder).map(({ body }) => body.slice(0, 5))).toEqual(["[[[[[", "after"]);
  });

  it("takes no more records than one request may bring", () => {
    const builder = newBuilder();
    let added = 0;
    for (let i = 0; i < REQUEST_LIMITS.rowsMax + 3; i++) if (builder.add({})) added++;
    expect(added).toBe(REQUEST_LIMITS.rowsMax);
    expect(builder.rejections.count).toBe(3);
  });

  it("counts attributes without a usable key and those beyond the limit", () => {
    const builder = newBuilder();
    const long = "k".repeat(ROW_LIMITS.attributeKeyBytesMax);
    builder.add({
      attributes: [
        ["", 1],
        [long, 2],
        [`${long}k`, 3],
        [long, 4],
      ],
    });
    const many = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`key${i}`, i]));
    builder.add({ attributes: many });
    const [first, second] = rows(builder);
    expect(first).toMatchObject({ attributes: [{ key: long, value: "2" }], droppedAttributes: 3 });
    expect(second!.attributes).toHaveLength(ROW_LIMITS.attributesMax);
    expect(second!.droppedAttributes).toBe(2);
  });

  it("cuts text at its limit between two characters", () => {
    const builder = newBuilder();
    const text = `x${"é".repeat(ROW_LIMITS.bodyBytesMax)}`;
    builder.add({ body: text, severityText: text, eventName: text, attributes: { text } });
    const row = rows(builder)[0]!;
    const cut = (bytes: number): string => text.slice(0, bytes / 2);
    expect(row.body).toBe(cut(ROW_LIMITS.bodyBytesMax));
    expect(row.severityText).toBe(cut(ROW_LIMITS.nameBytesMax));
    expect(row.eventName).toBe(cut(ROW_LIMITS.nameBytesMax));
    expect(row.attributes[0]!.value).toBe(cut(ROW_LIMITS.attributeValueBytesMax));
  });

  it("starts a run of rows only where resource or scope changes", () => {
    const builder = newBuilder();
    for (const service of ["a", "a", "b"]) {
      builder.group({ "service.name": service }, { name: "lib" });
      builder.add({});
    }
    builder.group({ "service.name": "b" }, { name: "lib", version: "2" });
    builder.add({});
    builder.group({ "service.name": "nothing follows" });
    const batch = builder.finish(10);
    expect(batch.groups.resources.map(({ service }) => service)).toEqual(["a", "b", "b"]);
    expect(batch.groups.scopes.map(({ version }) => version)).toEqual(["", "", "2"]);
    expect([...batch.groups.ends.values.subarray(0, 3)]).toEqual([2, 3, 4]);
  });

  it("gives equal resources of different requests as one object", () => {
    const resourceOf = (...values: [string, AttributeInput][]) => {
      const builder = newBuilder();
      builder.group(values);
      builder.add({});
      return builder.finish(1).groups.resources[0];
    };
    expect(resourceOf(["a", 1])).toBe(resourceOf(["a", 1]));
    expect(resourceOf(["a", 1])).not.toBe(resourceOf(["a", "1"]));
    expect(resourceOf(["a", "1"])).not.toBe(resourceOf(["a1", ""]));
  });

  it("takes nothing once its batch was handed over", () => {
    const builder = newBuilder();
    builder.finish(0);
    expect(() => builder.add({})).toThrow("handed over");
  });
});
