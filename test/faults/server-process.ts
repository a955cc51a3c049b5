import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { CommandProcess, FREE_PORTS } from "#app/testing/command-process.ts";
import type { CrashPoint } from "#destinations/store/store-destination.ts";

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
  private readonly process: CommandProcess;
  private addresses: ReadonlyMap<string, string> = new Map();

  constructor({ dataDir, crashAt, environment }: ServerOptions) {
    this.process = new CommandProcess({
      folder: dirname(dataDir),
      ...(crashAt === undefined ? { words: ["serve"] } : { words: [], main: CRASHING_MAIN }),
      environment: {
        ...FREE_PORTS,
        SIGHTGLASS_DATA_DIR: dataDir,
        ...(crashAt === undefined ? {} : { FAULT_CRASH_AT: `${crashAt.point}:${crashAt.nth}` }),
        ...environment,
      },
    });
    this.pid = this.process.child.pid ?? 0;
    this.ended = this.process.ended.then(({ code, signal }) => signal ?? code);
  }

  /** All that it has printed. */
  get output(): string {
    return `${this.process.stdout}${this.process.stderr}`;
  }

  /** Resolves with true when the server is ready, with false when it ended before. */
  ready(): Promise<boolean> {
    return this.mustBeReady().then(
      () => true,
      () => false,
    );
  }

  /** Resolves when the server is ready; rejects with what it said when it ended instead. */
  async mustBeReady(): Promise<void> {
    this.addresses = await this.process.ready();
  }

  get http(): string {
    return this.addresses.get("UI and API") ?? "";
  }

  get otlpHttp(): string {
    return this.addresses.get("OTLP/HTTP") ?? "";
  }

  get otlpGrpc(): string {
    return this.addresses.get("OTLP/gRPC") ?? "";
  }

  signal(signal: NodeJS.Signals): void {
    this.process.signal(signal);
  }

  get running(): boolean {
    return this.process.isRunning;
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
}
