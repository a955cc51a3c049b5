/** What is remembered; what was told longest ago goes first, and is told again. */
const ENTRIES_MAX = 20_000;

/** When something that is told now and then was told last. */
export class LastTold {
  private readonly times = new Map<string, number>();
  private readonly everyMs: number;

  constructor(everyMs: number) {
    this.everyMs = everyMs;
  }

  /** Never for a time that lies before the one at which it was told. */
  isDue(key: string, timeMs: number): boolean {
    const last = this.times.get(key);
    return last === undefined || timeMs - last >= this.everyMs;
  }

  told(key: string, timeMs: number): void {
    this.times.delete(key);
    if (this.times.size >= ENTRIES_MAX) {
      const [oldest] = this.times.keys();
      if (oldest !== undefined) this.times.delete(oldest);
    }
    this.times.set(key, timeMs);
  }
}
