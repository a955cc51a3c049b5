import type {
  TailChanged,
  TailDropped,
  TailGap,
  TailRow,
  TailStatus,
  TailStream,
} from "#api/contract/live.ts";
import type { ServerSentEvent } from "#core/server-sent-events.ts";
import { addressOf, authorization } from "./api/request.ts";
import { type ConnectionEnd, readEvents } from "./live-connection.ts";

/**
 * How the page follows the data. `pushed`: it is told of what changes. `polled`: there is no stream, so
 * that it asks at an interval. `paused`: it stands still, or is not looked at.
 */
export type LiveState = "paused" | "connecting" | "pushed" | "polled";

/** What is told, by the events' names. Rows come as many as arrived at once. */
export interface LiveEvents {
  readonly rows: readonly TailRow[];
  readonly dropped: TailDropped;
  readonly gap: TailGap;
  readonly status: TailStatus;
  readonly changed: TailChanged;
  /** Why the rows that were asked for do not come. */
  readonly refused: string;
}

/** Rows that are wanted beside what every page is told. */
export interface WantedRows {
  readonly streams: readonly Extract<TailStream, "logs" | "spans">[];
  readonly q: string;
}

type Listener<Name extends keyof LiveEvents> = (event: LiveEvents[Name]) => void;
type Listeners = { readonly [Name in keyof LiveEvents]: Set<Listener<Name>> };

/** What {@link LiveStream} reads; another one in tests. */
export type ReadEvents = typeof readEvents;

const BASE: readonly TailStream[] = ["status", "changed"];
const BACKOFF_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000] as const;
/** A server that knows no such stream may be replaced by one that does. */
const REFUSED_MS = 60_000;

/**
 * The one stream of events of this tab: a browser has few connections to a server. It is open while the
 * page is live and looked at, and connects anew by itself, from the last event on.
 */
export class LiveStream {
  private readonly listeners: Listeners = {
    rows: new Set(),
    dropped: new Set(),
    gap: new Set(),
    status: new Set(),
    changed: new Set(),
    refused: new Set(),
  };
  private readonly stateListeners = new Set<() => void>();
  private readonly readEvents: ReadEvents;
  private state: LiveState = "paused";
  private isWanted = false;
  private isShown = true;
  private rows: WantedRows | undefined;
  /** Those that the newest connection asked for, as JSON. */
  private asked: string | undefined;
  private lastId: string | undefined;
  private connection: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;

  constructor(read: ReadEvents = readEvents) {
    this.readEvents = read;
  }

  /** Whether the page is live, as its address says. */
  follow(isWanted: boolean): void {
    this.isWanted = isWanted;
    this.turn();
  }

  /** Whether the page is looked at. */
  show(isShown: boolean): void {
    this.isShown = isShown;
    this.turn();
  }

  /** Connects now, if it waits to do so: something has changed that may help. */
  nudge(): void {
    this.failures = 0;
    if (this.timer !== undefined) this.connect();
  }

  /**
   * Rows that one part of the page wants; undefined for none any more. It connects anew only after all that
   * runs now: who wants other rows first says that those before are wanted no more.
   */
  want(rows: WantedRows | undefined): void {
    if (JSON.stringify(rows) === JSON.stringify(this.rows)) return;
    this.rows = rows;
    this.lastId = undefined;
    queueMicrotask(() => {
      if (this.isRunning && JSON.stringify(this.rows) !== this.asked) this.connect();
    });
  }

  readonly getState = (): LiveState => this.state;

  readonly onState = (listener: () => void): (() => void) => {
    this.stateListeners.add(listener);
    return () => void this.stateListeners.delete(listener);
  };

  on<Name extends keyof LiveEvents>(name: Name, listener: Listener<Name>): () => void {
    this.listeners[name].add(listener);
    return () => void this.listeners[name].delete(listener);
  }

  private get isRunning(): boolean {
    return this.isWanted && this.isShown;
  }

  private turn(): void {
    if (!this.isRunning) {
      this.disconnect();
      this.become("paused");
    } else if (this.connection === undefined && this.timer === undefined) {
      this.failures = 0;
      this.connect();
    }
  }

  private disconnect(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.connection?.abort();
    this.connection = undefined;
  }

  private connect(): void {
    this.disconnect();
    const connection = new AbortController();
    this.connection = connection;
    if (this.state !== "polled") this.become("connecting");
    const { rows } = this;
    this.asked = JSON.stringify(rows);
    const streams = [...BASE, ...(rows?.streams ?? [])].join(",");
    const q = rows === undefined || rows.q === "" ? undefined : rows.q;
    const ended = this.readEvents({
      address: addressOf("/api/v1/tail", { streams, q }),
      headers: authorization(),
      lastId: this.lastId,
      cancel: connection.signal,
      onEvents: (events) => {
        if (this.connection === connection) this.take(events);
      },
    });
    void ended.then((end) => {
      if (this.connection === connection) this.onEnd(end);
    });
  }

  private onEnd(end: ConnectionEnd): void {
    this.connection = undefined;
    this.become("polled");
    if (end.kind === "refused") this.tell("refused", end.detail);
    const waitMs = this.waitMs(end);
    this.failures++;
    this.timer = setTimeout(() => this.connect(), waitMs);
  }

  private waitMs(end: ConnectionEnd): number {
    if (end.kind === "refused") return REFUSED_MS;
    const step = Math.min(this.failures, BACKOFF_MS.length - 1);
    // Not all tabs at once, after a restart.
    const waitMs = BACKOFF_MS[step]! * (0.75 + Math.random() / 2);
    return end.kind === "busy" ? Math.max(end.retryMs, waitMs) : waitMs;
  }

  private take(events: readonly ServerSentEvent[]): void {
    this.failures = 0;
    this.become("pushed");
    let rows: TailRow[] = [];
    for (const { event, data, id } of events) {
      if (event === "row") {
        rows.push(JSON.parse(data) as TailRow);
        this.lastId = id;
        continue;
      }
      // Rows come in the order of the events between them.
      if (rows.length > 0) this.tell("rows", rows);
      rows = [];
      this.takeOther(event, data, id);
    }
    if (rows.length > 0) this.tell("rows", rows);
  }

  private takeOther(event: string, data: string, id: string): void {
    switch (event) {
      case "dropped":
        if (id !== "") this.lastId = id;
        return this.tell("dropped", JSON.parse(data) as TailDropped);
      case "gap":
        return this.tell("gap", JSON.parse(data) as TailGap);
      case "status":
        return this.tell("status", JSON.parse(data) as TailStatus);
      case "changed":
        return this.tell("changed", JSON.parse(data) as TailChanged);
    }
  }

  private tell<Name extends keyof LiveEvents>(name: Name, event: LiveEvents[Name]): void {
    for (const listener of this.listeners[name]) listener(event);
  }

  private become(state: LiveState): void {
    if (this.state === state) return;
    this.state = state;
    for (const listener of this.stateListeners) listener();
  }
}

/** That of this tab. */
export const liveStream = new LiveStream();
