import type { Seen } from "#core/native/reference-blocks.ts";

/**
 * Which resources, scopes or series were written for a day already. What is forgotten, or arrives
 * as another object with equal content, is written again: the tables keep one of equal rows.
 */
export class SeenToday<T extends object> {
  /** Whether {@link repeats} are wanted. To be changed between groups. */
  repeating = false;
  private readonly writtenDay = new WeakMap<T, number>();
  /** What the present group must write. */
  fresh: Seen<T>[] = [];
  private readonly inFresh = new Map<T, number>();
  /** What the present group has that was written earlier, with the day on which it has it first. */
  private readonly known = new Map<T, number>();

  /** Notes an item; true when the present group is the first to have it for that day. */
  see(item: T, day: number): boolean {
    if (this.inFresh.get(item) === day) return false;
    if (this.writtenDay.get(item) === day) {
      this.repeat(item, day);
      return false;
    }
    this.inFresh.set(item, day);
    this.fresh.push({ item, day });
    return true;
  }

  /** Notes an item that was written with something else of the present group, on that day. */
  repeat(item: T, day: number): void {
    if (this.repeating && !this.known.has(item)) this.known.set(item, day);
  }

  /** What the present group has and need not write. */
  repeats(): Seen<T>[] {
    const repeats: Seen<T>[] = [];
    for (const [item, day] of this.known) if (!this.inFresh.has(item)) repeats.push({ item, day });
    return repeats;
  }

  /** Ends the group; returns what it had to write. */
  takeFresh(): Seen<T>[] {
    const { fresh } = this;
    this.fresh = [];
    this.inFresh.clear();
    this.known.clear();
    return fresh;
  }

  /** The group that wrote these is durable. */
  remember(written: readonly Seen<T>[]): void {
    for (const { item, day } of written) this.writtenDay.set(item, day);
  }
}
