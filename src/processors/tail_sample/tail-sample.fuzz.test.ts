import fc from "fast-check";
import { expect, it } from "vitest";
import { spansOf, type SpanOf, traceId } from "#pipeline/holding/testing/holder-fixture.ts";
import { TIME_NS } from "#pipeline/testing/batches.ts";
import { settings, type TailSampleSettings } from "./settings.ts";
import { TailSampleJudge } from "./tail-sample.ts";

const KEYS = ["a", "b"];
const VALUES = ["x", "y", "z"];

const span: fc.Arbitrary<Omit<SpanOf, "trace">> = fc.record(
  {
    status: fc.constantFrom(0, 1, 2),
    time: fc.nat(5_000).map((ms) => TIME_NS + BigInt(ms) * 1_000_000n),
    durationNs: fc.nat(2_000).map((ms) => BigInt(ms) * 1_000_000n),
    parentSpanId: fc.constant("f"),
    attributes: fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES)),
  },
  { requiredKeys: [] },
);

const test = fc.oneof(
  fc.constant({ type: "status_code", statusCodes: ["ERROR"] }),
  fc.record({
    type: fc.constant("latency"),
    thresholdMs: fc.nat(4_000),
    services: fc.option(fc.constant(["shop"]), { nil: undefined }),
  }),
  fc.record({ type: fc.constant("span_count"), minSpans: fc.nat(4) }),
  fc.record({
    type: fc.constant("string_attribute"),
    key: fc.constantFrom(...KEYS),
    values: fc.subarray(VALUES, { minLength: 1 }),
    invertMatch: fc.boolean(),
  }),
  fc.constant({ type: "condition", condition: 'attributes["a"] == "x" and duration > 1s' }),
);
const simple = fc.oneof(
  test,
  fc.record({
    type: fc.constant("probabilistic"),
    samplingPercentage: fc.integer({ min: 1, max: 100 }),
  }),
);
const policy = fc.oneof(
  simple,
  fc.record({
    type: fc.constant("and"),
    policies: fc.array(simple, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    type: fc.constant("drop"),
    policies: fc.array(test, { minLength: 1, maxLength: 2 }),
  }),
);

/** Gives each policy a name of its own, those inside others too. */
function named(policies: readonly object[], prefix = "p"): unknown[] {
  return policies.map((one, index) => {
    const name = `${prefix}${index}`;
    return "policies" in one
      ? { ...one, name, policies: named(one.policies as object[], name) }
      : { ...one, name };
  });
}

const configurations = fc
  .array(policy, { minLength: 1, maxLength: 6 })
  .map((policies) => settings.parse({ policies: named(policies) }));

/** The weight of a trace whose spans come in these batches. */
function weightOf(
  given: TailSampleSettings,
  trace: number,
  batches: readonly (readonly Omit<SpanOf, "trace">[])[],
): number {
  const judge = new TailSampleJudge(given);
  const facts = judge.begin();
  let spans = 0;
  for (const list of batches) {
    judge.bind(spansOf(...list.map((one) => ({ ...one, trace }))));
    for (const row of list.keys()) judge.add(facts, row);
    spans += list.length;
  }
  const id = Buffer.from(traceId(trace), "hex");
  return judge.decide([{ traceId: id, facts, spans }], 0)[0]!;
}

it("decides a trace alike, whatever the order of its spans and the borders of batches", () => {
  const traces = fc.array(span, { minLength: 1, maxLength: 8 });
  const orders = fc.array(fc.nat(), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(
      configurations,
      fc.integer({ min: 1, max: 1_000_000 }),
      traces,
      orders,
      fc.integer({ min: 1, max: 4 }),
      (given, trace, spans, order, size) => {
        const shuffled = spans
          .map((one, index) => ({ one, at: order[index]! }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ one }) => one);
        const batches = Array.from({ length: Math.ceil(spans.length / size) }, (_, i) =>
          shuffled.slice(i * size, (i + 1) * size),
        );
        expect(weightOf(given, trace, batches)).toBe(weightOf(given, trace, [spans]));
      },
    ),
  );
});

it("keeps each trace for as many as its chance says, on average", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 5, max: 100 }), { minLength: 1, maxLength: 4 }),
      fc.nat(1_000_000),
      (percentages, first) => {
        const policies = percentages.map((samplingPercentage, index) => ({
          name: `p${index}`,
          type: "probabilistic",
          samplingPercentage,
        }));
        const given = settings.parse({ policies });
        const judge = new TailSampleJudge(given);
        const count = 4_000;
        const traces = Array.from({ length: count }, (_, index) => ({
          traceId: Buffer.from(traceId(first + index), "hex"),
          facts: judge.begin(),
          spans: 1,
        }));
        const total = judge.decide(traces, 0).reduce((sum, weight) => sum + weight, 0);
        const chance = Math.max(...percentages) / 100;
        const deviation = Math.sqrt((count * (1 - chance)) / chance);
        expect(Math.abs(total - count)).toBeLessThanOrEqual(6 * deviation);
      },
    ),
    { numRuns: 30 },
  );
});
