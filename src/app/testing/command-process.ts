import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** Settings with which several servers can run beside each other: any free ports, and no probe's noise. */
export const FREE_PORTS = {
  SIGHTGLASS_HTTP: "127.0.0.1:0",
  SIGHTGLASS_OTLP_HTTP: "127.0.0.1:0",
  SIGHTGLASS_OTLP_GRPC: "127.0.0.1:0",
} as const;

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A real `sightglass` process. */
export class CommandProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<CommandResult>;
  stdout = "";
  stderr = "";

  /** @param folder the working folder, in which the data folder is `data`. */
  constructor(
    folder: string,
    words: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", MAIN, ...words],
      {
        cwd: folder,
        env: { PATH: process.env.PATH, UV_THREADPOOL_SIZE: "16", ...environment },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.child.stdout?.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = new Promise((resolve) => {
      this.child.on("close", (code) => resolve({ code, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  /** The addresses of the banner by their label, once the server is ready. Rejects when it ends instead. */
  async ready(): Promise<ReadonlyMap<string, string>> {
    const banner = new Promise<void>((resolve) => {
      this.child.stdout?.on("data", () => {
        if (this.stdout.includes("Ctrl-C")) resolve();
      });
    });
    await Promise.race([
      banner,
      this.ended.then(({ code, stderr }) => {
        throw new Error(`The server ended with ${code} before it was ready: ${stderr}`);
      }),
    ]);
    const lines = this.stdout.matchAll(/^ {2}(?<label>[A-Za-z/ ]+?) {2,}(?<value>\S+)$/gm);
    return new Map([...lines].map(({ groups }) => [groups!["label"]!, groups!["value"]!]));
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

/** A folder of its own for each test, and no process left behind. */
export class CommandFolder {
  readonly path = mkdtempSync(join(tmpdir(), "sightglass-app-"));
  private readonly processes: CommandProcess[] = [];

  start(
    words: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): CommandProcess {
    const command = new CommandProcess(this.path, words, environment);
    this.processes.push(command);
    return command;
  }

  run(
    words: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> {
    return this.start(words, environment).ended;
  }

  serve(environment: Readonly<Record<string, string>> = {}): CommandProcess {
    return this.start(["serve"], { ...FREE_PORTS, ...environment });
  }

  async remove(): Promise<void> {
    for (const { child } of this.processes) if (child.exitCode === null) child.kill("SIGKILL");
    await Promise.all(this.processes.map(({ ended }) => ended));
    rmSync(this.path, { recursive: true, force: true });
  }
}
