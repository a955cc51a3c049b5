import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { commandClock } from "#core/clock.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { SIGNALS } from "#core/signal.ts";
import type { Command } from "../command-line.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { Delivery, IN_FLIGHT_MAX, totalRows } from "./delivery.ts";
import { causeOf, type Incident } from "./fleet.ts";
import { ShopGenerator } from "./generator.ts";
import { GrpcTransport } from "./grpc-transport.ts";
import { HttpTransport } from "./http-transport.ts";
import { Pace } from "./pace.ts";
import { Progress } from "./progress.ts";
import { Random } from "./random.ts";
import { type DemoSettings, demoSettings } from "./settings.ts";
import { SERVICE_NAMES } from "./shop.ts";

/** How long a stop waits for requests that are under way. */
const STOP_MS_MAX = 5_000;
const compress = promisify(gzip);

export const command: Command = {
  usage: "demo [options]",
  summary: "Sends a running server the telemetry of a make-believe shop, over real OTLP.",
  help: [
    "      --endpoint <url>        Where to send to; http://127.0.0.1:4318 by default (4317 for grpc).",
    "      --protocol http|grpc    http by default.",
    "      --rate <traces/s>       On average of a day; 10 by default. A trace has some 14 spans.",
    "      --flat-out              As fast as the server takes it, instead of a rate.",
    "      --duration <time>       Such as 60s; by default until Ctrl-C.",
    "      --backfill <time>       Such as 1h: makes that much of the past first.",
    `      --incident <service>    That service goes wrong from now on: ${SERVICE_NAMES.join(", ")}.`,
    "      --signals <list>        traces,logs,metrics by default.",
    "      --seed <number>         Another shop; 1 by default.",
    "",
    "Example: sightglass demo --backfill 1h --incident payment",
  ].join("\n"),
  options: {
    endpoint: { type: "string" },
    protocol: { type: "string" },
    rate: { type: "string" },
    "flat-out": { type: "boolean" },
    duration: { type: "string" },
    backfill: { type: "string" },
    incident: { type: "string" },
    signals: { type: "string" },
    seed: { type: "string" },
  },
  words: [0, 0],
  async run(input) {
    const settings = demoSettings(input);
    const stop = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
    return runDemo(settings, stop.signal);
  },
};

/** Runs until the duration is over or `stop` is aborted. Resolves with the exit code. */
async function runDemo(settings: DemoSettings, stop: AbortSignal): Promise<number> {
  const nowMs = commandClock.nowMs();
  const pace = new Pace({ nowMs, ...settings });
  const incident = incidentOf(settings, nowMs);
  const shop = new ShopGenerator({ ...settings, startMs: pace.startMs, incident });
  const random = new Random(settings.seed, 0xde11);
  const transport = transportOf(settings);
  const delivery = new Delivery({
    transport,
    clock: commandClock,
    random: () => random.unit(),
  });
  const progress = new Progress(delivery.counts);
  announce(settings);
  while (!stop.aborted) {
    const step = pace.next(commandClock.nowMs());
    if (step === undefined) break;
    if ("waitMs" in step) await pause(step.waitMs, stop);
    else
      for (const { signal, rows, request } of shop.window(step)) {
        const body = await compress(encodeOtlp(signal, request), { level: constants.Z_BEST_SPEED });
        await delivery.push(signal, rows, body);
      }
    progress.show(pace.lagMs(commandClock.nowMs()));
  }
  await finish(delivery, stop);
  transport.close();
  progress.finish();
  const { givenUp, refused } = delivery.counts;
  const lost = totalRows(refused) > 0 || (totalRows(givenUp) > 0 && !stop.aborted);
  return lost ? EXIT_CODES.failed : EXIT_CODES.ok;
}

/** Waits for the answers: all of them, or after a stop those that come soon. */
async function finish(delivery: Delivery, stop: AbortSignal): Promise<void> {
  const drained = delivery.drain();
  const stopped = new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([drained, stopped]);
  if (!stop.aborted) return;
  delivery.stopRetrying();
  await Promise.race([drained, pause(STOP_MS_MAX, new AbortController().signal)]);
}

function transportOf({ protocol, endpoint }: DemoSettings): HttpTransport | GrpcTransport {
  const token = process.env["SIGHTGLASS_TOKEN"];
  const options = { endpoint, token, connectionsMax: IN_FLIGHT_MAX };
  return protocol === "http" ? new HttpTransport(options) : new GrpcTransport(options);
}

/** What is asked for goes wrong from now on, after whatever past is made first. */
function incidentOf({ incident }: DemoSettings, nowMs: number): Incident | undefined {
  if (incident === undefined) return undefined;
  return { service: incident, fromMs: nowMs, untilMs: Number.POSITIVE_INFINITY };
}

function announce(settings: DemoSettings): void {
  const { endpoint, protocol, tracesPerSecond, signals, incident } = settings;
  const rate = tracesPerSecond === undefined ? "flat out" : `${tracesPerSecond} traces/s`;
  const which = signals.length === SIGNALS.length ? "" : ` (${signals.join(", ")})`;
  console.log(
    `Sending a shop's telemetry${which} to ${endpoint.href} over ${protocol}, ${rate}, seed ${settings.seed}.`,
  );
  if (incident !== undefined)
    console.log(
      `Incident: ${incident} goes wrong from now on; what tells it: ${causeOf(incident)}.`,
    );
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stop.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
