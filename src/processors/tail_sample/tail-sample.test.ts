import { describe, expect, it } from "vitest";
import type { z } from "zod";
import type { TraceJudge } from "#pipeline/holding/trace-judge.ts";
import { spansOf, type SpanOf, traceId } from "#pipeline/holding/testing/holder-fixture.ts";
import { TIME_NS } from "#pipeline/testing/batches.ts";
import { settings } from "./settings.ts";
import { TailSampleJudge } from "./tail-sample.ts";

type Policy = z.input<typeof settings>["policies"][number];

const judgeOf = (...policies: readonly Policy[]) =>
  new TailSampleJudge(settings.parse({ policies }));

/** What the judge makes of one trace of these spans, one batch for each service. */
function weightOf(policies: readonly Policy[], ...spans: readonly Omit<SpanOf, "trace">[]): number {
  return weightsOf(judgeOf(...policies), [spans])[0]!;
}

/** What the judge makes of traces that are decided together; `first` is the number of the first one. */
function weightsOf<Facts>(
  judge: TraceJudge<Facts>,
  traces: readonly (readonly Omit<SpanOf, "trace">[])[],
  { first = 1, nowMs = 0 } = {},
): readonly number[] {
  const all = traces.map((spans, index) => {
    const facts = judge.begin();
    for (const span of spans) {
      judge.bind(spansOf({ ...span, trace: first + index }));
      judge.add(facts, 0);
    }
    const id = Buffer.from(traceId(first + index), "hex");
    return { traceId: id, facts, spans: spans.length };
  });
  return judge.decide(all, nowMs);
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const ms = (milliseconds: number): bigint => BigInt(milliseconds) * 1_000_000n;
const LATENCY = { name: "slow", type: "latency", thresholdMs: 1_000 } as const;
const TEXT = {
  name: "p",
  type: "string_attribute" as const,
  key: "user.tier",
  values: ["gold"],
};
const NUMBER = { name: "p", type: "numeric_attribute", key: "n", minValue: 5 } as const;
const PATTERN = {
  name: "p",
  type: "pattern_attribute" as const,
  key: "http.route",
  patterns: ["^/check"],
};

describe("a policy of tail_sample", () => {
  it.each<[string, Policy, readonly Omit<SpanOf, "trace">[], number]>([
    ["always", { name: "p", type: "always_sample" }, [{}], 1],
    [
      "an error in any span",
      { name: "p", type: "status_code", statusCodes: ["ERROR"] },
      [{ status: 1 }, { status: 2 }],
      1,
    ],
    [
      "no error",
      { name: "p", type: "status_code", statusCodes: ["ERROR"] },
      [{ status: 1 }, { status: 0 }],
      0,
    ],
    ["unset", { name: "p", type: "status_code", statusCodes: ["UNSET"] }, [{ status: 1 }, {}], 1],
    ["a long span", LATENCY, [{ durationNs: ms(1_000) }], 1],
    ["short spans", LATENCY, [{ durationNs: ms(999) }, { durationNs: ms(1) }], 0],
    ["short spans far apart", LATENCY, [{ time: TIME_NS + ms(999) }, { time: TIME_NS }], 1],
    [
      "a trace that is too long",
      { ...LATENCY, upperThresholdMs: 2_000 },
      [{ durationNs: ms(2_001) }],
      0,
    ],
    [
      "a root of the service",
      { ...LATENCY, services: ["web"] },
      [{ service: "web", durationNs: ms(1_500) }],
      1,
    ],
    [
      "a root of another service",
      { ...LATENCY, services: ["web"] },
      [
        { service: "db", durationNs: ms(1_500) },
        { service: "web", parentSpanId: "a" },
      ],
      0,
    ],
    ["enough spans", { name: "p", type: "span_count", minSpans: 2 }, [{}, {}], 1],
    ["too many spans", { name: "p", type: "span_count", maxSpans: 1 }, [{}, {}], 0],
    ["a text of a span", TEXT, [{}, { attributes: { "user.tier": "gold" } }], 1],
    ["another text", TEXT, [{ attributes: { "user.tier": "golden" } }], 0],
    ["a text of the resource", { ...TEXT, key: "service.name", values: ["shop"] }, [{}], 1],
    [
      "a text, inverted",
      { ...TEXT, invertMatch: true },
      [{}, { attributes: { "user.tier": "gold" } }],
      0,
    ],
    ["no text, inverted", { ...TEXT, invertMatch: true }, [{}], 1],
    ["a number that is a text", NUMBER, [{ attributes: { n: "7" } }], 0],
    ["a pattern", PATTERN, [{ attributes: { "http.route": "/checkout" } }], 1],
    ["no pattern", PATTERN, [{ attributes: { "http.route": "/a/checkout" } }], 0],
    [
      "a condition",
      { name: "p", type: "condition", condition: 'name == "slow" and duration > 5ms' },
      [{ name: "slow" }, { name: "slow", durationNs: ms(6) }],
      1,
    ],
    [
      "a condition that two spans make together",
      { name: "p", type: "condition", condition: 'name == "slow" and duration > 5ms' },
      [{ name: "slow" }, { durationNs: ms(6) }],
      0,
    ],
  ])("by %s", (_name, policy, spans, expected) => {
    expect(weightOf([policy], ...spans)).toBe(expected);
  });

  it("keeps what all parts of an `and` keep, whichever spans they find it in", () => {
    const and: Policy = {
      name: "and",
      type: "and",
      policies: [LATENCY, { name: "e", type: "status_code", statusCodes: ["ERROR"] }],
    };
    expect(weightOf([and], { durationNs: ms(2_000) }, { status: 2 })).toBe(1);
    expect(weightOf([and], { durationNs: ms(2_000) })).toBe(0);
    expect(weightOf([and], { status: 2 })).toBe(0);
  });

  it("drops what a `drop` matches, even an error", () => {
    const policies: Policy[] = [
      { name: "errors", type: "status_code", statusCodes: ["ERROR"] },
      { name: "health", type: "drop", policies: [{ ...PATTERN, patterns: ["/healthz"] }] },
    ];
    expect(weightOf(policies, { status: 2, attributes: { "http.route": "/healthz" } })).toBe(0);
    expect(weightOf(policies, { status: 2 })).toBe(1);
  });
});

const manyTraces = (count: number, spans: number) =>
  Array.from({ length: count }, () => Array.from({ length: spans }, () => ({})));

describe("the weights of tail_sample", () => {
  it("keep a part of the traces, each for its share", () => {
    const judge = judgeOf({ name: "p", type: "probabilistic", samplingPercentage: 10 });
    const weights = weightsOf(judge, manyTraces(3_000, 1));
    const kept = weights.filter((weight) => weight > 0);
    expect(new Set(kept)).toEqual(new Set([10]));
    // Three standard deviations.
    expect(Math.abs(kept.length - 300)).toBeLessThan(50);
  });

  it("are those of the most that any policy gives the trace, so that each is kept with that chance", () => {
    const policies: Policy[] = [
      { name: "few", type: "probabilistic", samplingPercentage: 5 },
      {
        name: "half",
        type: "and",
        policies: [TEXT, { name: "half", type: "probabilistic", samplingPercentage: 50 }],
      },
      { name: "errors", type: "status_code", statusCodes: ["ERROR"] },
    ];
    const gold = { attributes: { "user.tier": "gold" } };
    const weights = weightsOf(
      judgeOf(...policies),
      Array.from({ length: 3_000 }, (_, i) => [[{}], [gold], [{ ...gold, status: 2 }]][i % 3]!),
    );
    const ofKind = (kind: number) => weights.filter((_, i) => i % 3 === kind);
    expect(new Set(ofKind(0))).toEqual(new Set([0, 20]));
    expect(new Set(ofKind(1))).toEqual(new Set([0, 2]));
    expect(new Set(ofKind(2))).toEqual(new Set([1]));
    expect(Math.abs(sum(ofKind(1)) - 1_000)).toBeLessThan(100);
  });

  it("are the same in every process and whatever else is decided", () => {
    const policy: Policy = { name: "p", type: "probabilistic", samplingPercentage: 30 };
    const together = weightsOf(judgeOf(policy), manyTraces(200, 1));
    const alone = together.map(
      (_, index) => weightsOf(judgeOf(policy), [[{}]], { first: index + 1 })[0],
    );
    expect(alone).toEqual(together);
  });

  it("keep about as many spans a second as the limit allows, and stand for all", () => {
    const judge = judgeOf({ name: "p", type: "rate_limiting", spansPerSecond: 100 });
    let [kept, stoodFor] = [0, 0];
    for (let second = 0; second < 20; second++) {
      const first = second * 200 + 1;
      const weights = weightsOf(judge, manyTraces(200, 2), { first, nowMs: second * 1_000 });
      kept += weights.filter((weight) => weight > 0).length * 2;
      stoodFor += sum(weights) * 2;
    }
    expect(Math.abs(kept - 2_000)).toBeLessThan(200);
    expect(Math.abs(stoodFor - 8_000)).toBeLessThan(1_000);
  });

  it("are 1 while the limit is not reached", () => {
    const judge = judgeOf({ name: "p", type: "rate_limiting", tracesPerSecond: 10 });
    expect(weightsOf(judge, manyTraces(10, 50))).toEqual(Array(10).fill(1));
  });

  it("share a limit as a composite says", () => {
    const gold = { attributes: { "user.tier": "gold" } };
    const judge = judgeOf({
      name: "shared",
      type: "composite",
      maxTotalSpansPerSecond: 100,
      policies: [
        { policy: TEXT, percent: 80 },
        { policy: { ...TEXT, invertMatch: true }, percent: 20 },
      ],
    });
    const counts = [0, 0];
    for (let second = 0; second < 20; second++) {
      const traces = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? [gold] : [{}]));
      const weights = weightsOf(judge, traces, { first: second * 400 + 1, nowMs: second * 1_000 });
      for (const kind of [0, 1])
        counts[kind]! += weights.filter((weight, i) => weight > 0 && i % 2 === kind).length;
    }
    expect(Math.abs(counts[0]! - 1_600)).toBeLessThan(160);
    expect(Math.abs(counts[1]! - 400)).toBeLessThan(80);
  });

  it("are counted by policy", () => {
    const judge = judgeOf(
      { name: "errors", type: "status_code", statusCodes: ["ERROR"] },
      { name: "all", type: "always_sample" },
      { name: "no", type: "drop", policies: [TEXT] },
    );
    weightsOf(judge, [[{ status: 2 }], [{}], [{ attributes: { "user.tier": "gold" } }]]);
    expect(judge.statistics()).toEqual({
      sampled_by_errors: 1,
      sampled_by_all: 2,
      dropped_by_no: 1,
    });
  });
});

describe("the settings of tail_sample", () => {
  const problemOf = (policy: unknown): string => {
    const parsed = settings.safeParse({ policies: [policy] });
    return parsed.success ? "" : parsed.error.issues.map(({ message }) => message).join();
  };

  it.each([
    [{ ...PATTERN, patterns: ["("] }, /missing|paren/],
    [{ name: "p", type: "condition", condition: "nonsense ==" }, /./],
    [{ name: "p", type: "rate_limiting" }, /spansPerSecond or tracesPerSecond/],
    [
      {
        name: "p",
        type: "drop",
        policies: [{ name: "q", type: "probabilistic", samplingPercentage: 5 }],
      },
      /./,
    ],
    [{ name: "p", type: "none" }, /./],
  ])("refuse %j", (policy, message) => {
    expect(problemOf(policy)).toMatch(message);
  });

  it("refuse two policies of one name", () => {
    const policy = { name: "p", type: "always_sample" };
    const parsed = settings.safeParse({ policies: [policy, policy] });
    expect(parsed.error?.issues[0]).toMatchObject({ path: ["policies", 1, "name"] });
  });
});
