import { z } from "zod";

const ledgerEntry = z
  .object({
    accepted: z.number().int().describe("Rows that were acknowledged."),
    stored: z.number().int().describe("Rows that are in the store."),
    dropped: z.number().int().describe("Rows that were given up for good."),
    inFlight: z.number().int().describe("accepted - stored - dropped."),
  })
  .meta({ id: "LedgerEntry" });
export type LedgerEntry = z.infer<typeof ledgerEntry>;
export const ledgerEntries = z.object({
  traces: ledgerEntry,
  logs: ledgerEntry,
  metrics: ledgerEntry,
});

export const ledgerAnswer = z
  .object({
    sinceStart: ledgerEntries.describe("Since this process started."),
    inAll: ledgerEntries.describe("Since the data folder was made."),
  })
  .meta({ id: "Ledger" });
export type LedgerAnswer = z.infer<typeof ledgerAnswer>;

export const aboutAnswer = z
  .object({
    version: z.string(),
    startTime: z.string().describe("RFC 3339."),
    uptimeMs: z.number(),
    endpoints: z
      .object({
        ui: z.string().nullable(),
        otlpHttp: z.string().nullable(),
        otlpGrpc: z.string().nullable(),
      })
      .describe("Addresses as they are printed at start; null for what is not served."),
    store: z.object({
      kind: z.enum(["embedded", "remote"]),
      bytes: z.number().nullable().describe("Bytes of the data folder; null where unknown."),
      version: z.string().nullable().describe("That of ClickHouse; null while it cannot be asked."),
      tables: z
        .array(z.object({ table: z.string(), rows: z.number(), bytes: z.number() }))
        .describe("The largest first; none while they are not known."),
    }),
    node: z.string().describe("The version of Node.js."),
    platform: z.string().describe("Such as `linux x64`."),
    process: z
      .object({
        pid: z.number().int(),
        rssBytes: z.number().describe("Memory of the whole process, the embedded engine included."),
        heapUsedBytes: z.number(),
        heapBytes: z.number(),
        externalBytes: z.number(),
        cpuSeconds: z.number().describe("Of all threads, since the start."),
        cpuShare: z
          .number()
          .nullable()
          .describe("Processors in use since this was asked for last: 1 is one whole processor."),
        threads: z.number().int().nullable().describe("Null where it is not known."),
        openFiles: z.number().int().nullable().describe("Null where it is not known."),
      })
      .describe("What Sightglass itself takes."),
    probe: z
      .object({
        lagMs: z
          .number()
          .nullable()
          .describe("From the acknowledgement of the newest known span to a query that found it."),
        lost: z.number().int().describe("Known spans that were acknowledged and never found."),
        waiting: z.number().int().describe("Known spans that are looked for."),
      })
      .nullable()
      .describe("Null where the probe is switched off, or begins only."),
    receivers: z.array(
      z.object({
        type: z.string(),
        state: z.enum(["starting", "running", "stopped", "failed"]),
        address: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: "About" });
export type AboutAnswer = z.infer<typeof aboutAnswer>;

/** The shape of seed 003; uptime is in seconds. */
export const healthAnswer = z
  .object({
    status: z.literal("healthy"),
    timestamp: z.string(),
    uptime: z.number().describe("Seconds since start."),
    version: z.string(),
  })
  .meta({ id: "Health" });

export const liveAnswer = z.object({ status: z.literal("live") }).meta({ id: "Live" });

export const readyAnswer = z
  .object({
    status: z.enum(["ready", "not_ready"]),
    checks: z.array(z.object({ name: z.string(), ready: z.boolean(), message: z.string() })),
  })
  .meta({ id: "Ready" });
export type ReadyAnswer = z.infer<typeof readyAnswer>;
