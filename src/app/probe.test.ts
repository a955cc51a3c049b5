import { expect, test } from "vitest";
import type { Clock } from "#core/clock.ts";
import { createMeter } from "#telemetry/meter.ts";
import { createProbe, PROBE_LOST_AFTER_MS, PROBE_WAITING_MAX } from "./probe.ts";

/** A clock whose timers run when the test moves it, with all promises settled in between. */
function fakeClock() {
  let nowMs = 1_000;
  const pending = new Set<{ atMs: number; run: () => void }>();
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    setTimeout(run, delayMs) {
      const timer = { atMs: nowMs + delayMs, run };
      pending.add(timer);
      return { cancel: () => pending.delete(timer) };
    },
  };
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  const advance = async (ms: number): Promise<void> => {
    const untilMs = nowMs + ms;
    for (;;) {
      const next = [...pending].sort((left, right) => left.atMs - right.atMs)[0];
      if (next === undefined || next.atMs > untilMs) break;
      nowMs = next.atMs;
      pending.delete(next);
      next.run();
      await settle();
    }
    nowMs = untilMs;
  };
  return { clock, advance, timers: () => pending.size };
}

function setUp(options: {
  queryableAfterMs?: number;
  accepts?: () => boolean;
  readFails?: boolean;
}) {
  const { clock, advance, timers } = fakeClock();
  const written = new Map<string, number>();
  const lost: string[] = [];
  const meter = createMeter();
  let ids = 0;
  const probe = createProbe({
    clock,
    intervalMs: 10_000,
    meter,
    randomHex: (bytes) => (++ids).toString(16).padStart(bytes * 2, "0"),
    async write(traceId) {
      if (options.accepts?.() === false) throw new Error("503");
      written.set(traceId, clock.monotonicMs());
    },
    async read(traceId) {
      if (options.readFails === true) throw new Error("no store");
      const atMs = written.get(traceId);
      return (
        atMs !== undefined && clock.monotonicMs() - atMs >= (options.queryableAfterMs ?? Infinity)
      );
    },
    onLost: (traceId) => lost.push(traceId),
  });
  const metric = (name: string) =>
    meter.snapshot().find((candidate) => candidate.name === `sightglass_${name}`)?.points;
  return { probe, advance, timers, written, lost, metric };
}

test("measures the lag from acknowledged to queryable", async () => {
  const { probe, advance, written, metric } = setUp({ queryableAfterMs: 450 });
  probe.start();
  await advance(5_000);
  expect(written.size).toBe(1);
  expect(probe.state()).toEqual({ lagMs: 500, lost: 0, waiting: 0 });
  expect(metric("probe_lag_seconds")).toMatchObject([{ count: 1, sum: 0.5 }]);
  expect(metric("probe_writes_total")).toEqual([{ labels: { outcome: "acknowledged" }, value: 1 }]);
});

test("writes at its interval, for ever", async () => {
  const { probe, advance, written } = setUp({ queryableAfterMs: 0 });
  probe.start();
  await advance(1_000 + 10 * 10_000);
  expect(written.size).toBe(11);
});

test("counts a span that was acknowledged and never found as lost, once, and says which", async () => {
  const { probe, advance, lost, metric } = setUp({});
  probe.start();
  await advance(1_000 + PROBE_LOST_AFTER_MS + 5_000);
  expect(lost).toEqual(["00000000000000000000000000000001"]);
  expect(metric("probe_lost_total")).toEqual([{ labels: {}, value: 1 }]);
});

test("looks for a bounded number of spans at once", async () => {
  const { probe, advance, written } = setUp({});
  probe.start();
  await advance(1_000 + 10_000 * (PROBE_WAITING_MAX + 2));
  expect(probe.state().waiting).toBe(PROBE_WAITING_MAX);
  expect(written.size).toBe(PROBE_WAITING_MAX);
});

test("a refused span is neither waited for nor lost", async () => {
  let accepts = false;
  const { probe, advance, lost, metric } = setUp({ accepts: () => accepts, queryableAfterMs: 0 });
  probe.start();
  await advance(PROBE_LOST_AFTER_MS * 2);
  expect(lost).toEqual([]);
  expect(probe.state().waiting).toBe(0);
  accepts = true;
  await advance(10_000);
  expect(metric("probe_writes_total")).toContainEqual({
    labels: { outcome: "acknowledged" },
    value: 1,
  });
});

test("a failing read is counted and tried again", async () => {
  const { probe, advance, metric } = setUp({ readFails: true });
  probe.start();
  await advance(1_500);
  expect(metric("probe_read_failures_total")?.[0]).toMatchObject({ value: 2 });
  expect(probe.state().waiting).toBe(1);
});

test("leaves no timer behind when it stops, and stops twice", async () => {
  const { probe, advance, timers, written } = setUp({});
  probe.start();
  await advance(1_500);
  probe.stop();
  probe.stop();
  expect(timers()).toBe(0);
  await advance(60_000);
  expect(written.size).toBe(1);
});
