import { z } from "zod";

const count = (what: string) => z.number().int().describe(what);

const rates = z.object({ in: z.number(), out: z.number(), dropped: z.number() });

const statistics = z
  .record(z.string(), z.number())
  .describe("Counts in the names that the documentation of its type gives.");

export const componentStatus = z.enum(["healthy", "degraded", "unhealthy"]);

const time = z.string().nullable().describe("Null when there was none yet.");

const metrics = z
  .object({
    events_processed: count("Rows that it brought, was given, or took."),
    events_failed: count("Rows that were refused, at which it failed, or that it will not take."),
    last_processed_at: time,
    created_at: z.string(),
  })
  .describe("What it has done since it was made, in the words of the event pipeline.")
  .meta({ id: "ComponentMetrics" });

export const queue = z.object({
  rows: count("Rows that wait."),
  bytes: count("Bytes of the journal that wait."),
  oldestAgeMs: z.number(),
});

const destination = z
  .object({
    name: z.string(),
    status: componentStatus.describe(
      "`degraded` after a failed attempt, or when rows wait longer for the store than they should; `unhealthy` while the breaker is not closed.",
    ),
    metrics,
    rates: rates
      .extend({ skipped: z.number() })
      .describe(
        "Rows a second over the last seconds: that it was to look at, took, will never take, and that were not for it, as its `when` says or because they are Sightglass's own.",
      ),
    queue: queue.describe("What waits for it."),
    breaker: z
      .enum(["closed", "half_open", "open"])
      .nullable()
      .describe(
        "`open` while no attempt is made because many in a row failed; null for the store, which has none.",
      ),
    deadLetters: z
      .object({ count: count("Rows that it will not take."), bytes: count("Bytes.") })
      .nullable()
      .describe("Null where none are kept."),
    lastError: z.object({ time: z.string(), message: z.string() }).nullable(),
    members: z
      .array(
        z.object({
          name: z.string(),
          breaker: z.enum(["closed", "half_open", "open"]),
          inFlight: count("Deliveries under way."),
          delivered: count("Deliveries that it took."),
          failed: count("Deliveries that failed at it."),
          statistics,
        }),
      )
      .optional()
      .describe("The destinations of a group, and how each is doing."),
    statistics,
    health: z
      .record(z.string(), z.unknown())
      .describe("What it says of its health beside `status`, in the names of its documentation."),
  })
  .meta({ id: "PipelineDestination" });

export const pipelinesAnswer = z
  .object({
    data: z.array(
      z.object({
        name: z.string(),
        receivers: z.array(
          z.object({
            name: z.string(),
            addresses: z.array(z.string()).describe("Where it listens."),
            status: componentStatus.describe("`degraded` while what it brings is refused."),
            metrics,
            rates: rates.describe(
              "Rows a second over the last seconds: that it brought, that were taken, and that were refused or not made durable.",
            ),
          }),
        ),
        processors: z.array(
          z.object({
            name: z.string(),
            rowsIn: count("Rows that it was given since the start."),
            rowsOut: count("Rows that it left."),
            failures: count("Batches at which it failed."),
            status: componentStatus.describe("`degraded` after a batch at which it failed."),
            metrics,
            queue: queue
              .nullable()
              .describe("What it holds until it is decided on; null where it holds nothing."),
            rates: rates.describe("Rows a second over the last seconds."),
            statistics,
          }),
        ),
        destinations: z.array(destination),
      }),
    ),
  })
  .meta({ id: "Pipelines" });
export type PipelinesAnswer = z.infer<typeof pipelinesAnswer>;
