/**
 * Lets a few questions run at once and the others wait for their turn, in their order: the server answers four at
 * a time, and a page of many charts leaves room for what a reader asks meanwhile.
 */
export class Turns {
  readonly #atOnce: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /**
   * Runs `ask` in its turn.
   *
   * @throws What `ask` throws; the reason of `cancel` when that comes while it waits.
   */
  async take<T>(cancel: AbortSignal, ask: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) await this.#turn(cancel);
    else this.#running++;
    try {
      cancel.throwIfAborted();
      return await ask();
    } finally {
      // The place goes to who waits longest, before anyone new can take it.
      const [next] = this.#waiting;
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #turn(cancel: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        this.#waiting.delete(begin);
        cancel.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.delete(begin);
        reject(cancel.reason as Error);
      };
      this.#waiting.add(begin);
      cancel.addEventListener("abort", leave, { once: true });
    });
  }
}
