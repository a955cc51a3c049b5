import { expect, it } from "vitest";
import { type HeldTrace, HeldTraces } from "./held-traces.ts";

const BOUNDS = {
  waitMs: 1_000,
  rootWaitMs: 60_000,
  tracesMax: 100,
  spansPerTraceMax: 10,
  decisionsMax: 100,
};

function trace(key: string, firstMs: number): HeldTrace<undefined> {
  return { key, org: "acme", facts: undefined, firstMs, records: [], spans: 1, bytes: 1 };
}

it("remembers a root for as long as its trace waits, however long roots are waited for", () => {
  const traces = new HeldTraces<undefined>(BOUNDS);
  for (let second = 0; second < 50; second += 1) {
    const one = trace(`${second}`, second * 1_000);
    traces.add(one);
    for (let root = 0; root < 3; root += 1) traces.rootCame(one, second * 1_000);
    traces.takeDue(second * 1_000, false);
    expect(traces.rooted).toBe(traces.size);
  }
  expect(traces.rooted).toBe(1);
  traces.takeAll();
  expect(traces.rooted).toBe(0);
});

it("waits from the first root of a trace on, whatever comes after it", () => {
  const traces = new HeldTraces<undefined>({ ...BOUNDS, waitMs: 60_000, rootWaitMs: 1_000 });
  const [one, two] = [trace("one", 0), trace("two", 0)];
  for (const each of [one, two]) traces.add(each);
  traces.rootCame(one, 0);
  traces.rootCame(two, 500);
  traces.rootCame(one, 900);
  expect(traces.takeDue(999, false)).toEqual([]);
  expect(traces.takeDue(1_000, false)).toEqual([one]);
  expect(traces.takeDue(1_500, false)).toEqual([two]);
});
