import type { AboutAnswer } from "#api/contract/status.ts";
import type { Clock } from "#core/clock.ts";
import type { Store } from "#store/store.ts";

/** The size of the store is asked for at most so often: the page asks for the rest far more often. */
const SIZE_MAX_AGE_MS = 10_000;

export interface AboutSources {
  readonly version: string;
  readonly clock: Clock;
  readonly store: Store;
  readonly endpoints: () => AboutAnswer["endpoints"];
}

/** Makes what `/api/v1/about` answers. */
export function createAbout({
  version,
  clock,
  store,
  endpoints,
}: AboutSources): () => Promise<AboutAnswer> {
  const startedMs = clock.monotonicMs();
  const startTime = new Date(clock.nowMs()).toISOString();
  let size: Promise<number | null> | undefined;
  let sizeAtMs = Number.NEGATIVE_INFINITY;

  const storeBytes = (): Promise<number | null> => {
    if (size === undefined || clock.monotonicMs() - sizeAtMs >= SIZE_MAX_AGE_MS) {
      sizeAtMs = clock.monotonicMs();
      size = store.usage().then(
        (tables) => tables.reduce((all, { bytes }) => all + bytes, 0),
        () => null,
      );
    }
    return size;
  };

  return async () => {
    const { ui, otlpHttp, otlpGrpc } = endpoints();
    return {
      version,
      startTime,
      uptimeMs: clock.monotonicMs() - startedMs,
      endpoints: { ui, otlpHttp, otlpGrpc },
      store: { kind: store.kind, bytes: await storeBytes() },
      receivers: [
        { type: "otlp/http", state: otlpHttp === null ? "starting" : "running", address: otlpHttp },
        { type: "otlp/grpc", state: otlpGrpc === null ? "starting" : "running", address: otlpGrpc },
      ],
    };
  };
}
