import { z } from "zod";
import { conditionSetting } from "#pipeline/expression/condition.ts";
import { LinearRegex } from "#pipeline/expression/linear-regex.ts";

const POLICIES_MAX = 64;
const SUB_POLICIES_MAX = 16;
const VALUES_MAX = 1_024;
const TEXT_MAX = 1_024;

const text = z.string().min(1).max(TEXT_MAX);
const name = text
  .describe("Under which the policy's decisions are counted.")
  .meta({ examples: ["errors"] });
const key = text
  .describe("The attribute's key: of a span, or of its resource.")
  .meta({ examples: ["http.route"] });
const policyType = <Type extends string>(type: Type) =>
  z
    .literal(type)
    .describe("What the policy decides by.")
    .meta({ examples: [type] });
const milliseconds = z.int().min(0).max(86_400_000);
const spansPerSecond = z.number().positive().max(1e9);
const invertMatch = z
  .boolean()
  .default(false)
  .describe("Matches the traces of which no span does.");

const services = z
  .array(text)
  .max(VALUES_MAX)
  .optional()
  .describe("Only traces whose root span is of one of these services.")
  .meta({ examples: [["checkout"]] });

const pattern = text.superRefine((source, context) => {
  try {
    void new LinearRegex(source);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    context.addIssue({ code: "custom", message: error.message });
  }
});

const alwaysSample = z
  .strictObject({ name, type: policyType("always_sample") })
  .describe("Keeps every trace.");

const statusCode = z
  .strictObject({
    name,
    type: policyType("status_code"),
    statusCodes: z
      .array(z.enum(["ERROR", "OK", "UNSET"]))
      .min(1)
      .describe("The trace has a span of one of these statuses.")
      .meta({ examples: [["ERROR"]] }),
  })
  .describe("Traces by the status of any of their spans.");

const latency = z
  .strictObject({
    name,
    type: policyType("latency"),
    thresholdMs: milliseconds
      .describe("From the earliest start of a span to the latest end: at least this.")
      .meta({ examples: [1_000] }),
    upperThresholdMs: milliseconds
      .optional()
      .describe("At most this.")
      .meta({ examples: [60_000] }),
    services,
  })
  .describe("Traces by how long they took.");

const spanCount = z
  .strictObject({
    name,
    type: policyType("span_count"),
    minSpans: z.int().min(0).default(0).describe("At least this many spans."),
    maxSpans: z
      .int()
      .min(1)
      .optional()
      .describe("At most this many spans.")
      .meta({ examples: [100] }),
  })
  .describe("Traces by how many spans they have.");

const stringAttribute = z
  .strictObject({
    name,
    type: policyType("string_attribute"),
    key,
    values: z
      .array(text)
      .min(1)
      .max(VALUES_MAX)
      .describe("The text is one of these.")
      .meta({ examples: [["/checkout"]] }),
    invertMatch,
  })
  .describe("Traces by the text of an attribute of any span, or of its resource.");

const patternAttribute = z
  .strictObject({
    name,
    type: policyType("pattern_attribute"),
    key,
    patterns: z
      .array(pattern)
      .min(1)
      .max(SUB_POLICIES_MAX)
      .describe("One of these regular expressions (RE2) is found in the text.")
      .meta({ examples: [["^/api/"]] }),
    invertMatch,
  })
  .describe("Traces by a pattern in the text of an attribute.");

const numericAttribute = z
  .strictObject({
    name,
    type: policyType("numeric_attribute"),
    key,
    minValue: z
      .number()
      .optional()
      .describe("At least this.")
      .meta({ examples: [500] }),
    maxValue: z
      .number()
      .optional()
      .describe("At most this.")
      .meta({ examples: [599] }),
    invertMatch,
  })
  .describe("Traces by a number in an attribute.");

const booleanAttribute = z
  .strictObject({
    name,
    type: policyType("boolean_attribute"),
    key,
    value: z
      .boolean()
      .describe("The value that it has.")
      .meta({ examples: [true] }),
    invertMatch,
  })
  .describe("Traces by a boolean attribute.");

const condition = z
  .strictObject({
    name,
    type: policyType("condition"),
    condition: conditionSetting(["traces"])
      .describe("An expression that is true for one of the trace's spans.")
      .meta({ examples: ['attributes["http.route"] == "/checkout" and duration > 500ms'] }),
    invertMatch,
  })
  .describe("Traces by an expression about any of their spans.");

const probabilistic = z
  .strictObject({
    name,
    type: policyType("probabilistic"),
    samplingPercentage: z
      .number()
      .min(0.000_1)
      .max(100)
      .describe("How many of a hundred traces are kept, by their ids; each stands for the others.")
      .meta({ examples: [5] }),
  })
  .describe("Keeps a part of the traces.");

