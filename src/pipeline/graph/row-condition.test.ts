import { describe, expect, it } from "vitest";
import { Resource } from "#core/attributes.ts";
import { type Batch, keptRows } from "#core/batch.ts";
import { mapResources } from "#core/edit/map-origins.ts";
import { SightglassError } from "#core/errors.ts";
import { numberPointRow, spanRow } from "#core/row-views.ts";
import type { OnError, Processor } from "../component.ts";
import { logs, points, spans } from "../testing/batches.ts";
import { ProcessorChain } from "./processor-chain.ts";
import { RowCondition } from "./row-condition.ts";
import { GraphWorld } from "./testing/graph-world.ts";

const other = new Resource([{ key: "service.name", value: "other", type: 0x73 }]);
const maps: Processor = { process: (batch) => mapResources(batch, () => other) };
const fails: Processor = {
  process() {
    throw new RangeError("no");
  },
};

function chainOf(processor: Processor, when: string, onError: OnError = "pass"): ProcessorChain {
  return new ProcessorChain([{ name: "one", processor, onError, when: new RowCondition(when) }]);
}

function process(chain: ProcessorChain, batch: Batch): void {
  chain.process(batch, "acme", { outcomes: [] });
}

describe("a processor with a condition", () => {
  const named = (...names: readonly string[]) =>
    spans("shop", ...names.map((name, i) => ({ spanId: String(i + 1), name })));

  it("is given the rows for which it is true, and counts only them", () => {
    const chain = chainOf(maps, 'name == "a"');
    const batch = named("a", "b", "a");
    process(chain, batch);
    const services = [0, 1, 2].map((row) => spanRow(batch, row).resource.service);
    expect(services).toEqual(["other", "shop", "other"]);
    expect(chain.counts()).toEqual([{ name: "one", rowsIn: 2, rowsOut: 2, failures: 0 }]);
    expect(keptRows(batch)).toBe(3);
  });

  it("leaves the runs of rows as they were where nothing changed", () => {
    const batch = named("a", "b", "a");
    process(chainOf({ process() {} }, 'name == "a"'), batch);
    expect(batch.groups.length).toBe(1);
    expect(batch.groups.ends.values[0]).toBe(3);
  });

  it("is not asked where it is true of no row, nor about signals that have not its fields", () => {
    const chain = chainOf(fails, 'name == "a"', "refuse");
    process(chain, named("b"));
    process(chain, logs("shop", { body: "a" }));
    expect(chain.counts()).toEqual([{ name: "one", rowsIn: 0, rowsOut: 0, failures: 0 }]);
  });

  it("changes only the points for which it is true, of one series too", () => {
    const point = { metric: "m", exemplar: "e" };
    const batch = points("shop", { ...point, value: 1 }, { ...point, value: 2 }, { metric: "n" });
    process(chainOf(maps, "value > 1.5"), batch);
    const services = [0, 1, 2].map((row) => numberPointRow(batch, row).series.resource.service);
    expect(services).toEqual(["shop", "other", "shop"]);
    expect(batch.series).toHaveLength(3);
  });

  it("has only its rows dropped when it fails and is told to", () => {
    const batch = named("a", "b");
    process(chainOf(fails, 'name == "a"', "drop"), batch);
    expect([0, 1].map((row) => batch.selection.has(row))).toEqual([false, true]);
  });

  it("gives back the rows that it was not given when it fails", () => {
    const batch = named("a", "b");
    process(chainOf(fails, 'name == "a"'), batch);
    expect(keptRows(batch)).toBe(2);
    expect(() => process(chainOf(fails, 'name == "a"', "refuse"), batch)).toThrow(SightglassError);
    expect(keptRows(batch)).toBe(2);
  });

  it("has it from the configuration, also from one that takes the place of another", async () => {
    const world = new GraphWorld();
    const written = (when: string) => ({
      receivers: { line: {} },
      processors: { hide: { when } },
      destinations: { keep: { to: "a" } },
    });
    await world.start(written('body == "1"'));
    for (const body of ["1", "2"]) await world.bring("line", body);
    await world.apply(written('body == "2"'));
    for (const body of ["1", "2"]) await world.bring("line", body);
    expect(await world.until("a", 2)).toEqual(["2", "1"]);
    await world.end();
  });
});
