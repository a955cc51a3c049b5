import { fileURLToPath } from "node:url";
import { systemClock } from "#core/clock.ts";
import { packageVersion, type Command } from "../command-line.ts";
import { CONFIG_OPTION, CONFIG_OPTION_HELP, configurationSource } from "../config-option.ts";
import { EXIT_CODES, ExitError } from "../exit-codes.ts";
import { guardProcess } from "../process-guard.ts";
import { collectStartGarbage } from "../start-garbage.ts";
import type { Sightglass } from "../sightglass.ts";

/** Where the set-up builds the pages. */
const UI_FOLDER = fileURLToPath(new URL("../../../dist/ui", import.meta.url));
/** What goes beyond the budget of the configuration before a stop is given up. */
const STOP_GRACE_MS = 15_000;

export const command: Command = {
  usage: "serve [--config <file>]",
  summary:
    "Starts the server: the receivers, the API and the UI. SIGTERM or Ctrl-C stops it, SIGHUP has it read its configuration again.",
  help: CONFIG_OPTION_HELP,
  options: CONFIG_OPTION,
  words: [0, 0],
  async run(input) {
    const configuration = configurationSource(input);
    const { settings, components, file, explanation } = await configuration.read();
    const version = packageVersion();
    // Signals count from here on: one that comes while the server starts stops it when it has.
    const signals = new StopSignals();
    // Loaded now only, so that what is wrong with the configuration is told at once.
    const { startSightglass } = await import("../sightglass.ts");
    const starting = startSightglass({
      settings,
      graph: components,
      configuration,
      explanation: { file: file === undefined ? null : configuration.path, data: [...explanation] },
      version,
      uiFolder: UI_FOLDER,
      writeLog: (line) => process.stderr.write(`${line}\n`),
    });
    const server = await Promise.race([starting, impatient(signals)]);
    signals.onHangUp = () => void server.reload();
    guardProcess(server.telemetry, systemClock, () => signals.stop("too many unexpected errors"));
    console.log(banner(server, version, settings.dataDir));
    collectStartGarbage();
    const reason = await signals.first;
    server.telemetry.log.info("Stopping", { reason });
    return stop(server, signals, settings.shutdown.budgetSeconds * 1_000);
  },
};

/** Rejects at the second signal, for what waits for the start to end. */
async function impatient(signals: StopSignals): Promise<never> {
  const reason = await signals.second;
  throw new ExitError("failed", `Stopped by ${reason} before the server was ready.`);
}

/** Stops the server within its budget. Resolves with the exit code. */
async function stop(server: Sightglass, signals: StopSignals, budgetMs: number): Promise<number> {
  const { log } = server.telemetry;
  const overdue = new Promise<"overdue">((resolve) => {
    setTimeout(() => resolve("overdue"), budgetMs + STOP_GRACE_MS).unref();
  });
  const outcome = await Promise.race([server.stop(), signals.second, overdue]);
  if (outcome === undefined) return EXIT_CODES.ok;
  const message =
    "Stopped before everything was finished; what was acknowledged is stored after the next start";
  log.warn(message, { reason: outcome, part: server.closingPart });
  return EXIT_CODES.failed;
}

/** The first and the second reason to stop. */
class StopSignals {
  readonly first: Promise<string>;
  readonly second: Promise<string>;
  /** Called at SIGHUP where no terminal can be lost, as daemons have it; the first one otherwise stops. */
  onHangUp: () => void = () => {};
  /** Notes a reason that is no signal. */
  stop: (reason: string) => void = () => {};

  constructor() {
    const reasons = [Promise.withResolvers<string>(), Promise.withResolvers<string>()] as const;
    let count = 0;
    this.stop = (reason) => reasons[count++]?.resolve(reason);
    this.first = reasons[0].promise;
    this.second = reasons[1].promise;
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => this.stop(signal));
    process.on("SIGHUP", () => {
      if (process.stdout.isTTY) this.stop("SIGHUP");
      else this.onHangUp();
    });
  }
}

function banner(
  { addresses, receiverAddresses }: Sightglass,
  version: string,
  dataDir: string,
): string {
  const seconds = (performance.now() / 1_000).toFixed(2);
  return [
    "",
    `  Sightglass ${version} is ready (${seconds} s)`,
    "",
    `  UI and API  ${addresses.http}`,
    `  OTLP/HTTP   ${addresses.otlpHttp}`,
    `  OTLP/gRPC   ${addresses.otlpGrpc}`,
    ...receiverAddresses.map((address) => `  Receiver    ${address}`),
    `  Data        ${dataDir}`,
    "",
    "  Ctrl-C stops it.",
    "",
  ].join("\n");
}
