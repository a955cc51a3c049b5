import { flushInterval } from "#pipeline/outbound/request-settings.ts";
import { z } from "zod";

/** What PostgreSQL takes without quotation marks, and never has to fold or cut. */
const NAME = /^[a-z_][a-z0-9_]{0,62}$/;
const NAME_ALLOWED = "lower-case letters, digits and underscores, 63 at most, no digit first";

/** The fields are those of the event pipeline of old; times are milliseconds. */
export const postgresqlSettings = z.strictObject({
  host: z.string().min(1).default("localhost").describe("The server's name or address."),
  port: z.int().min(1).max(65_535).default(5_432).describe("The server's port."),
  database: z.string().min(1).default("cortex_observability").describe("The database."),
  user: z
    .string({ error: "PostgreSQLDestination requires user and password configuration" })
    .min(1)
    .describe("Whom to connect as.")
    .meta({ examples: ["sightglass"] }),
  password: z
    .string({ error: "PostgreSQLDestination requires user and password configuration" })
    .min(1)
    .describe("The user's password.")
    .meta({ secret: true, examples: ["${env:POSTGRES_PASSWORD}"] }),
  tls: z
    .enum(["auto", "verify", "off"])
    .default("auto")
    .describe(
      "verify: only over TLS, with a certificate that is valid for the host. off: never. auto: verify, but for a server on this machine.",
    ),
  tlsCaFile: z
    .string()
    .min(1)
    .optional()
    .describe("PEM file of the authorities that may have signed the server's certificate.")
    .meta({ examples: ["/etc/sightglass/postgres-ca.crt"] }),
  schemaName: z
    .string()
    .regex(NAME, NAME_ALLOWED)
    .default("public")
    .describe("Schema of the tables."),
  tableName: z
    .string()
    .regex(NAME, NAME_ALLOWED)
    .default("events")
    .describe(
      "Table of log records. Spans and points go to telemetry_traces and telemetry_metrics.",
    ),
  createTableIfNotExists: z
    .boolean()
    .default(true)
    .describe("Whether tables and indexes that are missing are made."),
  retentionDays: z
    .int()
    .min(1)
    .max(36_500)
    .optional()
    .describe("Days after which rows are deleted, looked at each hour. Without it they are kept.")
    .meta({ examples: [90] }),
  kpiRollups: z
    .boolean()
    .default(true)
    .describe(
      "Whether the KPIs of the hours that are over are computed from the spans, once an hour.",
    ),
  poolSize: z.int().min(1).max(100).default(10).describe("Connections at the same time."),
  connectionTimeout: z
    .int()
    .min(100)
    .max(300_000)
    .default(10_000)
    .describe("How long connecting may take."),
  bufferSize: z
    .int()
    .min(1)
    .max(50_000)
    .default(5_000)
    .describe("Rows that are stored in one transaction, at most."),
  flushInterval: flushInterval(5_000, "How long rows wait for others to be stored with."),
});

export type PostgresqlSettings = z.infer<typeof postgresqlSettings>;
