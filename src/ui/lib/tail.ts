import type { TailDropped, TailGap, TailRow } from "#api/contract/live.ts";
import { useEffect, useMemo, useRef, useState } from "react";
import { useLiveState } from "./live.ts";
import { liveStream, type LiveState, type LiveStream, type WantedRows } from "./live-stream.ts";

/** Rows that are kept of a tail; the oldest go first. */
export const TAIL_ROWS_MAX = 2_000;
/** How often what came is drawn: rows come by the thousand a second. */
const DRAW_MS = 150;

/** A row, with a number that no other row of this tail has. */
export interface NumberedRow {
  readonly number: number;
  readonly row: TailRow;
}

/** What a tail shows. */
export interface TailView {
  /** The newest last. */
  readonly rows: readonly NumberedRow[];
  /** Rows that came since it was paused, and are shown when it goes on. */
  readonly waiting: number;
  /** Rows that were let go, by why; since it began. */
  readonly dropped: Readonly<Record<TailDropped["because"], number>>;
  /** Why rows are missing since the connection broke last; undefined where none are. */
  readonly gap: TailGap["because"] | undefined;
  /** What is wrong with the search, in the server's words. */
  readonly refused: string | undefined;
}

const NOTHING: TailView = {
  rows: [],
  waiting: 0,
  dropped: { rate: 0, slow: 0, busy: 0 },
  gap: undefined,
  refused: undefined,
};

/** The rows of one search as they come: bounded, drawn a few times a second, and held while it is paused. */
export class Tail {
  private readonly stream: Pick<LiveStream, "on">;
  private readonly onView: (view: TailView) => void;
  private view = NOTHING;
  private pending: NumberedRow[] = [];
  private isPaused = false;
  private waiting = 0;
  private last = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly leaves: readonly (() => void)[];

  constructor(onView: (view: TailView) => void, stream: Pick<LiveStream, "on"> = liveStream) {
    this.onView = onView;
    this.stream = stream;
    this.leaves = [
      this.stream.on("rows", (rows) => this.add(rows)),
      this.stream.on("dropped", ({ rows, because }) => {
        const { dropped } = this.view;
        this.change({ dropped: { ...dropped, [because]: dropped[because] + rows } });
      }),
      this.stream.on("gap", ({ because }) => this.change({ gap: because })),
      this.stream.on("refused", (refused) => this.change({ refused })),
    ];
  }

  /** Rows that come while it is paused wait, as many as there is room for. */
  pause(isPaused: boolean): void {
    if (this.isPaused === isPaused) return;
    this.isPaused = isPaused;
    this.draw();
  }

  /** Forgets what came so far. */
  clear(): void {
    this.pending = [];
    this.waiting = 0;
    this.view = NOTHING;
    this.draw();
  }

  close(): void {
    clearTimeout(this.timer);
    for (const leave of this.leaves) leave();
  }

  private add(rows: readonly TailRow[]): void {
    for (const row of rows) this.pending.push({ number: ++this.last, row });
    this.waiting += rows.length;
    if (this.pending.length > TAIL_ROWS_MAX) this.pending = this.pending.slice(-TAIL_ROWS_MAX);
    this.view = { ...this.view, refused: undefined };
    this.schedule();
  }

  private change(part: Partial<TailView>): void {
    this.view = { ...this.view, ...part };
    this.schedule();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => this.draw(), DRAW_MS);
  }

  private draw(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.isPaused && this.pending.length > 0) {
      const rows = [...this.view.rows, ...this.pending].slice(-TAIL_ROWS_MAX);
      this.pending = [];
      this.waiting = 0;
      this.view = { ...this.view, rows };
    }
    this.view = { ...this.view, waiting: this.isPaused ? this.waiting : 0 };
    this.onView(this.view);
  }
}

/** A tail on a page: what it shows, and what can be done with it. */
export interface TailOnPage extends TailView {
  readonly state: LiveState;
  clear(): void;
}

/**
 * The rows that fulfil a search, as they become durable. One tail a tab: the page's stream brings its rows.
 *
 * @param options.isOn false for none, without leaving the hook out.
 * @param options.isPaused true keeps what is shown, and counts what comes.
 * @example
 * const { rows, waiting, dropped } = useTail({ streams: ["logs"], q, isOn: isTailing, isPaused });
 */
export function useTail(
  options: WantedRows & { readonly isOn: boolean; readonly isPaused: boolean },
): TailOnPage {
  const { streams, q, isOn, isPaused } = options;
  const [view, setView] = useState(NOTHING);
  const tail = useRef<Tail>(undefined);
  const names = streams.join(",");
  useEffect(() => {
    if (!isOn) return undefined;
    const own = new Tail(setView);
    tail.current = own;
    liveStream.want({ streams: names.split(",") as WantedRows["streams"], q });
    return () => {
      liveStream.want(undefined);
      own.close();
      tail.current = undefined;
      setView(NOTHING);
    };
  }, [isOn, names, q]);
  useEffect(() => tail.current?.pause(isPaused), [isPaused, isOn, names, q]);
  const state = useLiveState();
  const clear = useMemo(() => () => tail.current?.clear(), []);
  return { ...view, state, clear };
}
