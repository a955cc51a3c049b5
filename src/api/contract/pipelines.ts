import { z } from "zod";

const count = (what: string) => z.number().int().describe(what);

const rates = z.object({ in: z.number(), out: z.number(), dropped: z.number() });

const statistics = z
  .record(z.string(), z.number())
  .describe("Counts in the names that the documentation of its type gives.");

const destination = z
  .object({
    name: z.string(),
    status: z
      .enum(["healthy", "degraded", "unhealthy"])
      .describe(
        "`degraded` after a failed attempt, or when rows wait longer for the store than they should; `unhealthy` while the breaker is not closed.",
      ),
    rates: rates
      .nullable()
      .describe(
        "Rows a second over the last seconds; null for the store, whose ledger tells more.",
      ),
    queue: z
      .object({
        rows: count("Rows of the journal that wait for it."),
        bytes: count("Bytes of the journal that wait for it."),
        oldestAgeMs: z.number(),
      })
      .describe("What waits for it."),
    breaker: z
      .enum(["closed", "half_open", "open"])
      .nullable()
      .describe(
        "`open` while no attempt is made because many in a row failed; null for the store, which has none.",
      ),
    deadLetters: z
      .object({ count: count("Rows that it will not take."), bytes: count("Bytes.") })
      .nullable()
      .describe("Null for the store."),
    lastError: z.object({ time: z.string(), message: z.string() }).nullable(),
    members: z
      .array(
        z.object({
          name: z.string(),
          breaker: z.enum(["closed", "half_open", "open"]),
          inFlight: count("Deliveries under way."),
          delivered: count("Deliveries that it took."),
          failed: count("Deliveries that failed at it."),
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
