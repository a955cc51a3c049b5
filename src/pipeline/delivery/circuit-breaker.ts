import type { Clock } from "#core/clock.ts";

export interface BreakerSettings {
  /** Failures in a row that open it. */
  readonly breakerFailures: number;
  /** Milliseconds that it stays open before one attempt is let through. */
  readonly breakerOpenMs: number;
}

export type BreakerState = "closed" | "open" | "half_open";

/**
 * Keeps attempts from an endpoint that keeps failing. Closed, all pass. Open, none does for a while;
 * then it is half open: one passes, and its outcome closes or opens it again.
 */
export class CircuitBreaker {
  readonly #settings: BreakerSettings;
  readonly #clock: Clock;
  readonly #onChange: (state: BreakerState) => void;
  #failures = 0;
  #openedMs: number | undefined;
  #isProbing = false;

  constructor(
    settings: BreakerSettings,
    clock: Clock,
    onChange: (state: BreakerState) => void = () => {},
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get state(): BreakerState {
    if (this.#openedMs === undefined) return "closed";
    return this.#isProbing || this.#remainingMs() <= 0 ? "half_open" : "open";
  }

  /**
   * Milliseconds until an attempt may be made; 0 when it may be made now, and then it has been let
   * through: its outcome must be told with one of `succeeded`, `failed` and `abandoned`.
   */
  admit(): number {
    if (this.#openedMs === undefined) return 0;
    const remainingMs = this.#remainingMs();
    if (remainingMs > 0) return remainingMs;
    if (this.#isProbing) return this.#settings.breakerOpenMs;
    this.#isProbing = true;
    this.#onChange("half_open");
    return 0;
  }

  succeeded(): void {
    const wasOpen = this.#openedMs !== undefined;
    this.#failures = 0;
    this.#openedMs = undefined;
    this.#isProbing = false;
    if (wasOpen) this.#onChange("closed");
  }

  failed(): void {
    this.#failures += 1;
    const isTripping = this.#openedMs === undefined;
    if (isTripping && this.#failures < this.#settings.breakerFailures) return;
    this.#openedMs = this.#clock.monotonicMs();
    this.#isProbing = false;
    this.#onChange("open");
  }

  /** The attempt ended without saying anything about the endpoint. */
  abandoned(): void {
    this.#isProbing = false;
  }

  #remainingMs(): number {
    const openedMs = this.#openedMs ?? Number.NEGATIVE_INFINITY;
    return openedMs + this.#settings.breakerOpenMs - this.#clock.monotonicMs();
  }
}
