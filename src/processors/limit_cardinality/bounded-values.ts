import { createHash } from "node:crypto";
import type { OrganizationShare } from "#pipeline/by-organization.ts";
import { DistinctEstimate } from "./distinct-estimate.ts";

/** Longer values are remembered by their digest. */
const VALUE_CHARACTERS_MAX = 64;
const DIGEST_MARK = "\u0000sha256:";

/**
 * The different values of one thing (an attribute, the label sets of a metric, the span names of a service) that are
 * let through. The first come; a value that came in the last window keeps its place, and one that did not makes
 * room for another.
 */
export class BoundedValues {
  /** By value, the number of the window in which it came last. */
  private readonly places = new Map<string, number>();
  private readonly limit: number;
  private readonly budget: OrganizationShare;
  private window: number;
  /** About how many came in this window; only once there were too many. */
  private estimate: DistinctEstimate | undefined;

  constructor(limit: number, budget: OrganizationShare, window: number) {
    this.limit = limit;
    this.budget = budget;
    this.window = window;
  }

  /** Whether the value is let through. @param window The number of the window that it is now. */
  admits(value: string, window: number): boolean {
    if (window !== this.window) this.turn(window);
    const short = value.length > VALUE_CHARACTERS_MAX ? digestOf(value) : value;
    const last = this.places.get(short);
    if (last === window) return true;
    if (last === undefined && (this.places.size >= this.limit || !this.budget.take())) {
      this.estimated().add(short);
      return false;
    }
    this.places.set(short, window);
    this.estimate?.add(short);
    return true;
  }

  private estimated(): DistinctEstimate {
    if (this.estimate !== undefined) return this.estimate;
    this.estimate = new DistinctEstimate();
    for (const [value, window] of this.places) if (window === this.window) this.estimate.add(value);
    return this.estimate;
  }

  private turn(window: number): void {
    const before = this.window;
    let left = 0;
    for (const [value, last] of this.places) {
      // Of several windows without any value the last one says that all may go.
      if (last === before && window === before + 1) continue;
      this.places.delete(value);
      left++;
    }
    this.budget.give(left);
    this.window = window;
    this.estimate = undefined;
  }

  /** Whether values were refused in the window. */
  isOver(window: number): boolean {
    return window === this.window && this.estimate !== undefined;
  }

  /** About how many different values came in the window. */
  seen(window: number): number {
    if (window !== this.window) return 0;
    if (this.estimate !== undefined) return this.estimate.count;
    let count = 0;
    for (const last of this.places.values()) if (last === window) count++;
    return count;
  }

  /** Whether nothing came in this window nor the one before. */
  isIdle(window: number): boolean {
    return window > this.window + 1;
  }

  /** Gives all places back: it is not to be used any more. */
  release(): void {
    this.budget.give(this.places.size);
    this.places.clear();
  }
}

function digestOf(value: string): string {
  return DIGEST_MARK + createHash("sha256").update(value).digest("base64");
}
