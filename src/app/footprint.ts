import { readdir, readFile } from "node:fs/promises";
import type { AboutAnswer } from "#api/contract/status.ts";
import type { Clock } from "#core/clock.ts";

type ProcessAnswer = AboutAnswer["process"];

/** For less time than this the use of the processors is not told anew: it would mostly be that of the asking. */
const CPU_MS_MIN = 1_000;

/** What of `process` is looked at. */
export type Footprint = Pick<NodeJS.Process, "pid" | "memoryUsage" | "cpuUsage">;

/** Makes what `/api/v1/about` tells of the process itself. */
export function createFootprint(
  clock: Clock,
  of: Footprint = process,
): () => Promise<ProcessAnswer> {
  let before = { atMs: clock.monotonicMs(), seconds: cpuSecondsOf(of) };
  let cpuShare: number | null = null;
  return async () => {
    const atMs = clock.monotonicMs();
    const seconds = cpuSecondsOf(of);
    if (atMs - before.atMs >= CPU_MS_MIN) {
      cpuShare = ((seconds - before.seconds) * 1_000) / (atMs - before.atMs);
      before = { atMs, seconds };
    }
    const { rss, heapUsed, heapTotal, external } = of.memoryUsage();
    const [threads, openFiles] = await Promise.all([threadsNow(), openFilesNow()]);
    return {
      pid: of.pid,
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      heapBytes: heapTotal,
      externalBytes: external,
      cpuSeconds: seconds,
      cpuShare,
      threads,
      openFiles,
    };
  };
}

function cpuSecondsOf(of: Footprint): number {
  const { user, system } = of.cpuUsage();
  return (user + system) / 1e6;
}

async function threadsNow(): Promise<number | null> {
  try {
    const found = /^Threads:\s*(\d+)$/m.exec(await readFile("/proc/self/status", "latin1"));
    return found === null ? null : Number(found[1]);
  } catch {
    return null;
  }
}

async function openFilesNow(): Promise<number | null> {
  try {
    return (await readdir("/proc/self/fd")).length;
  } catch {
    return null;
  }
}
