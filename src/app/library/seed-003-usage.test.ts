import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { PostgresServer } from "#pipeline/relational/testing/postgres-server.ts";
import { ObservabilityPipeline, PipelineConfigBuilder } from "sightglass/pipeline";
import {
  PostgreSQLDestination,
  S3Destination,
  WebhookDestination,
} from "sightglass/pipeline/components";

declare global {
  namespace NodeJS {
    /** What the blocks read. */
    interface ProcessEnv {
      POSTGRES_PASSWORD?: string;
      SLACK_WEBHOOK_URL?: string;
      AWS_ACCESS_KEY_ID?: string;
      AWS_SECRET_ACCESS_KEY?: string;
    }
  }
}

/** The blocks of seed 003 name no port. */
const POSTGRES_PORT = 5_432;
const DATABASE = "cortex_observability";
const WAIT = { timeout: 15_000, interval: 50 };

/** A real PostgreSQL where the blocks expect one; undefined where that port is somebody else's. */
let door: Server | undefined;
let server: PostgresServer;
let folder = "";
let pipeline: ObservabilityPipeline | undefined;
const before = { folder: process.cwd(), environment: { ...process.env } };

beforeAll(async () => {
  server = await PostgresServer.start(["-c", "fsync=off"]);
  const admin = new pg.Client({ ...server.address, ssl: false });
  await admin.connect();
  await admin.query("CREATE ROLE postgres LOGIN SUPERUSER PASSWORD 'only for tests'");
  await admin.query(`CREATE DATABASE ${DATABASE} OWNER postgres`);
  await admin.end();
  door = await forwarded(POSTGRES_PORT, server.address.port);
});
afterAll(async () => {
  door?.close();
  await server.stop();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sightglass-usage-"));
  process.chdir(folder);
  process.env.POSTGRES_PASSWORD = "only for tests";
  // The blocks give S3 no key.
  process.env.AWS_ACCESS_KEY_ID = "only for tests";
  process.env.AWS_SECRET_ACCESS_KEY = "only for tests";
  // A name that is never found, whatever network the test has.
  process.env.SLACK_WEBHOOK_URL = "https://hooks.slack.invalid/services/xxx";
});
afterEach(async () => {
  await pipeline?.stop();
  pipeline = undefined;
  process.chdir(before.folder);
  process.env = { ...before.environment };
  rmSync(folder, { recursive: true });
});

