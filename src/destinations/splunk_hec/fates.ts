import type { HecEvent } from "./events.ts";

/** What became of the events of a delivery, and so of its rows: a row is taken when all of its events are. */
export class Fates {
  readonly #events: readonly HecEvent[];
  readonly #refused = new Map<number, string>();
  #taken = 0;
  readonly #settled: Uint8Array;

  constructor(events: readonly HecEvent[]) {
    this.#events = events;
    this.#settled = new Uint8Array(events.length);
  }

  /** Whether any event was taken. */
  get hasTaken(): boolean {
    return this.#taken > 0;
  }

  get hasRefused(): boolean {
    return this.#refused.size > 0;
  }

  /** The first events of which nothing is known yet, by their places: as many as have so many bytes, but one at least. */
  open(bytesMax: number): readonly number[] {
    const places: number[] = [];
    let bytes = 0;
    for (let at = this.#settled.indexOf(0); at >= 0; at = this.#settled.indexOf(0, at + 1)) {
      bytes += this.#events[at]!.bytes + 1;
      if (bytes > bytesMax && places.length > 0) break;
      places.push(at);
    }
    return places;
  }

  take(places: readonly number[]): void {
    for (const at of places) this.#settled[at] = 1;
    this.#taken += places.length;
  }

  refuse(at: number, reason: string): void {
    this.#settled[at] = 1;
    this.#refused.set(at, reason);
  }

  /** Refuses what is open and goes to the same index as the event at a place. */
  refuseIndexOf(place: number, reason: string): void {
    const { index } = this.#events[place]!;
    for (const [at, event] of this.#events.entries())
      if (this.#settled[at] === 0 && event.index === index) this.refuse(at, reason);
  }

  /** The rows that were not taken: a refusal of one of its events is one of the row. */
  rows(): {
    readonly again: readonly number[];
    readonly refused: readonly { readonly index: number; readonly reason: string }[];
  } {
    const again = new Set<number>();
    const refused = new Map<number, string>();
    for (const [at, { rows }] of this.#events.entries()) {
      const reason = this.#refused.get(at);
      if (reason !== undefined) for (const row of rows) refused.set(row, reason);
      else if (this.#settled[at] === 0) for (const row of rows) again.add(row);
    }
    return {
      again: [...again].filter((row) => !refused.has(row)),
      refused: [...refused].map(([index, why]) => ({ index, reason: why })),
    };
  }
}
