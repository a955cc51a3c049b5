import { Buffer } from "node:buffer";
import { systemClock } from "#core/clock.ts";
import type { DeadLetterBox } from "#pipeline/delivery/dead-letter-boxes.ts";
import { DeadLetters } from "#pipeline/delivery/dead-letters.ts";
import { logRowOf } from "#pipeline/delivery/testing/delivery-fixture.ts";
import { RowSamples, sampledRow } from "#pipeline/live/row-samples.ts";
import type { LiveComponent } from "#pipeline/live/live-component.ts";
import { LiveRows } from "#pipeline/live/live-rows.ts";
import { SimulatedDisk } from "#pipeline/journal/simulated-disk.ts";
import { seriesInserts } from "#query/testing/metric-rows.ts";
import { openTelemetryStore, type TelemetryStore } from "#query/testing/telemetry-store.ts";
import { literal, sql } from "#store/sql.ts";
import { createLogger, type LogRecord } from "#telemetry/log.ts";
import { createApi } from "../api.ts";
import { ABOUT } from "./about-answer.ts";

/** Every text of the other organization has this in it: no answer may. */
export const FOREIGN = "ForeignSecret";

/** The time of all rows. */
export const TIME_NS = 1_790_000_000_000_000_000n;
export const TRACE = "0123456789abcdef0123456789abcdef";
/** The first span of each trace. */
export const SPAN = "00000000000000a1";
export const FOREIGN_TRACE = "f".repeat(32);

export interface TelemetryApi {
  readonly url: string;
  /** What was logged: the API logs only what is its own fault. */
  readonly records: LogRecord[];
  close(): Promise<void>;
}

/** The API on a store with a row of each kind for the default organization, and for a foreign one. */
export async function openTelemetryApi(): Promise<TelemetryApi> {
  const store = await openTelemetryStore();
  await fill(store, "default", TRACE, "own");
  await fill(store, "foreign", FOREIGN_TRACE, FOREIGN);
  const boxes = [await deadLetterBox()];
  const records: LogRecord[] = [];
  const zero = { accepted: 1, stored: 1, dropped: 0, inFlight: 0 };
  const counts = { traces: zero, logs: zero, metrics: zero };
  const api = createApi({
    address: { host: "127.0.0.1", port: 0 },
    reader: store.reader,
    cursorKey: Buffer.alloc(32, 1),
    ledger: { inAll: () => counts, sinceStart: () => counts },
    about: () => ABOUT,
    pipelineConfig: {
      show: () => Promise.resolve({ file: null, graph: {}, text: "" }),
      validate: () => Promise.resolve({ valid: true, changes: [], problems: [] }),
      replace: () => Promise.resolve([]),
    },
    pipelines: () => ({
      data: [{ name: "default", receivers: [], processors: [], destinations: [] }],
    }),
    deadLetters: () => boxes,
    settings: () => ({
      file: "/etc/sightglass.yaml",
      data: [
        { path: "dataDir", value: "./data", origin: "default", description: "Data.", env: null },
      ],
    }),
    retention: () =>
      Promise.resolve({
        data: [
          {
            kept: "traces",
            setting: "retention.traces",
            days: 30,
            rows: 1,
            bytes: 1,
            daysSeen: 1,
            rowsPerDay: 1,
            bytesPerDay: 1,
            predictedBytes: 30,
          },
        ],
        otherBytes: 0,
        disk: null,
      }),
    liveComponents: (pipeline) => (pipeline === "default" ? liveComponents() : []),
    liveRows: new LiveRows(systemClock, () => {}),
    checks: () => [{ name: "serving", ready: true, message: "ok" }],
    metrics: () => ({ contentType: "text/plain; version=0.0.4", body: "" }),
    access: { hosts: [], origins: [] },
    version: "1.2.3",
    clock: systemClock,
    log: createLogger({
      level: "info",
      clock: systemClock,
      sink: (record) => records.push(record),
      currentSpan: () => undefined,
    }),
  });
  const { port } = await api.start();
  return {
    url: `http://127.0.0.1:${port}`,
    records,
    async close() {
      await api.stop();
      await store.close();
    },
  };
}

export const DEAD_LETTER = "default.webhook-0123456789abcdef-mbxc5k00-1.0";
export const FOREIGN_DEAD_LETTER = "default.webhook-0123456789abcdef-mbxc5k00-1.1";

