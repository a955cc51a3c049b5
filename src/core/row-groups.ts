import type { Resource, Scope } from "./attributes.ts";
import { IntColumn } from "./columns.ts";

/** Runs of rows that share a resource and a scope: both are held once a run, not once a row. */
export class RowGroups {
  readonly resources: Resource[] = [];
  readonly scopes: Scope[] = [];
  /** Number of rows up to and including each run. */
  readonly ends = new IntColumn();

  get length(): number {
    return this.ends.length;
  }

  reset(): void {
    this.resources.length = 0;
    this.scopes.length = 0;
    this.ends.reset();
  }

  /** Has the same runs as another: resources and scopes are immutable, and shared. */
  copyFrom(other: RowGroups): void {
    this.reset();
    this.resources.push(...other.resources);
    this.scopes.push(...other.scopes);
    this.ends.copyFrom(other.ends);
  }

  /** Closes the run that ends before row `rows`; an empty run leaves nothing. */
  close(resource: Resource, scope: Scope, rows: number): void {
    const before = this.length === 0 ? 0 : this.ends.values[this.length - 1]!;
    if (rows === before) return;
    this.resources.push(resource);
    this.scopes.push(scope);
    this.ends.push(rows);
  }

  /** Cuts runs, so that of each either all rows are chosen or none is. */
  split(isChosen: (row: number) => boolean): void {
    let row = 0;
    for (const { resource, scope, end } of this.takeAll())
      while (row < end) {
        const chosen = isChosen(row);
        while (row < end && isChosen(row) === chosen) row++;
        this.close(resource, scope, row);
      }
  }

  /** Makes one of runs that follow each other and have the same resource and scope. */
  join(): void {
    const runs = this.takeAll();
    for (const [place, { resource, scope, end }] of runs.entries()) {
      const next = runs[place + 1];
      if (next?.resource !== resource || next.scope !== scope) this.close(resource, scope, end);
    }
  }

  /** Leaves no run, and gives those that there were. */
  private takeAll(): {
    readonly resource: Resource;
    readonly scope: Scope;
    readonly end: number;
  }[] {
    const runs = this.resources.map((resource, run) => ({
      resource,
      scope: this.scopes[run]!,
      end: this.ends.values[run]!,
    }));
    this.reset();
    return runs;
  }

  /** Whether a row of a run is left. */
  hasRows(run: number, selection: RowSelection): boolean {
    const end = this.ends.values[run]!;
    for (let row = run === 0 ? 0 : this.ends.values[run - 1]!; row < end; row++)
      if (selection.has(row)) return true;
    return false;
  }

  /** The run that row `row` is in. */
  groupOf(row: number): number {
    const ends = this.ends.values;
    let low = 0;
    let high = this.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ends[middle]! <= row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Calls `visit` for each part of a run that lies in rows `from` to `to`. */
  forEach(
    from: number,
    to: number,
    visit: (resource: Resource, scope: Scope, rows: number) => void,
  ): void {
    let row = from;
    for (let group = this.groupOf(from); row < to; group++) {
      const end = Math.min(this.ends.values[group]!, to);
      visit(this.resources[group]!, this.scopes[group]!, end - row);
      row = end;
    }
  }
}

/** Which rows of a batch are left. All of them, until one is dropped. */
export class RowSelection {
  /** One byte a row once something was dropped: 1 is kept, 0 is dropped. Rows beyond its end are kept. */
  private mask: Uint8Array | undefined;
  dropped = 0;

  reset(): void {
    this.mask = undefined;
    this.dropped = 0;
  }

  /** Has the same rows left as another. */
  copyFrom(other: RowSelection): void {
    this.mask = other.mask?.slice();
    this.dropped = other.dropped;
  }

  drop(row: number): void {
    if (this.mask === undefined || row >= this.mask.length) {
      const larger = new Uint8Array(Math.max(64, (row + 1) * 2)).fill(1);
      if (this.mask !== undefined) larger.set(this.mask);
      this.mask = larger;
    }
    if (this.mask[row] === 0) return;
    this.mask[row] = 0;
    this.dropped++;
  }

  /** Takes a drop back. */
  restore(row: number): void {
    if (this.mask === undefined || this.mask[row] !== 0) return;
    this.mask[row] = 1;
    this.dropped--;
  }

  has(row: number): boolean {
    return this.mask === undefined || this.mask[row] !== 0;
  }

  /** The kept rows below `rows` as runs: `[from, to, from, to, …]`. */
  runs(rows: number): number[] {
    if (this.dropped === 0) return rows === 0 ? [] : [0, rows];
    const runs: number[] = [];
    for (let row = 0; row < rows; row++) {
      if (!this.has(row)) continue;
      if (runs.length > 0 && runs[runs.length - 1] === row) runs[runs.length - 1] = row + 1;
      else runs.push(row, row + 1);
    }
    return runs;
  }
}
