import { expect, test } from "vitest";
import type { Clock } from "#core/clock.ts";
import type { Signal } from "#core/signal.ts";
import type { OtlpSink } from "#receivers/otlp/sink.ts";
import { createLogger } from "#telemetry/log.ts";
import { createMeter } from "#telemetry/meter.ts";
import { createTracer } from "#telemetry/tracer.ts";
import { createSelfTelemetry, PendingLogs } from "./self-telemetry.ts";

function setUp(accept?: OtlpSink["accept"]) {
  let due: (() => void) | undefined;
  const clock: Clock = {
    nowMs: () => 1_767_323_045_678.5,
    monotonicMs: () => 0,
    setTimeout(run) {
      due = run;
      return { cancel: () => (due = undefined) };
    },
  };
  const requests: [Signal, string][] = [];
  const tracer = createTracer({ clock, randomHex: (bytes) => "ab".repeat(bytes) });
  const meter = createMeter();
  const logs = new PendingLogs();
  const log = createLogger({ level: "info", clock, sink: logs.sink });
  const self = createSelfTelemetry({
    clock,
    intervalMs: 10_000,
    meter,
    tracer,
    logs,
    resource: { "service.version": "1" },
    sink: {
      accept:
        accept ??
        (async (signal, _org, body) => {
          tracer.span("ingest", {}, () => {});
          requests.push([signal, body.toString("latin1")]);
          return { accepted: 1, rejected: 0, message: "" };
        }),
    },
  });
  const tick = async (): Promise<void> => {
    const run = due;
    due = undefined;
    run?.();
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  const rows = () =>
    meter.snapshot().find(({ name }) => name === "sightglass_self_rows_total")?.points;
  return { self, tracer, meter, log, requests, tick, rows };
}

test("writes own spans, logs and metrics under the service sightglass", async () => {
  const { self, tracer, log, requests, tick } = setUp();
  self.start();
  tracer.span("query services", {}, () => log.info("Asked", { rows: 3 }));
  await tick();
  const bodies = new Map(requests);
  expect([...bodies.keys()].sort()).toEqual(["logs", "metrics", "traces"]);
  expect(bodies.get("traces")).toContain("query services");
  expect(bodies.get("logs")).toContain("Asked");
  expect(bodies.get("metrics")).toContain("sightglass_self_lost_total");
  for (const body of bodies.values()) expect(body).toContain("service.name");
});

test("writing own telemetry makes no spans, so it never feeds on itself", async () => {
  const { self, requests, tick } = setUp();
  self.start();
  for (let i = 0; i < 5; i++) await tick();
  expect(requests.filter(([signal]) => signal === "traces")).toEqual([]);
});

test("gives up what the pipeline refuses, counted, and goes on", async () => {
  const { self, log, tick, rows } = setUp(() => Promise.reject(new Error("overloaded")));
  self.start();
  log.info("Lost");
  await tick();
  log.info("Lost too");
  await tick();
  expect(rows()).toContainEqual({ labels: { signal: "logs", outcome: "given_up" }, value: 2 });
});

test("stopping writes what is left, once", async () => {
  const { self, log, requests, tick } = setUp();
  self.start();
  log.info("The last words");
  await self.stop();
  await self.stop();
  await tick();
  expect(requests.filter(([signal]) => signal === "logs")).toHaveLength(1);
});

test("stopping before the start writes nothing", async () => {
  const { self, log, requests } = setUp();
  log.info("Never started");
  await self.stop();
  expect(requests).toEqual([]);
});
