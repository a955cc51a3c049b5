import type { OrganizationShare } from "#pipeline/by-organization.ts";

/** A content that passed, since its window began. */
interface Seen {
  /** When the window of the row that passed ends. */
  readonly endsMs: number;
  /** Rows that were suppressed since. */
  suppressed: number;
  /** Whether a row of it is durable: before, only rows of the batch that brought it are suppressed for it. */
  isDurable: boolean;
  /** Batches under way that a row of it passed with. */
  carriers: number;
  /** What stood for the content before this window, until a row of this one is durable. */
  before: Seen | undefined;
}

/** What one batch under way made {@link SeenContents} remember. */
export interface BatchTrace {
  /** Contents of which a row passed with the batch. */
  readonly passed: Map<string, Seen>;
  /** One for each row that was suppressed. */
  readonly suppressed: Seen[];
}

export function newTrace(): BatchTrace {
  return { passed: new Map(), suppressed: [] };
}

/** Windows after which a content is forgotten that was suppressed and has not come again. */
const WINDOWS_REMEMBERED = 10;

/**
 * Contents that passed, the one that passed last at the end. Bounded: the oldest is forgotten for a new one.
 *
 * A row is suppressed only where its like is durable, or comes with the same batch: were it suppressed for
 * one that is under way in another batch, and that batch then refused, neither would have been kept.
 */
export class SeenContents {
  private readonly entries = new Map<string, Seen>();
  private readonly windowMs: number;
  private readonly entriesMax: number;
  private readonly share: OrganizationShare;
  /** Contents that were forgotten within their window, since there were too many. */
  evicted = 0;

  constructor(windowMs: number, entriesMax: number, share: OrganizationShare) {
    this.windowMs = windowMs;
    this.entriesMax = entriesMax;
    this.share = share;
  }

  get size(): number {
    return this.entries.size;
  }

  /** Judges a row: how many of its like were suppressed before it where it passes, or -1 where it does not. */
  judge(digest: string, nowMs: number, trace: BatchTrace): number {
    const known = this.entries.get(digest);
    if (known === undefined || nowMs >= known.endsMs) return this.pass(digest, nowMs, trace, known);
    if (known.isDurable || trace.passed.get(digest) === known) {
      known.suppressed++;
      trace.suppressed.push(known);
      return -1;
    }
    known.carriers++;
    trace.passed.set(digest, known);
    return 0;
  }

  private pass(digest: string, nowMs: number, trace: BatchTrace, known: Seen | undefined): number {
    const { entries } = this;
    // One that never became durable has suppressed nothing that is missed.
    const before = known?.isDurable === true ? known : undefined;
    const endsMs = nowMs + this.windowMs;
    const seen = { endsMs, suppressed: 0, isDurable: false, carriers: 1, before };
    // To the end, since the order is that of passing.
    if (known !== undefined) entries.delete(digest);
    else if (!this.makeRoom(nowMs)) return 0;
    entries.set(digest, seen);
    trace.passed.set(digest, seen);
    return known?.suppressed ?? 0;
  }

  /** The batch is durable. */
  accept({ passed }: BatchTrace): void {
    for (const seen of passed.values()) {
      seen.carriers--;
      seen.isDurable = true;
      seen.before = undefined;
    }
  }

  /** The batch was refused: nothing of it counts, and its rows may come again. */
  takeBack({ passed, suppressed }: BatchTrace): void {
    for (const seen of suppressed) seen.suppressed--;
    for (const [digest, seen] of passed) {
      seen.carriers--;
      if (seen.isDurable || seen.carriers > 0 || this.entries.get(digest) !== seen) continue;
      if (seen.before === undefined) this.forget(digest);
      else this.entries.set(digest, seen.before);
    }
  }

  /** Forgets what did not come again, the oldest first, up to the first that is still needed. */
  expire(nowMs: number): void {
    for (const [digest, seen] of this.entries) {
      if (!this.isOver(seen, nowMs)) return;
      this.forget(digest);
    }
  }

  /** How many are within their window: what is evicted where all is forgotten. */
  current(nowMs: number): number {
    return this.entries.values().reduce((sum, { endsMs }) => (nowMs < endsMs ? sum + 1 : sum), 0);
  }

  /** False where there is none: what is not remembered is evicted at once. */
  private makeRoom(nowMs: number): boolean {
    this.expire(nowMs);
    if (this.entries.size >= this.entriesMax) this.forgetOldest(nowMs);
    while (!this.share.take()) {
      if (this.entries.size === 0) {
        this.evicted++;
        return false;
      }
      this.forgetOldest(nowMs);
    }
    return true;
  }

  private isOver({ endsMs, suppressed }: Seen, nowMs: number): boolean {
    const rememberedMs = this.windowMs * (WINDOWS_REMEMBERED - 1);
    return nowMs >= endsMs + (suppressed === 0 ? 0 : rememberedMs);
  }

  private forgetOldest(nowMs: number): void {
    for (const [digest, { endsMs }] of this.entries) {
      if (nowMs < endsMs) this.evicted++;
      this.forget(digest);
      return;
    }
  }

  private forget(digest: string): void {
    this.entries.delete(digest);
    this.share.give(1);
  }
}
