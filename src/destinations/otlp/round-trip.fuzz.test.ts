import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Batch } from "#core/batch.ts";
import { anyAttributes } from "#core/testing/attribute-inputs.ts";
import { SpanBuilder } from "#core/build/span-builder.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { histogramPointRow, logRow, numberPointRow, spanRow } from "#core/row-views.ts";
import type { SpanRow } from "#core/row-views.ts";
import { type Signal, SIGNALS } from "#core/signal.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { protobufRequest } from "#pipeline/otlp/protobuf-requests.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { REQUESTS } from "#receivers/otlp/testing/request-samples.ts";
import { jsonRequest } from "./json-requests.ts";

function rowsOf(batch: Batch): Row[] {
  const list = <T>(count: number, at: (row: number) => T): T[] =>
    Array.from({ length: count }, (_, row) => at(row));
  switch (batch.signal) {
    case "traces":
      return list(batch.rows, (row) => ({ kind: "span", row: spanRow(batch, row) }));
    case "logs":
      return list(batch.rows, (row) => ({ kind: "log", row: logRow(batch, row) }));
    case "metrics":
      return [
        ...list(batch.numbers.rows, (row) => {
          return { kind: "number_point" as const, row: numberPointRow(batch, row) };
        }),
        ...list(batch.histograms.rows, (row) => {
          return { kind: "histogram_point" as const, row: histogramPointRow(batch, row) };
        }),
      ];
  }
}

/** As text, in an order of its own: those of one resource and scope go out together. */
function texts(rows: readonly Row[]): string[] {
  const textOf = (row: Row): string =>
    JSON.stringify(row, (_, value: unknown) => {
      if (typeof value === "bigint") return `${value}n`;
      return typeof value === "number" && !Number.isSafeInteger(value) ? String(value) : value;
    });
  return rows.map(textOf).toSorted();
}

function decoded(signal: Signal, body: Buffer): Row[] {
  const decoder = DECODERS[signal]();
  expect(decoder.decode(body).count).toBe(0);
  return rowsOf(decoder.batch);
}

describe.each(SIGNALS)("rows of %s", (signal) => {
  it("are the same again when the project's own receiver takes them", () => {
    fc.assert(
      fc.property(REQUESTS[signal], ({ json }) => {
        const rows = decoded(signal, encodeOtlp(signal, json));
        expect(texts(decoded(signal, protobufRequest({ signal, rows })))).toEqual(texts(rows));
      }),
    );
  });

  it("are the same request in protobuf and in JSON", () => {
    fc.assert(
      fc.property(REQUESTS[signal], ({ json }) => {
        const rows = decoded(signal, encodeOtlp(signal, json));
        const sent: unknown = JSON.parse(JSON.stringify(jsonRequest({ signal, rows })));
        expect(protobufRequest({ signal, rows })).toEqual(encodeOtlp(signal, sent));
      }),
    );
  });
});

const WINDOW = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };

function spanOf(attributes: readonly (readonly [string, unknown])[]): Row[] {
  const builder = new SpanBuilder({ window: WINDOW });
  builder.group({ "service.name": "shop" });
  builder.add({
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    name: "GET /",
    startNs: 1n,
    endNs: 2n,
    attributes: attributes as Parameters<SpanBuilder["add"]>[0]["attributes"] & object,
  });
  return rowsOf(builder.finish(1));
}

const spansOf = (rows: readonly Row[]): SpanRow[] =>
  rows.flatMap(({ kind, row }) => (kind === "span" ? [row] : []));

/** Without their types. */
const attributesOf = (rows: readonly Row[]): string[][] =>
  spansOf(rows).flatMap(({ attributes }) => attributes.map(({ key, value }) => [key, value]));

describe("spans", () => {
  it("keep attributes of any type and nesting, but for the type of what had to be cut", () => {
    fc.assert(
      fc.property(anyAttributes, (attributes) => {
        const rows = spanOf(attributes);
        expect(
          attributesOf(decoded("traces", protobufRequest({ signal: "traces", rows }))),
        ).toEqual(attributesOf(rows));
      }),
    );
  });

  it("say what they stand for, so that it can be read from their tracestate", () => {
    const states = fc.constantFrom("", "vendor=x", "ot=th:8", "ot=rv:abcdef12345678;th:c,b=y");
    const weights = fc.float({ min: 1, max: 1_000_000, noNaN: true });
    fc.assert(
      fc.property(states, weights, (traceState, weight) => {
        const [row] = spanOf([]);
        const rows = [{ kind: "span", row: { ...row!.row, traceState, weight } }] as Row[];
        const [again] = spansOf(decoded("traces", protobufRequest({ signal: "traces", rows })));
        expect(again!.weight).toBe(weight);
        expect(again!.traceState.includes("vendor")).toBe(traceState.includes("vendor"));
      }),
    );
  });
});