const rateLimiting = z
  .strictObject({
    name,
    type: policyType("rate_limiting"),
    spansPerSecond: spansPerSecond
      .optional()
      .describe("Spans of kept traces, a second.")
      .meta({ examples: [1_000] }),
    tracesPerSecond: spansPerSecond
      .optional()
      .describe("Kept traces, a second.")
      .meta({ examples: [100] }),
  })
  .refine(
    (limit) => (limit.spansPerSecond === undefined) !== (limit.tracesPerSecond === undefined),
    {
      error: "needs spansPerSecond or tracesPerSecond, and not both",
    },
  )
  .describe(
    "Keeps about so many: when more come, a part of them by their ids, each of which stands for the others.",
  );

const testPolicy = z.discriminatedUnion("type", [
  statusCode,
  latency,
  spanCount,
  stringAttribute,
  patternAttribute,
  numericAttribute,
  booleanAttribute,
  condition,
]);
export type TestSettings = z.output<typeof testPolicy>;

const simplePolicy = z.discriminatedUnion("type", [
  alwaysSample,
  testPolicy,
  probabilistic,
  rateLimiting,
]);
export type SimpleSettings = z.output<typeof simplePolicy>;

const and = z
  .strictObject({
    name,
    type: policyType("and"),
    policies: z
      .array(simplePolicy)
      .min(1)
      .max(SUB_POLICIES_MAX)
      .describe("All of these keep the trace."),
  })
  .describe("Keeps what all of several policies keep.");

const composite = z
  .strictObject({
    name,
    type: policyType("composite"),
    maxTotalSpansPerSecond: spansPerSecond
      .describe("Spans of kept traces a second, in all.")
      .meta({ examples: [1_000] }),
    policies: z
      .array(
        z.strictObject({
          policy: simplePolicy.describe("What may keep a trace."),
          percent: z
            .number()
            .positive()
            .max(100)
            .describe("The part of the spans that this policy may keep, of a hundred.")
            .meta({ examples: [50] }),
        }),
      )
      .min(1)
      .max(SUB_POLICIES_MAX)
      .describe("Each with its part of the limit."),
  })
  .describe("Shares a limit between several policies.");

const drop = z
  .strictObject({
    name,
    type: policyType("drop"),
    policies: z
      .array(testPolicy)
      .min(1)
      .max(SUB_POLICIES_MAX)
      .describe("All of these match the trace."),
  })
  .describe("Drops the trace, whatever the other policies say: health checks, for example.");

const policy = z.discriminatedUnion("type", [simplePolicy, and, composite, drop]);
export type PolicySettings = z.output<typeof policy>;

export const settings = z
  .strictObject({
    policies: z
      .array(policy)
      .min(1)
      .max(POLICIES_MAX)
      .describe(
        "A trace is kept when one of these keeps it and no `drop` matches. Which of them comes first makes no difference.",
      )
      .meta({
        examples: [
          [
            { name: "errors", type: "status_code", statusCodes: ["ERROR"] },
            { name: "slow", type: "latency", thresholdMs: 1_000 },
            { name: "rest", type: "probabilistic", samplingPercentage: 5 },
          ],
        ],
      }),
    decisionWait: z
      .int()
      .min(100)
      .max(3_600_000)
      .default(10_000)
      .describe("Milliseconds from a trace's first span until it is decided."),
    decisionWaitAfterRootReceived: z
      .int()
      .min(0)
      .max(3_600_000)
      .optional()
      .describe(
        "Milliseconds from the arrival of a trace's root span until it is decided, where that is earlier. Without it the root makes no difference.",
      )
      .meta({ examples: [1_000] }),
    numTraces: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(50_000)
      .describe("Traces that wait at once. With more the oldest are decided early, and counted."),
    maxSpansPerTrace: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(20_000)
      .describe(
        "Spans of one trace that are waited for. With more it is decided early, and counted.",
      ),
    decisionCacheSize: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(100_000)
      .describe(
        "Decisions that are remembered: spans that come late follow that of their trace. What comes later still is decided by itself.",
      ),
  })
  .superRefine(({ policies }, context) => {
    const names = policies.map((one) => one.name);
    for (const [index, one] of names.entries()) {
      if (names.indexOf(one) === index) continue;
      const message = `there is another policy of the name ${one}`;
      context.addIssue({ code: "custom", message, path: ["policies", index, "name"] });
    }
  });

export type TailSampleSettings = z.output<typeof settings>;
