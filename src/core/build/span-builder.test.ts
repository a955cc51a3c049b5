import { describe, expect, it } from "vitest";
import { ROW_LIMITS } from "../limits.ts";
import { spanRow } from "../row-views.ts";
import { SpanBuilder, type SpanInput } from "./span-builder.ts";

const START = 1_750_000_000_000_000_000n;
const WINDOW = { oldestMs: 1e12, newestMs: 2e12 };
const SPAN: SpanInput = {
  traceId: "0AF7651916CD43DD8448EB211C80319C",
  spanId: "b7ad6b7169203331",
  name: "a",
  startNs: START,
  endNs: START + 5n,
};

describe("a builder of spans", () => {
  it("appends spans with all that they have, to the resource that is theirs", () => {
    const builder = new SpanBuilder({ window: WINDOW });
    builder.add(SPAN);
    builder.group({ "service.name": "shop" }, { name: "scope", version: "1" });
    builder.add({
      ...SPAN,
      parentSpanId: "00f067aa0ba902b7",
      kind: 2,
      status: 2,
      statusMessage: "failed",
      weight: 4,
      attributes: { n: 7, text: "x" },
    });
    const batch = builder.finish(99);
    expect([batch.rows, batch.sourceBytes, builder.rejections.count]).toEqual([2, 99, 0]);
    expect(spanRow(batch, 0)).toMatchObject({
      traceId: SPAN.traceId.toLowerCase(),
      parentSpanId: "",
      durationNs: 5n,
      weight: 1,
      events: [],
      links: [],
      resource: { service: "unknown_service" },
    });
    expect(spanRow(batch, 1)).toMatchObject({
      parentSpanId: "00f067aa0ba902b7",
      kind: 2,
      status: 2,
      statusMessage: "failed",
      weight: 4,
      resource: { service: "shop" },
      scope: { name: "scope", version: "1" },
      attributes: [
        { key: "n", value: "7" },
        { key: "text", value: "x" },
      ],
    });
  });

  it.each([
    ["a trace id that is none", { traceId: "x" }, "its ids are not"],
    ["a span id of zeros", { spanId: "0".repeat(16) }, "its ids are not"],
    ["a start before the window", { startNs: 1n }, "older than retention keeps"],
    ["a start after it", { startNs: 3n * 10n ** 18n }, "too far in the future"],
  ])("rejects %s, and touches no column", (_name, wrong, reason) => {
    const builder = new SpanBuilder({ window: WINDOW });
    expect(builder.add({ ...SPAN, ...wrong })).toBe(false);
    expect(builder.rejections.message).toContain(reason);
    expect(builder.add(SPAN)).toBe(true);
    const batch = builder.finish(1);
    expect([batch.rows, spanRow(batch, 0).time]).toEqual([1, START]);
  });

  it("bounds what a row may carry, and mends what makes no sense", () => {
    const attributes = Array.from(
      { length: ROW_LIMITS.attributesMax + 3 },
      (_, n) => [`k${n}`, n] as const,
    );
    const builder = new SpanBuilder({ window: WINDOW });
    const name = "x".repeat(ROW_LIMITS.nameBytesMax + 1);
    builder.add({ ...SPAN, name, attributes, kind: 9, status: 9, weight: 0.1, endNs: START - 1n });
    const row = spanRow(builder.finish(1), 0);
    expect(row.name).toHaveLength(ROW_LIMITS.nameBytesMax);
    expect([row.attributes.length, row.droppedAttributes]).toEqual([ROW_LIMITS.attributesMax, 3]);
    expect([row.kind, row.status, row.weight, row.durationNs]).toEqual([0, 0, 1, 0n]);
  });
});
