import { TOPICS, type Topic } from "#core/live-topics.ts";
import type { Query, QueryClient } from "@tanstack/react-query";
import type { LiveStream } from "./live-stream.ts";

/** How often one question is asked anew at most, when it is told that there is something new. */
const GAP_MS_MIN = 2_000;
/** A question that takes long is asked the less often: most of the time is left for others. */
const GAP_PER_DURATION = 4;

/** Beside the topics of the server: what the status tells of, each time that it comes. */
const STATUS_KEYS: ReadonlySet<unknown> = new Set(["ledger", "status"]);

/** Keys that begin with another word than their topic. */
const TOPIC_OF_KEY: Readonly<Record<string, Topic>> = { trace: "traces", map: "services" };

/** The topic of a question by its key's first element; undefined for what nothing is told of. */
export function topicOf(key: readonly unknown[]): Topic | "status" | undefined {
  const [first] = key;
  if (STATUS_KEYS.has(first)) return "status";
  if (typeof first !== "string") return undefined;
  return TOPICS.find((topic) => topic === first) ?? TOPIC_OF_KEY[first];
}

declare module "@tanstack/react-query" {
  interface Register {
    /**
     * `follows`: so many milliseconds after an answer the question may be asked anew because its topic has
     * changed; false for never.
     */
    queryMeta: { readonly follows?: (query: Query) => number | false };
  }
}

/** What is known of a question that follows changes. */
interface Followed {
  /** When it may be asked again, as far as the server is concerned; of the page's clock. */
  dueMs: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  isAsking: boolean;
  /** Something changed while it was asked. */
  isStale: boolean;
}

/**
 * Has the questions on the page asked anew when the stream tells of changes: each at most every two
 * seconds, no oftener than it says itself, and never before its last answer is there.
 */
export function followChanges(queries: QueryClient, stream: LiveStream): void {
  const follower = new ChangeFollower(queries, stream);
  stream.on("changed", ({ topics }) => follower.change(new Set(topics)));
  stream.on("status", () => follower.change(new Set(["status"])));
  let wasPushed = false;
  stream.onState(() => {
    if (stream.getState() !== "pushed") return;
    // What changed while there was no stream, nothing has told.
    if (wasPushed) follower.change(new Set([...TOPICS, "status"]));
    wasPushed = true;
  });
}

class ChangeFollower {
  private readonly queries: QueryClient;
  private readonly stream: Pick<LiveStream, "getState">;
  private readonly followed = new WeakMap<Query, Followed>();

  constructor(queries: QueryClient, stream: Pick<LiveStream, "getState">) {
    this.queries = queries;
    this.stream = stream;
  }

  change(topics: ReadonlySet<string>): void {
    for (const query of this.queries.getQueryCache().findAll({ type: "active" })) {
      const topic = topicOf(query.queryKey);
      if (topic !== undefined && topics.has(topic)) this.plan(query);
    }
  }

  private plan(query: Query): void {
    const gapMs = query.meta?.follows?.(query) ?? false;
    if (gapMs === false) return;
    const state = this.stateOf(query);
    if (state.isAsking) state.isStale = true;
    if (state.isAsking || state.timer !== undefined) return;
    const { dataUpdatedAt, errorUpdatedAt } = query.state;
    const steadyMs = Math.max(dataUpdatedAt, errorUpdatedAt) + gapMs - Date.now();
    const waitMs = Math.max(0, state.dueMs - performance.now(), steadyMs);
    state.timer = setTimeout(() => void this.ask(query, state), waitMs);
  }

  private stateOf(query: Query): Followed {
    let state = this.followed.get(query);
    if (state === undefined) {
      state = { dueMs: 0, timer: undefined, isAsking: false, isStale: false };
      this.followed.set(query, state);
    }
    return state;
  }

  private async ask(query: Query, state: Followed): Promise<void> {
    state.timer = undefined;
    if (!query.isActive() || this.stream.getState() !== "pushed") return;
    const startedMs = performance.now();
    state.isAsking = true;
    // An answer that is on its way may be of before the change: it is waited for, and asked for once more.
    if (query.state.fetchStatus !== "idle") state.isStale = true;
    // What is wrong is shown where the question was asked.
    await query.fetch().catch(() => {});
    state.isAsking = false;
    const tookMs = performance.now() - startedMs;
    state.dueMs = startedMs + Math.max(GAP_MS_MIN, tookMs * GAP_PER_DURATION);
    if (state.isStale) this.plan(query);
    state.isStale = false;
  }
}
