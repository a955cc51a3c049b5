import type { Clock, Timer } from "#core/clock.ts";
import { LIVE_LIMITS } from "#core/limits.ts";
import type { LiveRows, RowInterest } from "#pipeline/live/live-rows.ts";
import { RowChannel, type TakeEvents } from "./row-channel.ts";

interface Held {
  readonly channel: RowChannel;
  /** Since when nobody hears it; monotonic milliseconds. */
  unheardMs: number | undefined;
}

/** A channel for each search that somebody listens to, or did until a moment ago. */
export class RowChannels {
  private readonly rows: LiveRows;
  private readonly clock: Clock;
  private readonly life: string;
  private readonly held = new Map<string, Held>();
  private timer: Timer | undefined;

  constructor(life: string, rows: LiveRows, clock: Clock) {
    this.life = life;
    this.rows = rows;
    this.clock = clock;
  }

  /** See {@link RowChannel.join}. */
  join(interest: RowInterest, text: string, take: TakeEvents, lastId?: string): () => void {
    const { org, signals } = interest;
    const key = JSON.stringify([org, signals.toSorted(), text]);
    const held = this.held.get(key) ?? this.open(key, interest);
    const leave = held.channel.join(take, lastId);
    held.unheardMs = undefined;
    return () => {
      leave();
      if (held.channel.isHeard || held.unheardMs !== undefined) return;
      held.unheardMs = this.clock.monotonicMs();
      this.timer ??= this.clock.setTimeout(() => this.forgetUnheard(), LIVE_LIMITS.lingerMs);
    };
  }

  close(): void {
    this.timer?.cancel();
    for (const { channel } of this.held.values()) channel.close();
    this.held.clear();
  }

  private open(key: string, interest: RowInterest): Held {
    if (this.held.size >= LIVE_LIMITS.searchesMax) this.forgetOldestUnheard();
    const channel = new RowChannel(this.life, interest, this.rows, this.clock);
    const held = { channel, unheardMs: undefined };
    this.held.set(key, held);
    return held;
  }

  private forgetUnheard(): void {
    this.timer = undefined;
    const nowMs = this.clock.monotonicMs();
    let leftMs = Number.POSITIVE_INFINITY;
    for (const [key, { unheardMs }] of this.held) {
      if (unheardMs === undefined) continue;
      const dueMs = unheardMs + LIVE_LIMITS.lingerMs - nowMs;
      if (dueMs <= 0) this.forget(key);
      else leftMs = Math.min(leftMs, dueMs);
    }
    if (leftMs < Number.POSITIVE_INFINITY)
      this.timer = this.clock.setTimeout(() => this.forgetUnheard(), leftMs);
  }

  /** A new search has room sooner than what one may come back for. There is one: streams are fewer than searches. */
  private forgetOldestUnheard(): void {
    for (const [key, { unheardMs }] of this.held) {
      if (unheardMs === undefined) continue;
      this.forget(key);
      return;
    }
  }

  private forget(key: string): void {
    this.held.get(key)?.channel.close();
    this.held.delete(key);
  }
}
