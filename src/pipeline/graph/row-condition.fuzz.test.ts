import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Batch } from "#core/batch.ts";
import { amongRows } from "#core/edit/among-rows.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import type { RowSelection } from "#core/row-groups.ts";
import { SIGNALS, type Signal } from "#core/signal.ts";
import { deduplicate } from "#processors/deduplicate/deduplicate.ts";
import { enrich } from "#processors/enrich/enrich.ts";
import { filter } from "#processors/filter/filter.ts";
import { limitCardinality } from "#processors/limit_cardinality/limit-cardinality.ts";
import { parse } from "#processors/parse/parse.ts";
import { redact } from "#processors/redact/redact.ts";
import { sample } from "#processors/sample/sample.ts";
import { transform } from "#processors/transform/transform.ts";
import { type PlainRows, rowsOf } from "#receivers/otlp/testing/batch-rows.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { REQUESTS, type RequestSample } from "#receivers/otlp/testing/request-samples.ts";
import { GroupEncoder } from "../group-encoder.ts";
import type { Processor, ProcessorContext } from "../component.ts";
import { FakeClock } from "../testing/fake-clock.ts";

const clock = new FakeClock();
/** The same numbers for each processor that is made. */
function context(): ProcessorContext {
  let calls = 0;
  return {
    name: "processor",
    clock,
    random: () => (calls++ * 0.37) % 1,
    timeWindow: () => ({ oldestMs: 0, newestMs: 8e15 }),
    meter: { observedCounter() {}, observedGauge() {} },
  } as unknown as ProcessorContext;
}

function made<S>(
  definition: {
    settings: { parse(written: unknown): S };
    create(settings: S, context: ProcessorContext): Processor;
  },
  written: unknown,
): () => Processor {
  return () => definition.create(definition.settings.parse(written), context());
}

/** Everything that a processor can do to a batch. */
const PROCESSORS: Readonly<Record<string, () => Processor>> = {
  enrich: made(enrich, {
    enrichments: ["timestamp", "hostname", "environment"],
    events: "all",
    environment: "test",
    attributes: { enriched: true },
  }),
  redact: made(redact, {
    redactionMode: "mask",
    metadata: "all",
    // Whatever there is in a name or value is found.
    patterns: [{ name: "letters", regex: "[a-zA-Z0-9é]+" }],
  }),
  transform: made(transform, {
    statements: [
      'set(resource.attributes["r"], "x")',
      'set(scope.attributes["s"], "x")',
      'set(attributes["a"], "x")',
      'set(span.name, "x")',
      'set(severity_text, "x")',
      'set(body, "x")',
      'set(status.message, "x")',
      'set(metric.name, "x")',
    ],
  }),
  sample: made(sample, { strategy: "random", errorRate: 0.5, successRate: 0.5, defaultRate: 0.5 }),
  filter: made(filter, { condition: 'attributes["a"] == nil', dropLowValue: true }),
  parse: made(parse, { format: "regex", patterns: ["(?<a>.+)"] }),
  limit_cardinality: made(limitCardinality, {
    attributes: { limit: 1 },
    series: { limit: 1 },
    spanNames: { limit: 1 },
  }),
  deduplicate: made(deduplicate, { logFields: ["severity"], spanFields: ["kind"] }),
};

function batchOf({ signal, json }: RequestSample, dropped: Shown): Batch {
  const decoder = DECODERS[signal]();
  decoder.decode(encodeOtlp(signal, json));
  const batch = decoder.batch as Batch;
  for (const { list, selection } of lists(batch, rowsOf(batch)))
    for (let row = 0; row < list.length; row++) if (at(dropped, row)) selection.drop(row);
  return batch;
}

/** Of which rows something is so: the pattern is repeated. */
type Shown = readonly boolean[];
const pattern: fc.Arbitrary<Shown> = fc.array(fc.boolean(), { minLength: 1, maxLength: 7 });
const at = (shown: Shown, row: number): boolean => shown[row % shown.length]!;

interface RowList {
  readonly list: readonly unknown[];
  readonly selection: RowSelection;
  /** The number that a condition is asked with. */
  readonly number: (row: number) => number;
}

