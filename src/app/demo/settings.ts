import { SIGNALS, type Signal } from "#core/signal.ts";
import type { CommandInput } from "../command-line.ts";
import { ExitError } from "../exit-codes.ts";
import { SERVICE_NAMES, type ServiceName } from "./shop.ts";

export interface DemoSettings {
  readonly protocol: "http" | "grpc";
  readonly endpoint: URL;
  /** Traces a second on average of a day; undefined sends as fast as the server takes them. */
  readonly tracesPerSecond: number | undefined;
  readonly seed: number;
  /** How long it runs after the backfill; undefined until it is stopped. */
  readonly durationMs: number | undefined;
  readonly incident: ServiceName | undefined;
  readonly signals: readonly Signal[];
  /** How much of the past is made first. */
  readonly backfillMs: number;
}

const DEFAULT_PORTS = { http: 4318, grpc: 4317 } as const;
const RATE_DEFAULT = 10;
const RATE_MAX = 100_000;
const SEED_MAX = 2 ** 32 - 1;
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Reads the options of `sightglass demo`. Throws an ExitError that says what is allowed. */
export function demoSettings({ options }: CommandInput): DemoSettings {
  const given = (name: string): string | undefined => {
    const value = options[name];
    return typeof value === "string" ? value : undefined;
  };
  const flatOut = options["flat-out"] === true;
  if (flatOut && given("rate") !== undefined)
    throw new ExitError("usage", "demo: --rate and --flat-out exclude each other");
  const protocol = choiceOf("protocol", given("protocol") ?? "http", ["http", "grpc"]);
  const duration = given("duration");
  return {
    protocol,
    endpoint: endpointOf(given("endpoint") ?? `http://127.0.0.1:${DEFAULT_PORTS[protocol]}`),
    tracesPerSecond: flatOut
      ? undefined
      : numberOf("rate", given("rate") ?? String(RATE_DEFAULT), RATE_MAX),
    seed: wholeOf("seed", given("seed") ?? "1"),
    durationMs: duration === undefined ? undefined : durationOf("duration", duration),
    incident: incidentOf(given("incident") ?? "none"),
    signals: signalsOf(given("signals") ?? SIGNALS.join(",")),
    backfillMs: durationOf("backfill", given("backfill") ?? "0s"),
  };
}

/** A time such as 500ms, 90s, 5m, 2h or 1d as milliseconds. */
function durationOf(name: string, text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text);
  if (match === null) refuse(name, text, "a time such as 500ms, 90s, 5m, 2h or 1d");
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

function endpointOf(text: string): URL {
  const url = URL.parse(text.endsWith("/") ? text : `${text}/`);
  if (url === null || !/^https?:$/.test(url.protocol))
    refuse("endpoint", text, "an address such as http://127.0.0.1:4318");
  return url;
}

function incidentOf(text: string): ServiceName | undefined {
  return text === "none"
    ? undefined
    : choiceOf("incident", text, [...SERVICE_NAMES, "none"] as never);
}

function signalsOf(text: string): Signal[] {
  return text.split(",").map((one) => choiceOf("signals", one.trim(), SIGNALS));
}

function choiceOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === text);
  return found ?? refuse(name, text, allowed.join(", "));
}

function numberOf(name: string, text: string, max: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return value > 0 && value <= max ? value : refuse(name, text, `a number above 0, at most ${max}`);
}

function wholeOf(name: string, text: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return value <= SEED_MAX ? value : refuse(name, text, `a whole number from 0 to ${SEED_MAX}`);
}

function refuse(name: string, found: string, allowed: string): never {
  throw new ExitError(
    "usage",
    `demo: --${name}: found ${JSON.stringify(found)}, allowed: ${allowed}`,
  );
}
