import { monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";
import type { Meter } from "#telemetry/meter.ts";

/** How often the delay of the event loop is sampled: rarely enough to cost nothing when idle. */
const DELAY_RESOLUTION_MS = 100;
/** After how long the next collection begins a new measurement, so that old delays are forgotten. */
const DELAY_WINDOW_MS = 60_000;
const NS = 1e9;

/** Declares the metrics of the process itself, and starts to measure. Returns what ends the measuring. */
export function observeRuntime(meter: Meter, version: string): () => void {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  let delayResetMs = performance.now();
  let collections = 0;
  let collectionSeconds = 0;
  const collector = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      collections++;
      collectionSeconds += duration / 1_000;
    }
  });
  collector.observe({ entryTypes: ["gc"] });

  meter.observedGauge(
    {
      name: "build_info",
      help: "Always 1; what runs is in the labels.",
      labels: ["version", "node"],
    },
    () => [{ value: 1, labels: { version, node: process.version } }],
  );
  meter.observedGauge(
    { name: "process_uptime_seconds", help: "Seconds since start.", unit: "s" },
    () => [{ value: process.uptime() }],
  );
  meter.observedGauge(
    {
      name: "process_memory_bytes",
      help: "Memory of the process, by kind.",
      unit: "By",
      labels: ["kind"],
    },
    () => {
      const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
      return [
        { value: rss, labels: { kind: "resident" } },
        { value: heapUsed, labels: { kind: "heap_used" } },
        { value: external, labels: { kind: "external" } },
        { value: arrayBuffers, labels: { kind: "array_buffers" } },
      ];
    },
  );
  meter.observedCounter(
    {
      name: "process_cpu_seconds_total",
      help: "CPU time of all threads.",
      unit: "s",
      labels: ["mode"],
    },
    () => {
      const { user, system } = process.cpuUsage();
      return [
        { value: user / 1e6, labels: { mode: "user" } },
        { value: system / 1e6, labels: { mode: "system" } },
      ];
    },
  );
  meter.observedGauge(
    {
      name: "event_loop_delay_seconds",
      help: "How late timers ran, since a minute ago or a little longer.",
      unit: "s",
      labels: ["quantile"],
    },
    () => {
      const late = (ns: number): number => Math.max(0, ns / NS - DELAY_RESOLUTION_MS / 1_000);
      const observations = [
        { value: late(delay.percentile(50)), labels: { quantile: "0.5" } },
        { value: late(delay.percentile(99)), labels: { quantile: "0.99" } },
        { value: late(delay.max), labels: { quantile: "1" } },
      ];
      if (performance.now() - delayResetMs >= DELAY_WINDOW_MS) {
        delayResetMs = performance.now();
        delay.reset();
      }
      return observations;
    },
  );
  meter.observedCounter(
    { name: "garbage_collections_total", help: "Garbage collections, of any kind." },
    () => [{ value: collections }],
  );
  meter.observedCounter(
    { name: "garbage_collection_seconds_total", help: "Time in garbage collections.", unit: "s" },
    () => [{ value: collectionSeconds }],
  );

  return () => {
    delay.disable();
    collector.disconnect();
  };
}
