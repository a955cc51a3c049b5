import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Batch } from "#core/batch.ts";
import { histogramPointRow, logRow, numberPointRow, spanRow } from "#core/row-views.ts";
import { SIGNALS } from "#core/signal.ts";
import type { ProcessorContext } from "#pipeline/component.ts";
import { anyBatch, rowsOf } from "#pipeline/expression/testing/any-batch.ts";
import { settings } from "./settings.ts";
import { transform } from "./transform.ts";

const CONTEXT = {} as ProcessorContext;

function apply(batch: Batch, statements: readonly string[]): unknown[] {
  transform.create(settings.parse({ statements }), CONTEXT).process(batch, "default");
  return rowsOf(batch).map((row) => {
    switch (batch.signal) {
      case "traces":
        return spanRow(batch, row);
      case "logs":
        return logRow(batch, row);
      default:
        return row < 0 ? histogramPointRow(batch, ~row) : numberPointRow(batch, row);
    }
  });
}

const key = fc.constantFrom("a", "b", "k", "new");
const own = key.map((name) => `attributes["${name}"]`);
const shared = key.map((name) => `resource.attributes["${name}"]`);
const text = fc.constantFrom(
  "span.name",
  "event_name",
  "severity_text",
  "status.message",
  "metric.name",
  "metric.unit",
  "body",
);
const value = fc.oneof(
  own,
  shared,
  text,
  fc.constantFrom(
    '"x"',
    "1",
    "true",
    "len(attributes)",
    "severity_number",
    "status.code",
    "string(attributes)",
  ),
  own.map((one) => `concat(${one}, "+")`),
  own.map((one) => `${one} + 1`),
  text.map((one) => `concat(${one}, "+")`),
);
const where = fc.oneof(
  fc.constant(""),
  own.map((one) => ` where ${one} != nil`),
  own.map((one) => ` where ${one} == "x"`),
  text.map((one) => ` where ends_with(${one}, "+")`),
);
const place = fc.oneof(own, text, shared);
const statement = fc
  .tuple(
    fc.oneof(
      fc.tuple(place, value).map(([to, from]) => `set(${to}, ${from})`),
      fc.tuple(own, own).map(([from, to]) => `rename(${from}, ${to})`),
      fc.tuple(value, place).map(([from, to]) => `copy(${from}, ${to})`),
      own.map((one) => `delete(${one})`),
      fc
        .array(key, { maxLength: 2 })
        .map((keys) => `keep_keys(attributes, ${JSON.stringify(keys)})`),
      fc.nat(26).map((number) => `set(severity_number, ${number})`),
      fc.nat(3).map((number) => `set(status.code, ${number})`),
    ),
    where,
  )
  .map((parts) => parts.join(""))
  .filter((source) => settings.safeParse({ statements: [source] }).success);

describe.each(SIGNALS)("statements on %s", (signal) => {
  it("do together what they do one by one", () => {
    const request = fc.array(statement, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(request, fc.nat(), (statements, seed) => {
        // Batches of one seed are equal, and share no column.
        const twin = (): Batch => fc.sample(anyBatch(signal), { seed, numRuns: 1 })[0]!;
        const together = apply(twin(), statements);
        const alone = twin();
        let rows: unknown[] = [];
        for (const one of statements) rows = apply(alone, [one]);
        expect(together).toEqual(rows);
      }),
    );
  });
});
