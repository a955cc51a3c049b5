import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What a load process is to do. */
export interface LoadPlan {
  /** A file of `bodies.ts`, and the number of the first body that is sent. */
  readonly bodies: string;
  readonly first: number;
  readonly protocol: "http" | "grpc";
  readonly endpoint: string;
  readonly seconds: number;
  /** Requests a second; undefined sends as fast as they are acknowledged. */
  readonly perSecond?: number | undefined;
  /** Requests under way at once, at most. */
  readonly connections: number;
}

/** What a load process has seen. */
export interface LoadReport {
  readonly acknowledgedRows: number;
  readonly requests: number;
  /** Answers that asked to come back later: the request was sent again. */
  readonly retried: number;
  /** Rows that will never be accepted. */
  readonly refusedRows: number;
  readonly lastError: string;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** Whether bodies were sent more than once, since there were too few. */
  readonly cycled: boolean;
  readonly ackMs: {
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
  };
  /** Processor time of the load process itself. */
  readonly ownCpuSeconds: number;
  readonly bodyBytes: number;
}

/** Runs the load in a process of its own, so that its processor time is its own too. */
export function runLoad(plan: LoadPlan): Promise<LoadReport> {
  const main = fileURLToPath(new URL("load-main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, JSON.stringify(plan)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(output) as LoadReport);
      else reject(new Error(`the load process ended with ${code}`));
    });
  });
}
