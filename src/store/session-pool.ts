import { SightglassError } from "#core/errors.ts";

interface Waiting<S> {
  readonly take: (session: S) => void;
  readonly refuse: (error: Error) => void;
}

/**
 * Hands out sessions, each to one user at a time; who finds none free waits in order, up to a bound.
 * A user that is cancelled is answered at once, and the session is free when its work has settled:
 * an engine computes on for a moment after it was told to stop.
 */
export class SessionPool<S> {
  readonly #free: S[];
  readonly #size: number;
  readonly #waiting: Waiting<S>[] = [];
  readonly #waitingMax: number;
  readonly #what: string;
  #closing = false;
  #drained: (() => void) | undefined;

  /** `what` names the work in errors: "queries". */
  constructor(sessions: readonly S[], waitingMax: number, what: string) {
    this.#free = [...sessions];
    this.#size = sessions.length;
    this.#waitingMax = waitingMax;
    this.#what = what;
  }

  /** Rejects with `overloaded` when too many wait, `stopping` after close, and with the signal's reason. */
  async use<T>(work: (session: S) => Promise<T>, cancel?: AbortSignal): Promise<T> {
    cancel?.throwIfAborted();
    const session = await this.#acquire(cancel);
    const running = startNow(work, session).finally(() => this.#release(session));
    if (cancel === undefined) return running;
    return raceCancel(running, cancel);
  }

  /** What is being done and what waits for it. */
  get load(): { running: number; waiting: number } {
    return { running: this.#size - this.#free.length, waiting: this.#waiting.length };
  }

  /** Refuses new work and what waits; resolves when no work is left. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const waiting of this.#waiting.splice(0)) waiting.refuse(this.#stopping());
    if (this.#free.length < this.#size)
      await new Promise<void>((resolve) => (this.#drained = resolve));
  }

  #acquire(cancel: AbortSignal | undefined): Promise<S> {
    if (this.#closing) throw this.#stopping();
    const session = this.#free.pop();
    if (session !== undefined) return Promise.resolve(session);
    if (this.#waiting.length >= this.#waitingMax) {
      const message = `${this.#size} ${this.#what} run and ${this.#waiting.length} wait, the most that may`;
      throw new SightglassError("overloaded", message, { retryAfterSeconds: 1 });
    }
    return new Promise((resolve, reject) => {
      const settled = (): void => cancel?.removeEventListener("abort", cancelled);
      const waiting: Waiting<S> = {
        take: (free) => (settled(), resolve(free)),
        refuse: (error) => (settled(), reject(error)),
      };
      const cancelled = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(abortReason(cancel!));
      };
      this.#waiting.push(waiting);
      cancel?.addEventListener("abort", cancelled, { once: true });
    });
  }

  #release(session: S): void {
    const next = this.#waiting.shift();
    if (next !== undefined) return next.take(session);
    this.#free.push(session);
    if (this.#free.length === this.#size) this.#drained?.();
  }

  #stopping(): SightglassError {
    return new SightglassError("stopping", `no more ${this.#what} are taken: the store is closing`);
  }
}

async function startNow<S, T>(work: (session: S) => Promise<T>, session: S): Promise<T> {
  return work(session);
}

function raceCancel<T>(running: Promise<T>, cancel: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancelled = (): void => reject(abortReason(cancel));
    cancel.addEventListener("abort", cancelled, { once: true });
    running.then(resolve, reject).finally(() => cancel.removeEventListener("abort", cancelled));
  });
}

function abortReason(cancel: AbortSignal): Error {
  return cancel.reason instanceof Error
    ? cancel.reason
    : new Error("cancelled", { cause: cancel.reason });
}
