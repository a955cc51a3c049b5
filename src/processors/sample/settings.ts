import { z } from "zod";

const TYPES_MAX = 4_096;

const rate = z.number().min(0).max(1);

export const STRATEGIES = ["random", "deterministic", "adaptive"] as const;

export const settings = z.strictObject({
  strategy: z
    .enum(STRATEGIES)
    .default("random")
    .describe(
      "`random` decides each row by itself. `deterministic` decides by the trace id, so that the spans and log records of a trace with the same rate are kept or dropped together, by every sampler that does so (OpenTelemetry's consistent probability sampling), and other log records by `deterministicKey`. `adaptive` decides by the trace id where there is one, and moves the rate of what is neither an error nor has a rate of its own until `adaptiveTargetRate` of all rows is kept.",
    ),
  errorRate: rate
    .default(1)
    .describe(
      "How much of errors is kept, from 0 to 1: spans of the status error; log records of the level error or above, with a field `error`, of the status `error` or `failed`, or whose type has `error` or `fail` in it.",
    ),
  successRate: rate
    .default(0.1)
    .describe(
      "How much of successes is kept: spans of the status ok; log records of the status `success` or `completed`, or of the level info or `success`.",
    ),
  defaultRate: rate.default(0.1).describe("How much of everything else is kept."),
  typeRates: z
    .record(z.string().min(1), rate)
    .refine((given) => Object.keys(given).length <= TYPES_MAX, {
      error: `more than ${TYPES_MAX} types`,
    })
    .default({})
    .describe(
      "How much is kept of types, where they are no errors: an event's `event_type`, else `type`, else its event name; a span's name.",
    )
    .meta({ examples: [{ heartbeat: 0.01, payment: 1 }] }),
  deterministicKey: z
    .string()
    .min(1)
    .default("id")
    .describe(
      "The attribute by which log records without a trace id are decided: the first eight hex digits of its MD5 digest, divided by 0xffffffff, are below the rate. Those without it are decided at random.",
    ),
  adaptiveWindow: z
    .int()
    .min(1_000)
    .max(3_600_000)
    .default(60_000)
    .describe("Milliseconds after which the adaptive rate is set anew, from what came in them."),
  adaptiveTargetRate: rate
    .default(0.1)
    .describe("How much of all rows the adaptive strategy keeps, errors included, from 0 to 1."),
  metadata: z
    .boolean()
    .default(true)
    .describe("Whether events that are kept get `_sampling`, which says at what rate and how."),
});

export type SampleSettings = z.output<typeof settings>;
