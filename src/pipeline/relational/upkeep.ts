import type { Clock, Timer } from "#core/clock.ts";

const FIRST_MS = 60_000;
const EVERY_MS = 3_600_000;

/** What a destination does beside storing rows: a minute after it began, and then each hour. */
export class Upkeep {
  readonly #clock: Clock;
  readonly #work: () => Promise<void>;
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  /** @param work must not reject. It ends soon once {@link isStopped}. */
  constructor(clock: Clock, work: () => Promise<void>) {
    this.#clock = clock;
    this.#work = work;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  start(): void {
    this.#plan(FIRST_MS);
  }

  /** Resolves when what was under way has ended. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #plan(afterMs: number): void {
    this.#timer?.cancel();
    if (this.#isStopped) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#running = this.#work().finally(() => this.#plan(EVERY_MS));
    }, afterMs);
  }
}
