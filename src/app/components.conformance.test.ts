import { compressSync } from "snappy";
import { expect, test } from "vitest";
import {
  destinationConforms,
  type DestinationCase,
} from "#pipeline/conformance/destination-conforms.ts";
import { processorConforms, type ProcessorCase } from "#pipeline/conformance/processor-conforms.ts";
import { receiverConforms, type ReceiverCase } from "#pipeline/conformance/receiver-conforms.ts";
import { encodeVersion1 } from "#receivers/prometheus_remote_write/testing/write-request.ts";
import { allComponents } from "./components.ts";

const JSON_TYPE = { "content-type": "application/json" };

// What a component cannot say of itself: how its protocol asks, and settings that reach this machine.
// One that is not named here is judged with the examples of its own settings.

const RECEIVERS: Readonly<Record<string, ReceiverCase>> = {
  elasticsearch_bulk: {
    request: () => ({
      path: "/_bulk",
      headers: { "content-type": "application/x-ndjson" },
      body: '{"index":{}}\n{"message":"a"}\n',
    }),
  },
  event_stream: { settings: { eventsDir: "events" } },
  file: { settings: { folder: "logs" } },
  http_json: {
    request: () => ({ path: "/v1/events", headers: JSON_TYPE, body: '{"type":"login"}' }),
  },
  loki: {
    request: () => ({
      path: "/loki/api/v1/push",
      headers: JSON_TYPE,
      body: JSON.stringify({
        streams: [{ stream: { job: "a" }, values: [[`${Date.now()}000000`, "a line"]] }],
      }),
    }),
  },
  prometheus_remote_write: {
    request: () => ({
      path: "/api/v1/write",
      headers: { "content-type": "application/x-protobuf", "content-encoding": "snappy" },
      body: compressSync(
        encodeVersion1([
          { labels: { __name__: "up", job: "a" }, samples: [{ value: 1, timestamp: Date.now() }] },
        ]),
      ),
    }),
  },
  sentry: {
    request: () => ({
      path: "/api/1/envelope/",
      headers: { "x-sentry-auth": "Sentry sentry_version=7, sentry_key=k" },
      body: '{}\n{"type":"event"}\n{"message":"x"}\n',
    }),
  },
  syslog: { settings: { udp: { endpoint: "127.0.0.1:0" }, tcp: { endpoint: "127.0.0.1:0" } } },
};

const PROCESSORS: Readonly<Record<string, ProcessorCase>> = {
  enrich: {
    settings: [
      // Figures of the process are not the same twice.
      { enrichments: ["timestamp", "hostname", "environment", "cost", "context"] },
      { enrichments: [], attributes: { "cloud.region": "eu" }, metadata: false },
    ],
  },
  filter: {
    settings: [
      {},
      { condition: 'attributes["a"] == "x"', dropLevels: ["debug"], dropPatterns: ["x"] },
      { filterMode: "allowlist", keepPatterns: ["x"] },
    ],
  },
  limit_cardinality: {
    settings: (["replace", "drop_attribute", "drop_row"] as const).map((action) => ({
      action,
      series: { limit: 1 },
      attributes: { limit: 1 },
      spanNames: { limit: 1 },
    })),
  },
  parse: {
    settings: [
      {},
      { format: "logfmt", onFailure: "drop", keepSource: false },
      { format: "json", attribute: "a", onFailure: "mark", overwrite: false },
      { format: "regex", patterns: ["(?<a>.)(?<b>.*)"], body: "b", eventName: "a" },
    ],
  },
  redact: { settings: [{}, { redactionMode: "hash" }, { redactionMode: "remove" }] },
  sample: {
    settings: [
      {},
      { strategy: "deterministic", defaultRate: 0.5 },
      { strategy: "adaptive", adaptiveTargetRate: 0.5 },
    ],
  },
};

const amazonKey = { accessKeyId: "k", secretAccessKey: "s" };

const DESTINATIONS: Readonly<Record<string, DestinationCase>> = {
  elasticsearch: {
    at: (port) => ({ endpoints: [`http://127.0.0.1:${port}`], allowPrivate: true }),
  },
  // Without a key of its own it would look for a package that is not installed.
  cloudwatch_logs: { settings: amazonKey },
  jsonl: { settings: { outputPath: "out/events.jsonl" } },
  otlp: { at: (port) => ({ endpoint: `http://127.0.0.1:${port}`, allowPrivate: true }) },
  postgresql: {
    at: (port) => ({ host: "127.0.0.1", port, user: "u", password: "p", connectionTimeout: 1_000 }),
  },
  s3: { settings: { bucket: "events", ...amazonKey } },
};

const all = await allComponents();
for (const component of all.receivers) receiverConforms(component, RECEIVERS[component.type]);
for (const component of all.processors) processorConforms(component, PROCESSORS[component.type]);
for (const component of all.destinations)
  destinationConforms(component, DESTINATIONS[component.type]);

test.each([
  ["receivers", RECEIVERS],
  ["processors", PROCESSORS],
  ["destinations", DESTINATIONS],
] as const)("no component of %s is spoken for that is gone", (kind, cases) => {
  const types: readonly string[] = all[kind].map(({ type }) => type);
  expect(Object.keys(cases).filter((type) => !types.includes(type))).toEqual([]);
});
