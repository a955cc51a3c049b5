import { type ChildProcess, spawn } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { CrashPoint } from "#destinations/store/store-destination.ts";

const MAIN = fileURLToPath(new URL("../../src/app/main.ts", import.meta.url));
const CRASHING_MAIN = fileURLToPath(new URL("server-main.ts", import.meta.url));

export interface ServerOptions {
  /** In a folder that is there, which becomes the working folder. */
  readonly dataDir: string;
  /** Where it is to kill itself, and at which time it gets there. */
  readonly crashAt?: { readonly point: CrashPoint; readonly nth: number } | undefined;
  readonly environment?: Readonly<Record<string, string>>;
}

const rows = z.object({ inFlight: z.number(), accepted: z.number(), stored: z.number() });
const ledgerAnswer = z.object({ inAll: z.object({ traces: rows, logs: rows, metrics: rows }) });

/** A server in a process of its own, for faults to be done to. */
export class ServerProcess {
  readonly startedMs = performance.now();
  readonly pid: number;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
  output = "";
  private readonly child: ChildProcess;
  private readonly banner: Promise<void>;

  constructor({ dataDir, crashAt, environment }: ServerOptions) {
    const main = crashAt === undefined ? [MAIN, "serve"] : [CRASHING_MAIN];
    this.child = spawn(process.execPath, ["--disable-proto=delete", ...main], {
      // A configuration that lies in the clone is none of ours.
      cwd: dirname(dataDir),
      env: {
        PATH: process.env["PATH"],
        UV_THREADPOOL_SIZE: "16",
        SIGHTGLASS_DATA_DIR: dataDir,
        SIGHTGLASS_HTTP: "127.0.0.1:0",
        SIGHTGLASS_OTLP_HTTP: "127.0.0.1:0",
        SIGHTGLASS_OTLP_GRPC: "127.0.0.1:0",
        ...(crashAt === undefined ? {} : { FAULT_CRASH_AT: `${crashAt.point}:${crashAt.nth}` }),
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.pid = this.child.pid ?? 0;
    this.ended = new Promise((resolve) => {
      this.child.on("close", (code, signal) => resolve(signal ?? code));
    });
    this.banner = new Promise((resolve) => {
      this.child.stdout?.on("data", (chunk: Buffer) => {
        this.output += chunk.toString();
        if (this.output.includes("Ctrl-C")) resolve();
      });
    });
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.output += chunk.toString();
    });
  }

  /** Resolves with true when the server is ready, with false when it ended before. */
  ready(): Promise<boolean> {
    return Promise.race([this.banner.then(() => true), this.ended.then(() => false)]);
  }

  /** Resolves when the server is ready; rejects with what it said when it ended instead. */
  async mustBeReady(): Promise<void> {
    if (!(await this.ready()))
      throw new Error(
        `the server ended with ${await this.ended} before it was ready:\n${this.output}`,
      );
  }

  get http(): string {
    return this.url("UI and API");
  }

  get otlpHttp(): string {
    return this.url("OTLP/HTTP");
  }

  get otlpGrpc(): string {
    return this.url("OTLP/gRPC");
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Stops it as a supervisor would. Rejects when it does not end with 0. */
  async stop(): Promise<void> {
    this.signal("SIGTERM");
    const code = await this.ended;
    if (code !== 0) throw new Error(`the server ended with ${code}:\n${this.output}`);
  }

  /** Rows that are acknowledged and not in the store yet, own telemetry included. */
  async inFlight(): Promise<number> {
    const { inAll } = ledgerAnswer.parse(await this.json("/api/v1/ledger"));
    return inAll.traces.inFlight + inAll.logs.inFlight + inAll.metrics.inFlight;
  }

  async json(path: string): Promise<unknown> {
    const response = await fetch(`${this.http}${path}`);
    return response.json();
  }

  /** Resolves when hardly a row is on its way any more. Rejects when that takes longer than `msMax`. */
  async untilStored(rowsMax: number, msMax: number): Promise<void> {
    const endMs = performance.now() + msMax;
    for (;;) {
      const inFlight = await this.inFlight();
      if (inFlight <= rowsMax) return;
      if (performance.now() > endMs)
        throw new Error(`${inFlight} rows are still not stored:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  private url(label: string): string {
    return new RegExp(`${label}\\s+(http://\\S+)`).exec(this.output)?.[1] ?? "";
  }
}
