import type { LogBatch } from "#core/log-batch.ts";
import type { RowGroups } from "#core/row-groups.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import type { BatchView } from "./batch-view.ts";

/** Batches that can be searched. */
export type SearchedBatch = LogBatch | SpanBatch;

/** Which rows of a batch fulfil a condition: most conditions say it of a whole batch at once. */
export type Verdict = "none" | "some" | "all";

/** A condition on rows, compiled once and then asked batch by batch. */
export interface RowTest<B extends SearchedBatch = SearchedBatch> {
  /** Looks at a batch as a whole. The batch must stay as it is while {@link matches} is asked. */
  bind(batch: B, view: BatchView): Verdict;
  /** Whether a row fulfils it; to be asked only after `bind` has said "some". */
  matches(row: number): boolean;
  /** About what `matches` costs, so that cheap conditions are asked first. */
  readonly cost: number;
}

/** Of {@link RowTest.cost}. */
export const COSTS = { marks: 1, column: 2, attributes: 10, everyRow: 20 } as const;

export const ALWAYS: RowTest = { bind: () => "all", matches: () => true, cost: 0 };
export const NEVER: RowTest = { bind: () => "none", matches: () => false, cost: 0 };

/** A byte for each row of a batch, in memory that is used again. */
export class RowMarks {
  private marks = new Uint8Array(256);

  /** Has so many rows, none of them marked. */
  clear(rows: number): void {
    if (rows > this.marks.length) this.marks = new Uint8Array(rows * 2);
    else this.marks.fill(0, 0, rows);
  }

  mark(row: number): void {
    this.marks[row] = 1;
  }

  markRange(from: number, to: number): void {
    this.marks.fill(1, from, to);
  }

  has(row: number): boolean {
    return this.marks[row] === 1;
  }
}

/** Marks the rows of the groups for which `isChosen`, and says how many groups those are. */
export function markGroups(
  groups: RowGroups,
  marks: RowMarks,
  isChosen: (group: number) => boolean,
): Verdict {
  let chosen = 0;
  let from = 0;
  for (let group = 0; group < groups.length; group++) {
    const to = groups.ends.values[group]!;
    if (isChosen(group)) {
      chosen++;
      marks.markRange(from, to);
    }
    from = to;
  }
  if (chosen === 0) return "none";
  return chosen === groups.length ? "all" : "some";
}

/** A condition on what rows of a group share: their resource, or their scope. */
export class GroupTest implements RowTest {
  readonly cost = COSTS.marks;
  private readonly marks = new RowMarks();
  private readonly isChosen: (groups: RowGroups, group: number) => boolean;

  constructor(isChosen: (groups: RowGroups, group: number) => boolean) {
    this.isChosen = isChosen;
  }

  bind({ groups, rows }: SearchedBatch): Verdict {
    this.marks.clear(rows);
    return markGroups(groups, this.marks, (group) => this.isChosen(groups, group));
  }

  matches(row: number): boolean {
    return this.marks.has(row);
  }
}

/** All of them must be fulfilled. */
export class AndTest implements RowTest {
  readonly cost: number;
  private readonly parts: readonly RowTest[];
  /** Of the batch at hand, those that tell rows apart, the cheapest first. */
  private asked: RowTest[] = [];

  constructor(parts: readonly RowTest[]) {
    this.parts = parts.toSorted((a, b) => a.cost - b.cost);
    this.cost = sum(parts);
  }

  bind(batch: SearchedBatch, view: BatchView): Verdict {
    this.asked = [];
    for (const part of this.parts) {
      const verdict = part.bind(batch, view);
      if (verdict === "none") return "none";
      if (verdict === "some") this.asked.push(part);
    }
    return this.asked.length === 0 ? "all" : "some";
  }

  matches(row: number): boolean {
    for (const part of this.asked) if (!part.matches(row)) return false;
    return true;
  }
}

/** Any of them must be fulfilled. */
export class OrTest implements RowTest {
  readonly cost: number;
  private readonly parts: readonly RowTest[];
  private asked: RowTest[] = [];

  constructor(parts: readonly RowTest[]) {
    this.parts = parts.toSorted((a, b) => a.cost - b.cost);
    this.cost = sum(parts);
  }

  bind(batch: SearchedBatch, view: BatchView): Verdict {
    this.asked = [];
    for (const part of this.parts) {
      const verdict = part.bind(batch, view);
      if (verdict === "all") return "all";
      if (verdict === "some") this.asked.push(part);
    }
    return this.asked.length === 0 ? "none" : "some";
  }

  matches(row: number): boolean {
    for (const part of this.asked) if (part.matches(row)) return true;
    return false;
  }
}

export class NotTest implements RowTest {
  readonly cost: number;
  private readonly part: RowTest;

  constructor(part: RowTest) {
    this.part = part;
    this.cost = part.cost;
  }

  bind(batch: SearchedBatch, view: BatchView): Verdict {
    const verdict = this.part.bind(batch, view);
    if (verdict === "some") return "some";
    return verdict === "all" ? "none" : "all";
  }

  matches(row: number): boolean {
    return !this.part.matches(row);
  }
}

function sum(parts: readonly RowTest[]): number {
  return parts.reduce((cost, part) => cost + part.cost, 0);
}
