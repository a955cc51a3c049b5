import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CODE_CACHE } from "#core/testing/code-cache.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** Settings with which several servers can run beside each other: any free ports. */
export const FREE_PORTS = {
  SIGHTGLASS_HTTP: "127.0.0.1:0",
  SIGHTGLASS_OTLP_HTTP: "127.0.0.1:0",
  SIGHTGLASS_OTLP_GRPC: "127.0.0.1:0",
} as const;
const FLAGS = ["--disable-proto=delete", "--disable-warning=ExperimentalWarning"];

export interface CommandResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** The working folder, in which the data folder is `data`: a configuration in the clone is none of its own. */
  readonly folder: string;
  readonly words: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** What is run in the place of `sightglass`. */
  readonly main?: string;
  /** What is started in the place of Node, with `words` alone: npm, as a user does. */
  readonly program?: string;
}

/** A real `sightglass` process. */
export class CommandProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<CommandResult>;
  stdout = "";
  stderr = "";
  private readonly banner = Promise.withResolvers<ReadonlyMap<string, string>>();

  constructor({ folder, words, environment = {}, main = MAIN, program }: CommandOptions) {
    const [command, args] =
      program === undefined ? [process.execPath, [...FLAGS, main, ...words]] : [program, words];
    this.child = spawn(command, args, {
      cwd: folder,
      env: { PATH: process.env.PATH, UV_THREADPOOL_SIZE: "16", ...CODE_CACHE, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.on("data", (chunk: Buffer) => {
      this.stdout += chunk.toString();
      if (this.stdout.includes("Ctrl-C")) this.banner.resolve(addressesIn(this.stdout));
    });
    this.child.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = new Promise((resolve) => {
      this.child.on("close", (code, signal) =>
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }),
      );
    });
  }

  /** The addresses of the banner by their label, once the server is ready. Rejects when it ends instead. */
  async ready(): Promise<ReadonlyMap<string, string>> {
    return Promise.race([
      this.banner.promise,
      this.ended.then(({ code, signal, stdout, stderr }) => {
        const how = signal ?? code;
        throw new Error(`The server ended with ${how} before it was ready:\n${stdout}${stderr}`);
      }),
    ]);
  }

  /** Where a receiver of HTTP listens, as the banner says. */
  receiver(name: string): string {
    const found = new RegExp(`Receiver +${name} http (\\S+)`).exec(this.stdout);
    if (found === null) throw new Error(`The banner has no ${name}:\n${this.stdout}`);
    return `http://${found[1]!}`;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

function addressesIn(banner: string): ReadonlyMap<string, string> {
  const lines = banner.matchAll(/^ *(?<label>[A-Za-z/ ]+?) +(?<url>http:\/\/\S+)$/gm);
  return new Map(Array.from(lines, ({ groups }) => [groups!["label"]!, groups!["url"]!]));
}

/** A folder of its own for each test, and no process left behind. */
export class CommandFolder {
  readonly path = mkdtempSync(join(tmpdir(), "sightglass-app-"));
  private readonly processes: CommandProcess[] = [];

  start(
    words: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): CommandProcess {
    const command = new CommandProcess({ folder: this.path, words, environment });
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
    for (const command of this.processes) if (command.isRunning) command.signal("SIGKILL");
    await Promise.all(this.processes.map(({ ended }) => ended));
    rmSync(this.path, { recursive: true, force: true });
  }
}
