import { performance } from "node:perf_hooks";

/** When the start is surely over. */
const AFTER_MS = 3_000;
/** Above this share of the event loop the server has better to do than to pause. */
const BUSY_UTILIZATION = 0.2;

/**
 * Collects, once, what the start left behind, unless the server is already busy. Loading the program
 * grows the young generation, which the engine then keeps as it is while little happens: some 40 MB.
 * It takes about 100 ms, and does nothing unless Node was started with `--expose-gc`, as
 * bin/sightglass does.
 */
export function collectStartGarbage(): void {
  const before = performance.eventLoopUtilization();
  const collect = (): void => {
    const { utilization } = performance.eventLoopUtilization(before);
    if (utilization > BUSY_UTILIZATION) return;
    globalThis.gc?.({ execution: "sync", flavor: "last-resort", type: "major" });
  };
  setTimeout(collect, AFTER_MS).unref();
}