/** A destination that refused a row of each organization, and takes them when they are sent again. */
async function deadLetterBox(): Promise<DeadLetterBox> {
  const letters = new DeadLetters({
    folder: "/dead",
    files: new SimulatedDisk(),
    clock: systemClock,
    bytesMax: 1 << 20,
    ageMsMax: 86_400_000,
    onDropped: () => {},
  });
  await letters.open();
  const kept = { timeMs: systemClock.nowMs(), reason: "HTTP 422" };
  const rowOf = (body: string) => ({ kind: "log", row: logRowOf(body) }) as const;
  await letters.add([
    { ...kept, id: DEAD_LETTER, org: "default", row: rowOf("own") },
    { ...kept, id: FOREIGN_DEAD_LETTER, org: "foreign", row: rowOf(FOREIGN) },
  ]);
  const replay = async (ids: readonly string[]) => ({ delivered: ids.length, failed: [] });
  return { pipeline: "default", destination: "webhook", letters, replay };
}

/** A destination that has taken a row of each organization, and two components of one name. */
function liveComponents(): LiveComponent[] {
  const none = { before: [], after: [] };
  const samples = new RowSamples(systemClock);
  samples.arm();
  for (const [org, body] of [
    ["default", "own"],
    ["foreign", FOREIGN],
  ] as const) {
    const after = sampledRow({ kind: "log", row: logRowOf(body) });
    const timeMs = systemClock.nowMs();
    samples.add({ timeMs, org, signal: "logs", outcome: "delivered", after });
  }
  return [
    { kind: "destination", name: "webhook/slack", samples, hiddenBy: none },
    { kind: "receiver", name: "otlp", samples: new RowSamples(systemClock), hiddenBy: none },
    { kind: "destination", name: "otlp", samples: new RowSamples(systemClock), hiddenBy: none },
  ];
}

async function fill(
  store: TelemetryStore,
  org: string,
  trace: string,
  word: string,
): Promise<void> {
  const attributes = { "app.key": word, [`${word}.key`]: "value", shared: "both" };
  const row = {
    org,
    service: `${word}-service`,
    resource: { zone: word, shared: "both" },
    attributes,
  };
  const span = { ...row, trace, name: `${word} work`, startNs: TIME_NS };
  const scope = { name: `${word}-lib`, attributes };
  await store.spans([
    { ...span, span: "00000000000000a1", scope },
    {
      ...span,
      span: "00000000000000a2",
      parent: "00000000000000a1",
      status: "error",
      events: [{ name: word, attributes }],
      links: [{ trace, span: "00000000000000a1", attributes }],
    },
  ]);
  await store.logs([
    {
      ...row,
      timeNs: TIME_NS,
      body: `cart of ${word}`,
      severity: 17,
      trace,
      span: "00000000000000a1",
      eventName: word,
      attributes: { ...attributes, id: "shared-id", master: "both", worker_id: "both" },
    },
    { ...row, timeNs: TIME_NS + 1n, body: { cart: word } },
  ]);
  const series = { org, service: row.service, resource: row.resource, attributes };
  const exemplars = [{ timeNs: TIME_NS, value: 1, trace, span: "00000000000000a1", attributes }];
  await store.insert(
    seriesInserts([
      {
        ...series,
        metric: "shared.gauge",
        description: word,
        unit: word,
        numbers: [{ timeNs: TIME_NS, value: 7 }],
        exemplars,
      },
      {
        ...series,
        metric: `${word}.count`,
        type: "sum",
        temporality: "delta",
        monotonic: true,
        numbers: [{ timeNs: TIME_NS, value: 7n }],
      },
      {
        ...series,
        metric: "shared.histogram",
        type: "histogram",
        temporality: "delta",
        distributions: [{ timeNs: TIME_NS, count: 2, sum: 3, bounds: [1, 2], buckets: [1, 1, 0] }],
      },
      {
        ...series,
        metric: "shared.exponential",
        type: "exponential_histogram",
        temporality: "delta",
        distributions: [
          {
            timeNs: TIME_NS,
            count: 2,
            sum: 3,
            scale: 1,
            positive_offset: 0,
            positive_buckets: [1, 1],
          },
        ],
      },
    ]),
  );
  const at = literal.dateTime(Number(TIME_NS / 1_000_000n));
  const [name, text] = [literal.string(org), literal.string(word)];
  await store.insert([
    sql`INSERT INTO service_edges_1m (org, minute, source, target, bucket, requests, errors) VALUES (${name}, toStartOfMinute(${at}), ${text}, 'target', 160, 90, 1)`,
    sql`INSERT INTO attribute_catalogue (org, signal, level, hour, key, value, rows) VALUES (${name}, 'traces', 'record', toStartOfHour(${at}), ${text}, '', 3), (${name}, 'traces', 'record', toStartOfHour(${at}), 'shared', ${text}, 3)`,
  ]);
}