describe("the usage blocks of seed 003, with another import path", () => {
  it("Updated Pipeline Configuration: three destinations behind four processors", async ({
    skip,
  }) => {
    if (door === undefined) skip(`port ${POSTGRES_PORT} of this machine is in use`);
    pipeline = new PipelineConfigBuilder()
      // Source: Collect events
      .addSource("event-stream", {
        name: "CortexEvents",
        eventsDir: "coordination/events",
        eventTypes: ["all"],
      })

      // Processor 1: Enrich with metadata
      .addProcessor("enricher", {
        name: "MetadataEnricher",
        enrichments: ["timestamp", "hostname", "performance", "context"],
      })

      // Processor 2: Redact PII (security)
      .addProcessor("pii-redactor", {
        name: "PIIRedactor",
        redactionMode: "mask",
      })

      // Processor 3: Filter low-value events
      .addProcessor("filter", {
        name: "EventFilter",
        dropLowValue: true,
        dropLevels: ["debug"],
      })

      // Processor 4: Sample to reduce volume
      .addProcessor("sampler", {
        name: "IntelligentSampler",
        errorRate: 1.0,
        successRate: 0.1,
      })

      // Destination 1: Store in PostgreSQL for queries
      .addDestination("postgresql", {
        name: "PostgreSQLStorage",
        host: "localhost",
        database: "cortex_observability",
        user: "postgres",
        password: process.env.POSTGRES_PASSWORD,
      })

      // Destination 2: Archive to S3 for long-term storage
      .addDestination("s3", {
        name: "S3Archive",
        bucket: "cortex-observability",
        region: "us-east-1",
        compression: true,
      })

      // Destination 3: Send errors to Slack
      .addDestination("webhook", {
        name: "SlackAlerts",
        url: process.env.SLACK_WEBHOOK_URL,
        payloadFormat: "object",
      })

      .build();

    await pipeline.initialize();
    await pipeline.start();

    // Nothing is sent to Amazon: there are no events.
    expect(pipeline.getHealth().running).toBe(true);
    expect(namesOf(pipeline)).toEqual({
      sources: ["CortexEvents"],
      processors: ["MetadataEnricher", "PIIRedactor", "EventFilter", "IntelligentSampler"],
      destinations: ["PostgreSQLStorage", "S3Archive", "SlackAlerts"],
    });
  });

  it("Configuration Options: of each destination", async () => {
    const destinations = [
      new PostgreSQLDestination({
        host: "localhost",
        port: 5432,
        database: "cortex_observability",
        user: "postgres",
        password: "password",
        tableName: "events",
        schemaName: "public",
        poolSize: 10,
        retentionDays: 90, // Optional: auto-delete old events
        createTableIfNotExists: true,
      }),
      new S3Destination({
        bucket: "my-observability-bucket",
        region: "us-east-1",
        prefix: "cortex-events",
        partitioning: true,
        partitionFormat: "year/month/day", // or 'year-month-day', 'year/month/day/hour'
        compression: true,
        compressionLevel: 6, // 1-9
        storageClass: "STANDARD_IA", // STANDARD, STANDARD_IA, GLACIER, etc.
        serverSideEncryption: "AES256", // or 'aws:kms'
        kmsKeyId: null, // For KMS encryption
        multipartThreshold: 5 * 1024 * 1024, // 5MB
        bufferSize: 1000,
        flushInterval: 60000, // 1 minute
      }),
      new WebhookDestination({
        url: "https://hooks.slack.com/services/xxx",
        method: "POST",
        headers: {
          "Content-Type": "application/json",
        },

        // Authentication
        authType: "bearer", // 'bearer', 'basic', 'api-key', 'hmac'
        authToken: "your-token",
        // OR
        apiKey: "your-api-key",
        apiKeyHeader: "X-API-Key",
        // OR
        username: "user",
        password: "pass",
        // OR
        hmacSecret: "shared-secret",
        hmacAlgorithm: "sha256",
        hmacHeader: "X-Signature",

        // Payload format
        payloadFormat: "array", // 'array', 'object', 'individual'
        payloadKey: "events",
        includeMetadata: true,

        // Retry and rate limiting
        maxRetries: 3,
        retryDelay: 1000, // Initial delay in ms
        retryBackoff: 2, // Exponential multiplier
        rateLimit: 100, // Requests per second
        timeout: 30000, // 30 seconds
      }),
    ];
    pipeline = new ObservabilityPipeline();
    for (const destination of destinations) pipeline.addDestination(destination);
    await pipeline.initialize();
    expect(namesOf(pipeline).destinations).toEqual([
      "PostgreSQLDestination",
      "S3Destination",
      "WebhookDestination",
    ]);
  });

  it("Example 1, queryable storage: its query finds the errors", async ({ skip }) => {
    if (door === undefined) skip(`port ${POSTGRES_PORT} of this machine is in use`);
    pipeline = new PipelineConfigBuilder()
      .addSource("event-stream", {
        eventsDir: "coordination/events",
      })
      .addProcessor("enricher", {
        enrichments: ["all"],
      })
      .addDestination("postgresql", {
        host: "localhost",
        database: "cortex_observability",
        user: "postgres",
        password: process.env.POSTGRES_PASSWORD,
        retentionDays: 90, // Auto-delete events older than 90 days
      })
      .build();

    await pipeline.initialize();
    await pipeline.start();

    writeEvents({ id: "1", type: "task_failed", level: "error", error: "boom", timestamp: now() });
    writeEvents({ id: "2", type: "task_done", level: "info", status: "failed", timestamp: now() });
    const { rows } = await vi.waitFor(async () => {
      const found = await query(
        "SELECT * FROM events WHERE event_level = 'error' ORDER BY timestamp DESC LIMIT 100",
      );
      expect(found.rows).toHaveLength(1);
      return found;
    }, WAIT);
    expect(rows[0]).toMatchObject({ event_id: "1", event_type: "task_failed", error: "boom" });
    const failed = await query(`SELECT * FROM events WHERE data @> '{"status": "failed"}'`);
    expect(failed.rows).toMatchObject([{ event_id: "2" }]);
  });

  it("Example 2, cost-optimized archival", async () => {
    pipeline = new PipelineConfigBuilder()
      .addSource("event-stream", {
        eventsDir: "coordination/events",
      })
      // Filter and sample to reduce volume
      .addProcessor("filter", {
        dropLowValue: true,
      })
      .addProcessor("sampler", {
        errorRate: 1.0,
        successRate: 0.05, // Only 5% of successes
      })
      // Archive to S3 with compression and cheap storage
      .addDestination("s3", {
        bucket: "cortex-archive",
        region: "us-east-1",
        compression: true,
        compressionLevel: 9, // Maximum compression
        storageClass: "GLACIER_IR", // Cheapest storage
        partitionFormat: "year/month/day",
      })
      .build();
    await pipeline.initialize();
    expect(namesOf(pipeline).destinations).toEqual(["S3Destination"]);
  });

  it("Example 3, real-time alerts: a far side that is not there stops nothing", async () => {
    pipeline = new PipelineConfigBuilder()
      .addSource("event-stream", {
        eventsDir: "coordination/events",
      })
      // Only send errors to Slack
      .addProcessor("filter", {
        keepEventTypes: ["error"],
        dropEventTypes: ["info", "debug"],
      })
      // Send to Slack webhook
      .addDestination("webhook", {
        url: process.env.SLACK_WEBHOOK_URL,
        payloadFormat: "object",
        includeMetadata: true,
        maxRetries: 5,
        retryDelay: 2000,
      })
      .build();
    await pipeline.initialize();
    await pipeline.start();
    await pipeline.processEvent({ type: "error", message: "x" });
    await pipeline.processEvent({ type: "info", message: "y", status: "warned" });
    expect(pipeline.getMetrics()).toMatchObject({ events_received: 2, events_dropped: 1 });
  });

  it("Example 4, several destinations, one of them with a filter of its own", async () => {
    pipeline = new PipelineConfigBuilder()
      .addSource("event-stream", {
        eventsDir: "coordination/events",
      })

      // Enrich and clean
      .addProcessor("enricher", {
        enrichments: ["timestamp", "performance", "context"],
      })
      .addProcessor("pii-redactor", {
        redactionMode: "hash",
      })

      // Send to all destinations
      .addDestination("postgresql", {
        name: "QueryableStorage",
        database: "cortex_observability",
        user: "postgres",
        password: process.env.POSTGRES_PASSWORD,
      })
      .addDestination("s3", {
        name: "LongTermArchive",
        bucket: "cortex-archive",
        compression: true,
      })
      .addDestination("webhook", {
        name: "SlackAlerts",
        url: process.env.SLACK_WEBHOOK_URL,
        // Only send errors to Slack (filter in webhook config)
        customFilter: (event) => event.level === "error",
      })

      .build();
    await pipeline.initialize();
    expect(namesOf(pipeline).destinations).toEqual([
      "QueryableStorage",
      "LongTermArchive",
      "SlackAlerts",
    ]);
  });

  it("Optional Dependencies: initialize says what is missing, and how to install it", async () => {
    delete process.env.AWS_ACCESS_KEY_ID;
    pipeline = new PipelineConfigBuilder()
      .addDestination("s3", { name: "S3Archive", bucket: "cortex-archive" })
      .build();
    const hint =
      'S3Destination without accessKeyId requires the "@aws-sdk/credential-provider-node" package. Install it with: npm install @aws-sdk/credential-provider-node';
    await expect(pipeline.initialize()).rejects.toThrow(hint);
    await expect(pipeline.initialize()).rejects.toThrow("destination S3Archive: ");
  });
});

function namesOf(made: ObservabilityPipeline) {
  const { sources, processors, destinations } = made.getHealth().components;
  const names = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name);
  return {
    sources: names(sources),
    processors: names(processors),
    destinations: names(destinations),
  };
}

function now(): string {
  return new Date().toISOString();
}

function writeEvents(...events: readonly object[]): void {
  mkdirSync("coordination/events", { recursive: true });
  const lines = events.map((event) => `${JSON.stringify(event)}\n`);
  appendFileSync("coordination/events/tasks.jsonl", lines.join(""));
}

async function query(text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ ...server.address, database: DATABASE, ssl: false });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}

/** Listens on a port and hands what comes to another; undefined when the port is taken. */
function forwarded(port: number, to: number): Promise<Server | undefined> {
  const listener = createServer((socket) => {
    const onward = createConnection(to, "localhost");
    const end = (): void => {
      socket.destroy();
      onward.destroy();
    };
    socket.on("error", end).on("close", end);
    onward.on("error", end).on("close", end);
    socket.pipe(onward).pipe(socket);
  });
  return new Promise((resolve) => {
    listener.once("error", () => resolve(undefined));
    listener.listen(port, "localhost", () => resolve(listener));
  });
}
