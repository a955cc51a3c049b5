import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STOP_MS_MAX = 60_000;

/** Where the doors of a started server are. */
export interface Doors {
  readonly http: string;
  readonly otlpHttp: string;
  readonly otlpGrpc: string;
}

/** A Sightglass that was started as users start it, on free ports and a data folder of its own. */
export class BenchServer {
  readonly folder: string;
  readonly child: ChildProcess;
  readonly pid: number;
  doors: Doors = { http: "", otlpHttp: "", otlpGrpc: "" };
  /** From the start of the command until the server said that it is ready. */
  readyMs = Number.NaN;
  output = "";
  private readonly ended: Promise<number | null>;
  private readonly keep: boolean;

  private constructor(options: { folder?: string; environment?: Record<string, string> }) {
    this.keep = options.folder !== undefined;
    this.folder = options.folder ?? mkdtempSync(join(benchFolder(), "data-"));
    // The working folder of the server: without it, it is the command that seems to be missing.
    mkdirSync(this.folder, { recursive: true });
    this.child = spawn("sh", [join(ROOT, "bin/sightglass"), "serve"], {
      cwd: this.folder,
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        ...environmentOf(this.folder),
        ...options.environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (this.child.pid === undefined) throw new Error("bin/sightglass cannot be started with sh");
    // `exec` in the launcher keeps the process number.
    this.pid = this.child.pid;
    this.ended = new Promise((resolve) => this.child.on("close", resolve));
  }

  /** Starts a server, and resolves when it is ready. */
  static async start(
    options: { folder?: string; environment?: Record<string, string> } = {},
  ): Promise<BenchServer> {
    const beganMs = performance.now();
    const server = new BenchServer(options);
    await server.becomeReady();
    server.readyMs = performance.now() - beganMs;
    return server;
  }

  get dataFolder(): string {
    return join(this.folder, "data");
  }

  /** Stops the server as a supervisor would. Rejects when it had to be killed or ended with an error. */
  async stop(): Promise<void> {
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), STOP_MS_MAX);
    const code = await this.ended;
    clearTimeout(timer);
    if (code !== 0) throw new Error(`the server ended with ${code}:\n${this.output}`);
  }

  /** Ends the process if it still runs, and removes what it wrote. */
  async remove(): Promise<void> {
    if (this.child.exitCode === null) this.child.kill("SIGKILL");
    await this.ended;
    if (!this.keep) rmSync(this.folder, { recursive: true, force: true });
  }

  private becomeReady(): Promise<void> {
    return new Promise((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        this.output += chunk.toString();
        if (!this.output.includes("Ctrl-C")) return;
        const find = (label: string): string =>
          new RegExp(`${label}\\s+(http://\\S+)`).exec(this.output)?.[1] ?? "";
        this.doors = {
          http: find("UI and API"),
          otlpHttp: find("OTLP/HTTP"),
          otlpGrpc: find("OTLP/gRPC"),
        };
        resolve();
      };
      this.child.stdout!.on("data", read);
      this.child.stderr!.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
      void this.ended.then((code) =>
        reject(new Error(`the server ended with ${code} before it was ready:\n${this.output}`)),
      );
    });
  }
}

/** Milliseconds from `npm start` until the server said that it is ready; it is stopped again. */
export async function npmStartMs(folder: string): Promise<number> {
  // npm works in the clone, and a configuration that lies there is none of ours.
  const config = join(folder, "empty.json");
  writeFileSync(config, "{}\n");
  const beganMs = performance.now();
  // In a group of its own, for npm stands between us and the server.
  const npm = spawn("npm", ["start", "--silent"], {
    cwd: ROOT,
    detached: true,
    env: {
      ...environmentOf(folder),
      SIGHTGLASS_CONFIG: config,
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => npm.on("close", resolve));
  const passedMs = await new Promise<number>((resolve, reject) => {
    let output = "";
    npm.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes("Ctrl-C")) resolve(performance.now() - beganMs);
    });
    void ended.then((code) => reject(new Error(`npm start ended with ${String(code)}: ${output}`)));
  });
  // npm passes the signal on; the group gets it only if that did not help.
  npm.kill("SIGTERM");
  const timer = setTimeout(() => process.kill(-npm.pid!, "SIGKILL"), STOP_MS_MAX);
  await ended;
  clearTimeout(timer);
  return passedMs;
}

function environmentOf(folder: string): Record<string, string> {
  return {
    SIGHTGLASS_DATA_DIR: join(folder, "data"),
    SIGHTGLASS_HTTP: "127.0.0.1:0",
    SIGHTGLASS_OTLP_HTTP: "127.0.0.1:0",
    SIGHTGLASS_OTLP_GRPC: "127.0.0.1:0",
  };
}

/** Where benchmarks write: SIGHTGLASS_BENCH_DIR, or the folder for temporary files. */
export function benchFolder(): string {
  return process.env["SIGHTGLASS_BENCH_DIR"] ?? tmpdir();
}
