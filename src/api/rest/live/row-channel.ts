import { Buffer } from "node:buffer";
import type { Clock, Timer } from "#core/clock.ts";
import { LIVE_LIMITS } from "#core/limits.ts";
import type { LiveRow, LiveRows, RowInterest, RowListener } from "#pipeline/live/live-rows.ts";
import type { TailGap } from "../../contract/live.ts";
import { eventFrame } from "./event-frame.ts";
import { KeptFrames } from "./kept-frames.ts";

/** Takes bytes of whole events, which have so many rows. They are shared: it must not change them. */
export type TakeEvents = (bytes: Buffer, rows: number) => void;

type Missed = "rate" | "busy";

/**
 * The rows of one search, gathered and made events once for all who listen to it. Events that are told of
 * are kept for a while, for those who come back.
 */
export class RowChannel implements RowListener {
  private readonly life: string;
  private readonly rows: LiveRows;
  private readonly clock: Clock;
  private readonly kept: KeptFrames;
  private readonly stopListening: () => void;
  private readonly takers = new Set<TakeEvents>();
  private gathered: Buffer[] = [];
  private gatheredBytes = 0;
  private gatheredRows = 0;
  private readonly missed: Record<Missed, number> = { rate: 0, busy: 0 };
  private timer: Timer | undefined;

  /** @param life names this process in ids: the sequence begins anew with each. */
  constructor(life: string, interest: RowInterest, rows: LiveRows, clock: Clock) {
    this.life = life;
    this.rows = rows;
    this.clock = clock;
    this.stopListening = rows.listen(interest, this);
    this.kept = new KeptFrames(rows.sequence);
  }

  get isHeard(): boolean {
    return this.takers.size > 0;
  }

  /**
   * Events from now on go to `take`; those behind the last one that it had come first. Returns what ends it.
   *
   * @param lastId `id` of that event; undefined for one who has had none.
   */
  join(take: TakeEvents, lastId: string | undefined): () => void {
    this.send();
    if (lastId !== undefined) this.catchUp(take, lastId);
    this.takers.add(take);
    return () => void this.takers.delete(take);
  }

  onRows(rows: readonly LiveRow[]): void {
    for (const row of rows) {
      row.encoded ??= eventFrame("row", row.json, `${this.life}-${row.sequence}`);
      this.gather(row.sequence, row.encoded, 1);
    }
  }

  onMissed(rows: number, because: Missed): void {
    this.missed[because] += rows;
    this.schedule();
  }

  /** Looks for rows no longer. */
  close(): void {
    this.timer?.cancel();
    this.stopListening();
  }

  private gather(sequence: number, bytes: Buffer, rows: number): void {
    this.kept.add(sequence, bytes);
    if (!this.isHeard) return;
    this.gathered.push(bytes);
    this.gatheredBytes += bytes.length;
    this.gatheredRows += rows;
    if (this.gatheredBytes >= LIVE_LIMITS.gatherBytesMax) this.sendGathered();
    else this.schedule();
  }

  private schedule(): void {
    this.timer ??= this.clock.setTimeout(() => this.send(), LIVE_LIMITS.gatherMs);
  }

  private send(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.tellMissed();
    this.sendGathered();
  }

  private sendGathered(): void {
    if (this.gathered.length === 0) return;
    const bytes = Buffer.concat(this.gathered, this.gatheredBytes);
    const rows = this.gatheredRows;
    this.gathered = [];
    this.gatheredBytes = 0;
    this.gatheredRows = 0;
    for (const take of this.takers) take(bytes, rows);
  }

  /**
   * Adds what was missed to the events, so that one who comes back is told of it too: behind all rows that were
   * told of, which is not known while some are being told.
   */
  private tellMissed(): void {
    for (const because of ["rate", "busy"] as const) {
      const rows = this.missed[because];
      if (rows === 0) continue;
      this.missed[because] = 0;
      const sequence = this.rows.takeSequence();
      const bytes = eventFrame(
        "dropped",
        JSON.stringify({ rows, because }),
        `${this.life}-${sequence}`,
      );
      this.kept.add(sequence, bytes);
      if (!this.isHeard) continue;
      this.gathered.push(bytes);
      this.gatheredBytes += bytes.length;
    }
  }

  private catchUp(take: TakeEvents, lastId: string): void {
    const [life, last] = lastId.split("-");
    const sequence = /^\d{1,15}$/.test(last ?? "") ? Number(last) : -1;
    if (life !== this.life || sequence < 0 || sequence > this.rows.sequence) {
      take(gapFrame("restarted"), 0);
      return;
    }
    const { frames, isComplete } = this.kept.after(sequence);
    if (!isComplete) take(gapFrame("too_long"), 0);
    if (frames.length > 0) take(Buffer.concat(frames), frames.length);
  }
}

function gapFrame(because: TailGap["because"]): Buffer {
  return eventFrame("gap", JSON.stringify({ because }));
}
