import { TOPICS } from "#core/live-topics.ts";
import { z } from "zod";
import { ledgerEntries } from "./status.ts";
import { logRecord } from "./logs.ts";
import { text } from "./parameters.ts";
import { componentStatus, queue } from "./pipelines.ts";
import { span } from "./traces.ts";
import { traceIdOut } from "./values.ts";

/** What can be listened to. */
export const TAIL_STREAMS = ["logs", "spans", "status", "changed"] as const;
export type TailStream = (typeof TAIL_STREAMS)[number];

const streamNames = z.string().transform((value, context): TailStream[] => {
  const names = value.split(",").filter((name) => name !== "");
  const known = names.flatMap((name) => TAIL_STREAMS.find((one) => one === name) ?? []);
  if (known.length === names.length && names.length > 0) return known;
  context.issues.push({ code: "custom", input: value, message: TAIL_STREAMS.join(", ") });
  return z.NEVER;
});

export const tailQuery = z.strictObject({
  streams: z
    .array(streamNames)
    .min(1, { error: TAIL_STREAMS.join(", ") })
    .max(TAIL_STREAMS.length)
    .describe(
      `What to listen to, repeatable or separated by commas: \`${TAIL_STREAMS.join("`, `")}\`.`,
    ),
  q: text.describe(
    "A search, as for lists: only rows that fulfil it. It is about `logs` and `spans`, and left out means every row.",
  ),
});

const isCut = z
  .literal(true)
  .optional()
  .describe("Set where long texts of the row were cut; the list of rows has them whole.");

export const tailRow = z
  .union([
    z.object({ signal: z.literal("logs"), isCut, row: logRecord }),
    z.object({ signal: z.literal("traces"), isCut, row: span.extend({ traceId: traceIdOut }) }),
  ])
  .meta({
    id: "TailRow",
    description: "A row that is durable, as it will be stored: behind all processors.",
  });
export type TailRow = z.infer<typeof tailRow>;

export const tailDropped = z
  .object({
    rows: z.number().int(),
    because: z
      .enum(["rate", "slow", "busy"])
      .describe(
        "`rate`: more rows matched in a second than are sent. `slow`: they were not read in time. `busy`: they were not looked at, so that receiving went on undisturbed; some may have matched.",
      ),
  })
  .meta({ id: "TailDropped", description: "Rows that are not among those that were sent." });
export type TailDropped = z.infer<typeof tailDropped>;

export const tailGap = z
  .object({
    because: z
      .enum(["restarted", "too_long"])
      .describe(
        "`restarted`: Sightglass was, and remembers no rows. `too_long`: more came meanwhile than are kept.",
      ),
  })
  .meta({
    id: "TailGap",
    description: "Rows are missing between the `Last-Event-ID` and those that follow.",
  });
export type TailGap = z.infer<typeof tailGap>;

const component = z
  .object({
    kind: z.enum(["receiver", "processor", "destination"]),
    name: z.string(),
    status: componentStatus,
    in: z.number().describe("Rows a second over the last seconds."),
    out: z.number(),
    dropped: z.number(),
    queue: queue.nullable().describe("What waits for it; null where nothing can."),
    breaker: z.enum(["closed", "half_open", "open"]).nullable(),
    deadLetters: z.number().int().nullable(),
  })
  .meta({ id: "ComponentPulse" });
export type ComponentPulse = z.infer<typeof component>;

export const tailStatus = z
  .object({
    time: z.string().describe("RFC 3339."),
    ledger: ledgerEntries.describe("Since the data folder was made."),
    pipelines: z.array(z.object({ name: z.string(), components: z.array(component) })),
  })
  .meta({ id: "TailStatus", description: "The counts, and how each component is doing." });
export type TailStatus = z.infer<typeof tailStatus>;

export const tailChanged = z.object({ topics: z.array(z.enum(TOPICS)) }).meta({
  id: "TailChanged",
  description: "There are new stored rows, which questions about these topics find.",
});
export type TailChanged = z.infer<typeof tailChanged>;

export const tailHeartbeat = z
  .object({ time: z.string().describe("RFC 3339.") })
  .meta({ id: "TailHeartbeat", description: "First of all, and then every 15 seconds." });
