import { describe, expect, it } from "vitest";
import { keptRows } from "#core/batch.ts";
import { LogBuilder } from "#core/build/log-builder.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { SightglassError } from "#core/errors.ts";
import type { OnError, Outcome, Processor } from "../component.ts";
import { ProcessorChain } from "./processor-chain.ts";

function logs(rows: number): LogBatch {
  const builder = new LogBuilder({ observedNs: 1n, window: { oldestMs: 0, newestMs: 1e15 } });
  builder.group({ "service.name": "web" });
  for (let row = 0; row < rows; row++) builder.add({ body: `line ${row}` });
  return builder.finish(100);
}

const dropsFirst: Processor = {
  process(batch) {
    if (batch.signal === "logs") batch.selection.drop(0);
  },
};
const fails: Processor = {
  process() {
    throw new RangeError("no");
  },
};
const member = (name: string, processor: Processor, onError: OnError = "pass") => ({
  name,
  processor,
  onError,
});

describe("a chain of processors", () => {
  it("lets each see what the one before it left, and counts both", () => {
    const chain = new ProcessorChain([member("a", dropsFirst), member("b", { process() {} })]);
    const batch = logs(3);
    chain.process(batch, "default", { outcomes: [] });
    chain.process(logs(2), "default", { outcomes: [] });
    expect(keptRows(batch)).toBe(2);
    expect(chain.counts()).toEqual([
      { name: "a", rowsIn: 5, rowsOut: 3, failures: 0 },
      { name: "b", rowsIn: 3, rowsOut: 3, failures: 0 },
    ]);
  });

  it("asks nobody about a batch that has no rows left", () => {
    const chain = new ProcessorChain([member("a", dropsFirst), member("b", fails, "refuse")]);
    chain.process(logs(1), "default", { outcomes: [] });
    expect(chain.counts()[1]).toMatchObject({ rowsIn: 0, failures: 0 });
  });

  it("begins behind a processor that made a batch of its own", () => {
    const chain = new ProcessorChain([member("a", fails, "refuse"), member("b", dropsFirst)]);
    const batch = logs(2);
    chain.process(batch, "default", { first: 1, outcomes: [] });
    expect(keptRows(batch)).toBe(1);
  });

  it("tells which rows a processor dropped, once the batch is accepted", () => {
    const chain = new ProcessorChain([member("a", { process() {} }), member("b", dropsFirst)]);
    const told: unknown[] = [];
    chain.onDropped = (processor, _batch, rows) => () => told.push([processor, ...rows]);
    const outcomes: Outcome[] = [];
    chain.process(logs(2), "default", { outcomes });
    expect(told).toEqual([]);
    for (const outcome of outcomes) outcome.accepted?.();
    expect(told).toEqual([["b", 0]]);
  });

  it("knows at how many rows a processor failed, and whether it still does", () => {
    let isBroken = true;
    const breaks: Processor = {
      process() {
        if (isBroken) throw new RangeError("no");
      },
    };
    const chain = new ProcessorChain([member("a", breaks)]);
    chain.process(logs(3), "default", { outcomes: [] });
    expect(chain.failures()).toEqual([{ rowsFailed: 3, isFailing: true }]);
    isBroken = false;
    chain.process(logs(2), "default", { outcomes: [] });
    expect(chain.failures()).toEqual([{ rowsFailed: 3, isFailing: false }]);
  });

  it("goes on without a processor that fails, drops its rows, or refuses them, as it is told", () => {
    const told: string[] = [];
    const run = (onError: OnError): number => {
      const chain = new ProcessorChain([
        member("bad", fails, onError),
        member("next", { process() {} }),
      ]);
      chain.onFailure = (name, error) => told.push(`${name}: ${String(error)}`);
      const batch = logs(3);
      chain.process(batch, "default", { outcomes: [] });
      expect(chain.counts()[0]).toMatchObject({ rowsIn: 3, failures: 1 });
      return keptRows(batch);
    };
    expect(run("pass")).toBe(3);
    expect(run("drop")).toBe(0);
    expect(() => run("refuse")).toThrow(SightglassError);
    expect(told).toEqual(Array(3).fill("bad: RangeError: no"));
  });
});
