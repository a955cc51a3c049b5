import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CODE_CACHE } from "#core/testing/code-cache.ts";

/** A test ClickHouse server that runs; see `clickhouse-http-server.ts`. */
export interface ServerProcess {
  /** With user, password and database, as `SIGHTGLASS_CLICKHOUSE_URL` has it. */
  readonly url: string;
  readonly port: number;
  /** Runs a statement that has no answer. */
  run(statement: string): Promise<void>;
  /** Ends it as a power cut would: what the engine did not write is gone with it. */
  kill(): Promise<void>;
}

const USER = "reporter";
/** With characters that a URL must escape. */
const PASSWORD = "p@ss:w/rd?";

/** Starts a server on the engine's folder `dir` and resolves when it listens. */
export async function startServerProcess(dir: string): Promise<ServerProcess> {
  const main = join(import.meta.dirname, "./http-server-main.ts");
  const child = spawn(process.execPath, [main, dir, USER, PASSWORD], {
    env: { ...process.env, ...CODE_CACHE },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const port = await readPort(child);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  const run = async (statement: string): Promise<void> => {
    const answer = await fetch(`http://127.0.0.1:${port}/?wait_end_of_query=1`, {
      method: "POST",
      headers: { "x-clickhouse-user": USER, "x-clickhouse-key": PASSWORD },
      body: statement,
    });
    if (!answer.ok) throw new Error(await answer.text());
  };
  return {
    url: `http://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/sightglass`,
    port,
    run,
    kill,
  };
}

async function readPort(child: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const port = /^PORT (\d+)$/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error("the test server ended before it listened");
}
