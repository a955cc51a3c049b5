import { z } from "zod";

const milliseconds = (most: number): z.ZodNumber => z.number().int().min(1).max(most);

/** The most portions of one destination that may be under way at once. */
const IN_FLIGHT_MAX = 16;

/**
 * What every destination can be told about how it is delivered to, whatever its type. Times are
 * milliseconds.
 */
export const deliverySettingsSchema = z.strictObject({
  maxRetries: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe(
      "How often rows are tried again after the first attempt before they become dead letters. Without it there is no end to it: the rows wait in the journal.",
    ),
  retryDelay: milliseconds(3_600_000)
    .default(1_000)
    .describe(
      "The longest wait before the first retry. The wait is a random part of it (full jitter).",
    ),
  retryBackoff: z
    .number()
    .min(1)
    .max(10)
    .default(2)
    .describe("What the wait grows by from retry to retry."),
  retryDelayMax: milliseconds(3_600_000)
    .default(30_000)
    .describe("The longest wait between two attempts."),
  retryAfterMax: milliseconds(86_400_000)
    .default(3_600_000)
    .describe("The longest wait that the other side may ask for, such as with Retry-After."),
  attemptTimeout: milliseconds(3_600_000)
    .default(60_000)
    .describe("How long one attempt may take."),
  breakerFailures: z
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(5)
    .describe("Failures in a row after which no attempt is made for a while."),
  breakerOpenMs: milliseconds(3_600_000)
    .default(30_000)
    .describe("How long no attempt is made then, before a single one tries again."),
  sendsPerSecond: z
    .number()
    .positive()
    .optional()
    .describe("The most portions sent a second. Without it there is no bound."),
  rowsPerSecond: z
    .number()
    .positive()
    .optional()
    .describe("The most rows sent a second. Without it there is no bound."),
  inFlight: z
    .number()
    .int()
    .min(1)
    .max(IN_FLIGHT_MAX)
    .optional()
    .describe(
      "Portions sent at the same time. Above 1 the order of rows is no longer kept. Without it 1, but where order says nothing: 4 for postgresql, 3 for s3.",
    ),
  queueBytesMax: z
    .number()
    .int()
    .min(1_048_576)
    .default(4_294_967_296)
    .describe("Bytes of the journal that may wait for this destination."),
  queueAgeMax: milliseconds(31_536_000_000)
    .optional()
    .describe("How old rows may get while they wait. Without it there is no bound."),
  whenFull: z
    .enum(["drop_oldest", "block"])
    .default("drop_oldest")
    .describe(
      "What happens when more would wait: the oldest rows are dropped and counted, or senders are refused until there is room.",
    ),
  deadLetterBytesMax: z
    .number()
    .int()
    .min(65_536)
    .default(67_108_864)
    .describe("Bytes of dead letters that are kept. The oldest go first."),
  deadLetterAgeMax: milliseconds(31_536_000_000)
    .default(2_592_000_000)
    .describe("How long a dead letter is kept."),
});

/** How one destination is delivered to, with every default filled in. */
export type DeliverySettings = z.infer<typeof deliverySettingsSchema>;
