import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { type Clock, systemClock } from "#core/clock.ts";
import { TELEMETRY_LIMITS } from "#core/limits.ts";
import { ComponentMeters } from "#telemetry/component-meters.ts";
import { createLogger } from "#telemetry/log.ts";
import { createMeter, type Meter } from "#telemetry/meter.ts";
import type { ComponentContext } from "../component.ts";
import type { Registered } from "../graph/registry.ts";

/** A place of its own for each test: a working folder, a meter, and what was left unhandled. */
export interface TestBench {
  readonly folder: string;
  readonly meter: Meter;
  readonly unhandled: unknown[];
  /** A context as the graph gives one, each with another name where none is given. */
  context(clock?: Clock, name?: string): ComponentContext;
}

/** Makes a bench before each test of the surrounding `describe`. */
export function testBench(type: string): TestBench {
  const bench = { folder: "", meter: createMeter(), unhandled: [] as unknown[] };
  let meters = new ComponentMeters(bench.meter);
  let names = 0;
  const before = process.cwd();
  const note = (reason: unknown): void => {
    bench.unhandled.push(reason);
  };
  beforeEach(() => {
    bench.folder = mkdtempSync(join(tmpdir(), "sightglass-conformance-"));
    bench.meter = createMeter();
    bench.unhandled.length = 0;
    meters = new ComponentMeters(bench.meter);
    // Relative paths in settings lead into the folder of the test.
    process.chdir(bench.folder);
    process.on("unhandledRejection", note);
  });
  afterEach(() => {
    process.off("unhandledRejection", note);
    process.chdir(before);
    rmSync(bench.folder, { recursive: true, force: true });
    expect(bench.unhandled).toEqual([]);
    expectBoundedMetrics(bench.meter);
  });
  const context = (
    clock: Clock = systemClock,
    name = `${type}/number_${(names += 1)}`,
  ): ComponentContext => {
    const log = createLogger({ level: "error", clock, sink: () => {} });
    return { name, log, meter: meters.of(name), clock, random: randomNumbers() };
  };
  return Object.assign(bench, { context });
}

/** Makes the component. @throws when the settings are refused. */
export function create<Context, Component>(
  component: Registered<Context, Component>,
  settings: Readonly<Record<string, unknown>>,
  context: Context,
): Component {
  const parsed = component.parse(settings);
  if (!parsed.success) throw new Error(`refused: ${JSON.stringify(parsed.issues)}`);
  return parsed.create(context);
}

/** The same numbers in 0 ≤ x < 1 each time (mulberry32). */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Label sets stay far below the bound at which they would be counted together. */
const SERIES_PER_COMPONENT_MAX = 64;

function expectBoundedMetrics(meter: Meter): void {
  for (const { name, points } of meter.snapshot()) {
    const components = new Set(points.map(({ labels }) => labels["component"]));
    expect(points.length, `${name} has few label sets`).toBeLessThanOrEqual(
      SERIES_PER_COMPONENT_MAX * Math.max(1, components.size),
    );
    for (const { labels } of points)
      for (const value of Object.values(labels))
        expect(value.length).toBeLessThanOrEqual(TELEMETRY_LIMITS.labelValueCharactersMax);
  }
}

/** Statistics and health are for people and for JSON: names with plain numbers. */
export function expectPlainNumbers(statistics: Readonly<Record<string, number>> | undefined): void {
  for (const [name, value] of Object.entries(statistics ?? {})) {
    expect(name).toMatch(/^[a-z][a-z0-9_]*([.][A-Za-z0-9_-]+)*$/);
    expect(Number.isFinite(value), `${name} is a plain number, not ${String(value)}`).toBe(true);
  }
}
