import type { AboutAnswer } from "#api/contract/status.ts";
import type { Clock } from "#core/clock.ts";
import type { Store } from "#store/store.ts";
import type { TableUsage } from "#store/usage.ts";
import { createFootprint } from "./footprint.ts";
import type { ProbeState } from "./probe.ts";

/** The size of the store is asked for at most so often: the page asks for the rest far more often. */
const SIZE_MAX_AGE_MS = 10_000;
/** A remote engine may be another one some day. */
const VERSION_MAX_AGE_MS = 600_000;
/** What could not be had may be there again in a moment. */
const FAILURE_MAX_AGE_MS = 10_000;

export interface AboutSources {
  readonly version: string;
  readonly clock: Clock;
  readonly store: Pick<Store, "kind" | "usage" | "engineVersion">;
  readonly endpoints: () => AboutAnswer["endpoints"];
  /** Of the graph, beside OTLP; each with where it listens. */
  readonly receivers: () => readonly {
    readonly name: string;
    readonly addresses: readonly string[];
  }[];
  readonly probe: () => ProbeState | undefined;
}

/** Makes what `/api/v1/about` answers. */
export function createAbout({
  version,
  clock,
  store,
  endpoints,
  receivers,
  probe,
}: AboutSources): () => Promise<AboutAnswer> {
  const startedMs = clock.monotonicMs();
  const startTime = new Date(clock.nowMs()).toISOString();
  const footprint = createFootprint(clock);
  const usage = remembered(clock, SIZE_MAX_AGE_MS, () => store.usage());
  const engine = remembered(clock, VERSION_MAX_AGE_MS, () => store.engineVersion());

  return async () => {
    const { ui, otlpHttp, otlpGrpc } = endpoints();
    const [tables, clickhouse, ownProcess] = await Promise.all([usage(), engine(), footprint()]);
    const state = probe();
    return {
      version,
      startTime,
      uptimeMs: clock.monotonicMs() - startedMs,
      endpoints: { ui, otlpHttp, otlpGrpc },
      store: { kind: store.kind, version: clickhouse, ...sizesOf(tables) },
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      process: ownProcess,
      probe: state === undefined ? null : { ...state, lagMs: state.lagMs ?? null },
      receivers: [
        { type: "otlp/http", state: otlpHttp === null ? "starting" : "running", address: otlpHttp },
        { type: "otlp/grpc", state: otlpGrpc === null ? "starting" : "running", address: otlpGrpc },
        ...receivers().flatMap(({ name, addresses }) =>
          (addresses.length === 0 ? [null] : addresses).map((address) => ({
            type: name,
            state: "running" as const,
            address,
          })),
        ),
      ],
    };
  };
}

/** An answer that is asked for at most so often; null where there is none, which is soon asked for again. */
function remembered<T>(
  clock: Clock,
  ageMsMax: number,
  ask: () => Promise<T>,
): () => Promise<T | null> {
  let answer: Promise<T | null> | undefined;
  let askAgainMs = 0;
  return () => {
    const nowMs = clock.monotonicMs();
    if (answer === undefined || nowMs >= askAgainMs) {
      askAgainMs = nowMs + ageMsMax;
      answer = ask().catch(() => {
        askAgainMs = nowMs + Math.min(ageMsMax, FAILURE_MAX_AGE_MS);
        return null;
      });
    }
    return answer;
  };
}

function sizesOf(
  tables: readonly TableUsage[] | null,
): Pick<AboutAnswer["store"], "bytes" | "tables"> {
  if (tables === null) return { bytes: null, tables: [] };
  return {
    bytes: tables.reduce((all, { bytes }) => all + bytes, 0),
    tables: tables.map(({ table, rows, bytes }) => ({ table, rows, bytes })),
  };
}
