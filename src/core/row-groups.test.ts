import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Resource, Scope } from "./attributes.ts";
import { RowGroups, RowSelection } from "./row-groups.ts";

const resource = (name: string): Resource =>
  new Resource([{ key: "service.name", value: name, type: 0x73 }]);
const SCOPE = new Scope("s", "1");

/** Groups of so many rows each; one of none leaves nothing. */
function groupsOf(sizes: readonly number[]): { groups: RowGroups; names: string[] } {
  const groups = new RowGroups();
  const names: string[] = [];
  for (const [i, size] of sizes.entries()) {
    for (let row = 0; row < size; row++) names.push(`r${i}`);
    groups.close(resource(`r${i}`), SCOPE, names.length);
  }
  return { groups, names };
}

const sizes = fc.array(fc.nat(4), { maxLength: 30 });

describe("RowGroups", () => {
  it("finds the resource of each row", () => {
    fc.assert(
      fc.property(sizes, (counts) => {
        const { groups, names } = groupsOf(counts);
        const found = names.map((_, row) => groups.resources[groups.groupOf(row)]!.service);
        expect(found).toEqual(names);
        expect(groups.length).toBe(counts.filter((count) => count > 0).length);
      }),
      { seed: 1 },
    );
  });

  it("is as it was when it is split and joined again", () => {
    fc.assert(
      fc.property(sizes, fc.array(fc.boolean(), { minLength: 1 }), (counts, chosen) => {
        const { groups, names } = groupsOf(counts);
        const before = groups.ends.values.slice(0, groups.length);
        const isChosen = (row: number): boolean => chosen[row % chosen.length]!;
        groups.split(isChosen);
        const found = names.map((_, row) => groups.resources[groups.groupOf(row)]!.service);
        expect(found).toEqual(names);
        const isMixed = [...names.keys()].some(
          (row) =>
            row > 0 &&
            isChosen(row) !== isChosen(row - 1) &&
            groups.groupOf(row) === groups.groupOf(row - 1),
        );
        expect(isMixed).toBe(false);
        groups.join();
        expect(groups.ends.values.slice(0, groups.length)).toEqual(before);
      }),
      { seed: 3 },
    );
  });

  it("visits each part of a run that lies in a range, in order", () => {
    fc.assert(
      fc.property(sizes, fc.nat(60), fc.nat(60), (counts, a, b) => {
        const { groups, names } = groupsOf(counts);
        const from = Math.min(a, names.length);
        const to = Math.min(Math.max(a, b), names.length);
        const visited: string[] = [];
        groups.forEach(from, to, ({ service }, _, rows) => {
          expect(rows).toBeGreaterThan(0);
          for (let i = 0; i < rows; i++) visited.push(service);
        });
        expect(visited).toEqual(names.slice(from, to));
      }),
      { seed: 1 },
    );
  });

  it("is empty after a reset", () => {
    const { groups } = groupsOf([2, 1]);
    groups.reset();
    expect([groups.length, groups.resources, groups.scopes]).toEqual([0, [], []]);
  });
});

describe("RowSelection", () => {
  it("keeps all rows until one is dropped", () => {
    const selection = new RowSelection();
    expect(selection.runs(0)).toEqual([]);
    expect(selection.runs(5)).toEqual([0, 5]);
    expect(selection.has(1_000_000)).toBe(true);
  });

  it("gives the kept rows as runs, as a set of dropped rows would", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.array(fc.nat(250), { maxLength: 60 }), (rows, dropped) => {
        const selection = new RowSelection();
        for (const row of dropped) selection.drop(row);
        const model = new Set(dropped);
        expect(selection.dropped).toBe(model.size);
        const runs = selection.runs(rows);
        const kept: number[] = [];
        for (let r = 0; r < runs.length; r += 2) {
          expect(runs[r]!).toBeLessThan(runs[r + 1]!);
          expect(runs[r]!).toBeGreaterThan(runs[r - 1] ?? -1);
          for (let row = runs[r]!; row < runs[r + 1]!; row++) kept.push(row);
        }
        const all = Array.from({ length: rows }, (_, row) => row);
        expect(kept).toEqual(all.filter((row) => !model.has(row)));
        expect(all.filter((row) => selection.has(row))).toEqual(kept);
      }),
      { seed: 1 },
    );
  });

  it("keeps everything again after a reset", () => {
    const selection = new RowSelection();
    selection.drop(3);
    selection.reset();
    expect([selection.dropped, selection.has(3), selection.runs(5)]).toEqual([0, true, [0, 5]]);
  });
});