function lists(batch: Batch, rows: PlainRows): RowList[] {
  if (batch.signal === "metrics")
    return [
      { list: rows.numbers, selection: batch.numbers.selection, number: (row) => row },
      { list: rows.histograms, selection: batch.histograms.selection, number: (row) => ~row },
    ];
  const list = batch.signal === "traces" ? rows.spans : rows.logs;
  return [{ list, selection: batch.selection, number: (row) => row }];
}

const isShownBy =
  (shown: Shown) =>
  (row: number): boolean =>
    at(shown, row < 0 ? ~row + 3 : row);

/** The rows for which `isChosen` holds and that are left, with their place; exemplars with their points. */
function chosen(batch: Batch, isChosen: (row: number) => boolean): unknown {
  const rows = rowsOf(batch);
  const parts = lists(batch, rows);
  const kept = parts.map(({ list, selection, number }) =>
    list.map((row, place) => (selection.has(place) && isChosen(number(place)) ? row : undefined)),
  );
  if (batch.signal !== "metrics") return kept;
  const { numbers, histograms } = batch;
  const points = batch.exemplars.points.values;
  const isLeft = (point: number): boolean =>
    point < 0 ? histograms.selection.has(~point) : numbers.selection.has(point);
  const exemplars = rows.exemplars.filter(
    (_, place) => isChosen(points[place]!) && isLeft(points[place]!),
  );
  return [...kept, exemplars];
}

function dropAllBut(batch: Batch, isKept: (row: number) => boolean): void {
  for (const { list, selection, number } of lists(batch, rowsOf(batch)))
    for (let row = 0; row < list.length; row++) if (!isKept(number(row))) selection.drop(row);
}

function newEncoder(): GroupEncoder {
  const encoder = new GroupEncoder("acme", clock);
  encoder.selfContained = true;
  return encoder;
}

function payloadOf(encoder: GroupEncoder, batch: Batch): string {
  return Buffer.concat(encoder.encode([batch]).payload).toString("base64");
}

const runs = fc.readConfigureGlobal().numRuns ?? 100;

const cases = SIGNALS.flatMap((signal) =>
  Object.keys(PROCESSORS).map((name): [string, Signal] => [name, signal]),
);

describe("rows that are hidden from a processor", () => {
  it.each(cases)("come out of %s as they were: %s", (name, signal) => {
    fc.assert(
      fc.property(REQUESTS[signal], pattern, pattern, (request, dropped, shown) => {
        const isShown = isShownBy(shown);
        const isHidden = (row: number): boolean => !isShown(row);
        const untouched = batchOf(request, dropped);
        const batch = batchOf(request, dropped);
        const processor = PROCESSORS[name]!();
        amongRows(batch, isShown, () => processor.process(batch, "acme"));
        expect(chosen(batch, isHidden)).toEqual(chosen(untouched, isHidden));
      }),
      { numRuns: Math.ceil(runs / 4) },
    );
  });

  it.each(SIGNALS)("from all of them are the same bytes in the journal: %s", (signal) => {
    const [expected, found] = [newEncoder(), newEncoder()];
    fc.assert(
      fc.property(REQUESTS[signal], pattern, pattern, (request, dropped, shown) => {
        const isShown = isShownBy(shown);
        const isHidden = (row: number): boolean => !isShown(row);
        const untouched = batchOf(request, dropped);
        const batch = batchOf(request, dropped);
        for (const make of Object.values(PROCESSORS)) {
          const processor = make();
          amongRows(batch, isShown, () => processor.process(batch, "acme"));
        }
        dropAllBut(untouched, isHidden);
        dropAllBut(batch, isHidden);
        expect(payloadOf(found, batch)).toBe(payloadOf(expected, untouched));
      }),
      { numRuns: Math.ceil(runs / 4) },
    );
  });

  it.each(cases)("make no difference to what %s does to the others: %s", (name, signal) => {
    fc.assert(
      fc.property(REQUESTS[signal], pattern, pattern, (request, dropped, shown) => {
        const isShown = isShownBy(shown);
        const alone = batchOf(request, dropped);
        dropAllBut(alone, isShown);
        PROCESSORS[name]!().process(alone, "acme");
        const batch = batchOf(request, dropped);
        const processor = PROCESSORS[name]!();
        amongRows(batch, isShown, () => processor.process(batch, "acme"));
        expect(chosen(batch, isShown)).toEqual(chosen(alone, isShown));
      }),
      { numRuns: Math.ceil(runs / 4) },
    );
  });
});
