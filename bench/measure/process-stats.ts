import { readFileSync, readdirSync } from "node:fs";

/** The kernel counts processor time in hundredths of a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface CpuSeconds {
  /** Of the whole process, all its threads, those that ended included. */
  readonly total: number;
  /** Of its main thread, which is where JavaScript runs. */
  readonly main: number;
}

/** Processor time that a process has used so far, from /proc (Linux only). */
export function cpuSeconds(pid: number): CpuSeconds {
  return {
    total: secondsOf(`/proc/${pid}/stat`),
    main: secondsOf(`/proc/${pid}/task/${pid}/stat`),
  };
}

function secondsOf(path: string): number {
  // The name of the program, in brackets, may have spaces in it.
  const fields = readFileSync(path, "latin1").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/**
 * Processor time of the threads that live, by their names, the largest first: where the time goes.
 * What threads used that have ended is missing.
 */
export function cpuSecondsByThread(pid: number): Map<string, number> {
  const byName = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      const path = `/proc/${pid}/task/${thread}`;
      const name = readFileSync(`${path}/comm`, "latin1").trim();
      byName.set(name, (byName.get(name) ?? 0) + secondsOf(`${path}/stat`));
    } catch {
      // It has ended meanwhile.
    }
  }
  return byName;
}

/** Memory of the process that is in RAM. */
export function rssBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1_024;
}

/** How many threads the process has. */
export function threadsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

/** Notes the process's memory now and then, until it is stopped. */
export class RssSamples {
  readonly samples: { readonly atMs: number; readonly bytes: number }[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(pid: number, everyMs: number) {
    const sample = (): void => {
      try {
        this.samples.push({ atMs: performance.now(), bytes: rssBytes(pid) });
      } catch {
        this.stop();
      }
    };
    sample();
    this.timer = setInterval(sample, everyMs);
  }

  get maxBytes(): number {
    return Math.max(...this.samples.map(({ bytes }) => bytes));
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

/**
 * Waits until the process uses less than `share` of a core for two seconds, at most `msMax`, so that
 * merges that the load left behind are counted too. Resolves with whether it came to rest.
 */
export async function untilQuiet(pid: number, share: number, msMax: number): Promise<boolean> {
  const endMs = performance.now() + msMax;
  const windowMs = 2_000;
  for (;;) {
    const before = cpuSeconds(pid).total;
    await new Promise((resolve) => setTimeout(resolve, windowMs));
    if (cpuSeconds(pid).total - before <= share * (windowMs / 1_000)) return true;
    if (performance.now() >= endMs) return false;
  }
}
