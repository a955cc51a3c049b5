import type { PipelinesAnswer } from "#api/contract/pipelines.ts";
import type { SamplesAnswer } from "#api/contract/samples.ts";
import type { Answers } from "./answers.ts";

const created_at = "2026-11-21T05:52:11.402Z";
const last_processed_at = "2026-11-21T09:14:02.118Z";
const metrics = { events_processed: 48_219_441, events_failed: 0, last_processed_at, created_at };
const well = { status: "healthy", metrics, statistics: {} } as const;
const queue = { rows: 0, bytes: 0, oldestAgeMs: 0 };

const CONFIG = `processors:
  redact: {}
destinations:
  webhook/slack:
    url: https://hooks.example.com/services/x # the team's
    authToken: ********
  s3:
    bucket: telemetry
`;

/** One pipeline with a processor, a destination that cannot be reached, and one that is a group. */
export const pipelines: PipelinesAnswer = {
  data: [
    {
      name: "default",
      receivers: [
        {
          ...well,
          name: "otlp",
          addresses: ["http://127.0.0.1:4318", "http://127.0.0.1:4317"],
          rates: { in: 5_204.2, out: 5_204.2, dropped: 0 },
        },
        {
          ...well,
          name: "syslog",
          addresses: ["syslog udp 127.0.0.1:5514"],
          rates: { in: 12, out: 12, dropped: 0 },
        },
      ],
      processors: [
        {
          ...well,
          name: "redact",
          rowsIn: 48_219_441,
          rowsOut: 48_219_441,
          failures: 0,
          queue: null,
          rates: { in: 5_216.2, out: 5_216.2, dropped: 0 },
          statistics: { total_fields_redacted: 91_402, "by_type.email": 80_114 },
        },
        {
          ...well,
          name: "sample",
          rowsIn: 48_219_441,
          rowsOut: 9_120_441,
          failures: 0,
          queue: null,
          rates: { in: 5_216.2, out: 1_043.4, dropped: 4_172.8 },
        },
      ],
      destinations: [
        {
          ...well,
          name: "store",
          rates: { in: 1_043.4, out: 1_040, dropped: 0, skipped: 0 },
          queue: { rows: 402, bytes: 118_204, oldestAgeMs: 410 },
          breaker: null,
          deadLetters: { count: 0, bytes: 0 },
          lastError: null,
          health: {},
        },
        {
          ...well,
          name: "webhook/slack",
          status: "unhealthy",
          rates: { in: 0, out: 0, dropped: 0, skipped: 1_040 },
          queue: { rows: 41_204, bytes: 18_220_410, oldestAgeMs: 184_000 },
          breaker: "open",
          deadLetters: { count: 2, bytes: 4_120 },
          lastError: { time: last_processed_at, message: "HTTP 503 from hooks.example.com" },
          health: { circuit_state: "open" },
        },
        {
          ...well,
          name: "failover/archive",
          rates: { in: 1_043.4, out: 1_043.4, dropped: 0, skipped: 0 },
          queue,
          breaker: "closed",
          deadLetters: { count: 0, bytes: 0 },
          lastError: null,
          health: {},
          members: [
            {
              name: "s3/main",
              breaker: "open",
              inFlight: 0,
              delivered: 1_204,
              failed: 6,
              statistics: {},
            },
            {
              name: "s3/spare",
              breaker: "closed",
              inFlight: 1,
              delivered: 88,
              failed: 0,
              statistics: {},
            },
          ],
        },
      ],
    },
  ],
};

const samples: SamplesAnswer = {
  pipeline: "default",
  kind: "processor",
  name: "redact",
  takenUntil: "2026-11-21T09:15:00.000000000Z",
  hidden: { before: false, after: false, because: null },
  data: [
    {
      time: "2026-11-21T09:14:02.118000000Z",
      signal: "logs",
      outcome: "changed",
      before: {
        message: "paid by ada@example.com",
        level: "info",
        attributes: { "user.email": "ada@example.com" },
      },
      after: { message: "paid by a**@e******.com", level: "info", attributes: {} },
    },
    {
      time: "2026-11-21T09:14:02.001000000Z",
      signal: "traces",
      outcome: "passed",
      before: { name: "GET /cart" },
      after: { name: "GET /cart" },
    },
  ],
};

const letters = ["HTTP 422: field amount is not a number", "HTTP 413: too large"].map(
  (reason, i) => ({
    id: `default.webhook-0123456789abcdef-mbxc5k00-1.${i}`,
    pipeline: "default",
    destination: "webhook/slack",
    time: "2026-11-21T09:10:02.118000000Z",
    reason,
    signal: "logs" as const,
    rows: 1,
  }),
);

export const filledPipelines = () =>
  ({
    listPipelines: pipelines,
    sampleComponent: samples,
    getPipelineConfig: {
      file: "/etc/sightglass/sightglass.yaml",
      graph: {
        processors: { redact: {} },
        destinations: { "webhook/slack": { authToken: "********" } },
      },
      text: CONFIG,
    },
    validatePipelines: {
      valid: true,
      changes: ["added destination console of pipeline default"],
      problems: [],
    },
    putPipelineConfig: { changes: ["added destination console of pipeline default"] },
    listDeadLetters: { data: letters, nextCursor: null },
    getDeadLetter: { ...letters[0]!, row: { message: "paid", amount: "many" } },
    replayDeadLetter: { delivered: 1, failed: [], remaining: 1 },
    replayDeadLetters: {
      delivered: 1,
      failed: [{ id: letters[1]!.id, reason: "HTTP 413: too large" }],
      remaining: 1,
    },
    deleteDeadLetter: { deleted: 1 },
  }) satisfies Answers;

export const emptyPipelines = (): Answers => ({
  ...filledPipelines(),
  listPipelines: {
    data: [
      {
        name: "default",
        receivers: [{ ...pipelines.data[0]!.receivers[0]!, rates: { in: 0, out: 0, dropped: 0 } }],
        processors: [],
        destinations: [
          {
            ...pipelines.data[0]!.destinations[0]!,
            queue,
            rates: { in: 0, out: 0, dropped: 0, skipped: 0 },
          },
        ],
      },
    ],
  },
  sampleComponent: { ...samples, data: [] },
  getPipelineConfig: { file: null, graph: {}, text: "" },
  listDeadLetters: { data: [], nextCursor: null },
});
