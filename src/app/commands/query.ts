import type { ParseArgsOptionsConfig } from "node:util";
import { z } from "zod";
import type { Route } from "#api/contract/route.ts";
import { ROUTES } from "#api/contract/routes.ts";
import type { Command, CommandInput } from "../command-line.ts";
import { CONFIG_OPTION, CONFIG_OPTION_HELP, configOf } from "../config-option.ts";
import { EXIT_CODES, ExitError } from "../exit-codes.ts";
import { ask, serverUrl } from "../server-request.ts";
import { textTable } from "../text-table.ts";

/** What can be asked for: a route, and the columns of its table. */
interface Subject {
  readonly route: Route;
  /** The parameter of the path or the query that the word after the subject stands for. */
  readonly word?: { readonly name: string; readonly optional?: true };
  readonly columns: readonly string[];
}

const KPIS = ["requests", "errors", "errorRate", "avgMs", "p50Ms", "p95Ms", "p99Ms"];

const SUBJECTS: Readonly<Record<string, Subject>> = {
  services: { route: ROUTES.listServices, columns: ["service", ...KPIS] },
  operations: {
    route: ROUTES.listOperations,
    word: { name: "service" },
    columns: ["operation", "kind", ...KPIS],
  },
  map: {
    route: ROUTES.getServiceMap,
    columns: ["source", "target", "requests", "errors", "p95Ms"],
  },
  traces: {
    route: ROUTES.searchTraces,
    word: { name: "q", optional: true },
    columns: [
      "startTime",
      "traceId",
      "rootService",
      "rootOperation",
      "durationMs",
      "spanCount",
      "errorCount",
    ],
  },
  trace: {
    route: ROUTES.getTrace,
    word: { name: "traceId" },
    columns: [
      "startTime",
      "spanId",
      "parentSpanId",
      "service",
      "name",
      "kind",
      "durationMs",
      "status",
    ],
  },
  logs: {
    route: ROUTES.searchLogs,
    word: { name: "q", optional: true },
    columns: ["time", "severity", "service", "body", "traceId"],
  },
  metrics: {
    route: ROUTES.listMetrics,
    columns: ["name", "type", "unit", "series", "description"],
  },
  metric: { route: ROUTES.queryMetric, word: { name: "name" }, columns: ["labels", "points"] },
  attributes: {
    route: ROUTES.listAttributes,
    word: { name: "key", optional: true },
    columns: ["key", "value", "count"],
  },
  ledger: {
    route: ROUTES.getLedger,
    columns: ["signal", "accepted", "stored", "dropped", "inFlight"],
  },
};

const DURATION_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

export const command: Command = {
  usage: "query <subject> [options]",
  summary: "Asks a running server, and prints a table.",
  help: helpText(),
  options: {
    ...CONFIG_OPTION,
    json: { type: "boolean" },
    url: { type: "string" },
    last: { type: "string" },
    ...routeOptions(),
  },
  words: [1, 2],
  async run(input) {
    const [name, word] = input.words;
    const subject = Object.hasOwn(SUBJECTS, name!) ? SUBJECTS[name!]! : unknownSubject(name!);
    const path = requestPath(name!, subject, word, input);
    const { settings } = await configOf(input);
    const { url } = input.options;
    const answer = await ask({
      command: "query",
      server: typeof url === "string" ? url : await serverUrl(settings),
      path,
      token: settings.token,
    });
    if (input.options["json"] === true) console.log(JSON.stringify(answer, undefined, 2));
    else printTable(answer, subject.columns);
    return EXIT_CODES.ok;
  },
};

function unknownSubject(name: string): never {
  const known = Object.keys(SUBJECTS).join(", ");
  throw new ExitError(
    "usage",
    `query: found the subject ${JSON.stringify(name)}; allowed: ${known}`,
  );
}

/** The path and query string of the request. Checks only what the server would not understand. */
function requestPath(
  name: string,
  { route, word }: Subject,
  text: string | undefined,
  input: CommandInput,
): string {
  if (text === undefined && word !== undefined && word.optional !== true)
    throw new ExitError(
      "usage",
      `query ${name}: found no ${word.name}; allowed: query ${name} <${word.name}>`,
    );
  if (text !== undefined && word === undefined)
    throw new ExitError(
      "usage",
      `query ${name}: found ${JSON.stringify(text)}; allowed: options only`,
    );
  const query = new URLSearchParams();
  const known = Object.keys(route.query?.shape ?? {});
  for (const [option, value] of Object.entries(input.options)) {
    const parameter = camelCase(option);
    if (["config", "json", "url", "last"].includes(option) || value === undefined) continue;
    if (!known.includes(parameter))
      throw new ExitError(
        "usage",
        `query ${name}: found --${option}; allowed: ${known.map((key) => `--${kebabCase(key)}`).join(", ")}`,
      );
    for (const one of Array.isArray(value) ? value : [value]) query.append(parameter, String(one));
  }
  const { last } = input.options;
  if (typeof last === "string" && known.includes("from")) query.set("from", fromLast(last));
  let path = route.path;
  if (text !== undefined && word !== undefined) {
    const inPath = path.includes(`{${word.name}}`);
    if (inPath) path = path.replace(`{${word.name}}`, encodeURIComponent(text));
    else query.set(word.name, text);
  }
  return query.size === 0 ? path : `${path}?${query}`;
}

function fromLast(last: string): string {
  const match = /^(?<amount>\d{1,6})(?<unit>[smhd])$/.exec(last);
  const { amount, unit } = match?.groups ?? {};
  if (amount === undefined || unit === undefined)
    throw new ExitError(
      "usage",
      `query: found --last ${JSON.stringify(last)}; allowed: such as 30s, 15m, 6h or 7d`,
    );
  return new Date(Date.now() - Number(amount) * DURATION_MS[unit]!).toISOString();
}

const rowsSchema = z.union([
  z.object({ data: z.array(z.record(z.string(), z.unknown())), nextCursor: z.string().nullish() }),
  z.object({ spans: z.array(z.record(z.string(), z.unknown())) }),
  z.object({ inAll: z.record(z.string(), z.record(z.string(), z.unknown())) }),
]);

function printTable(answer: unknown, columns: readonly string[]): void {
  const parsed = rowsSchema.parse(answer);
  const rows = rowsOf(parsed);
  if (rows.length === 0) {
    console.log(
      "Nothing was found. The time range is the last hour, unless --from, --to or --last say otherwise.",
    );
    return;
  }
  const shown = columns.filter((column) => rows.some((row) => row[column] !== undefined));
  console.log(textTable([shown, ...rows.map((row) => shown.map((column) => cellOf(row[column])))]));
  if ("nextCursor" in parsed && typeof parsed.nextCursor === "string")
    console.log(`\nThere is more: --cursor ${parsed.nextCursor}`);
}

function rowsOf(parsed: z.infer<typeof rowsSchema>): Record<string, unknown>[] {
  if ("data" in parsed) return parsed.data;
  if ("spans" in parsed) return parsed.spans;
  return Object.entries(parsed.inAll).map(([signal, entry]) => ({ signal, ...entry }));
}

function cellOf(value: unknown): string | number {
  if (typeof value === "number") return Number.isInteger(value) ? value : Number(value.toFixed(3));
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "";
  if (typeof value === "object" && "code" in value && typeof value.code === "string")
    return value.code;
  return JSON.stringify(value);
}

/** Every query parameter of every subject as an option. */
function routeOptions(): ParseArgsOptionsConfig {
  const options: ParseArgsOptionsConfig = {};
  for (const { route } of Object.values(SUBJECTS)) {
    for (const key of Object.keys(route.query?.shape ?? {}))
      options[kebabCase(key)] = { type: "string", multiple: true };
  }
  return options;
}

function helpText(): string {
  const subjects = Object.entries(SUBJECTS).map(([name, { route, word }]) => {
    const called =
      word === undefined
        ? name
        : `${name} ${word.optional === true ? `[${word.name}]` : `<${word.name}>`}`;
    const options = Object.keys(route.query?.shape ?? {}).filter((key) => key !== word?.name);
    const listed = options.map((key) => `--${kebabCase(key)}`).join(" ");
    return `  ${called.padEnd(22)}${route.summary}.${listed === "" ? "" : `\n${" ".repeat(24)}${listed}`}`;
  });
  return [
    "Subjects, each with its options:",
    ...subjects,
    "",
    "      --last <time>    From that long ago until now: 30s, 15m, 6h, 7d.",
    "      --json           The whole answer as JSON.",
    "      --url <address>  The server; where the data folder or the configuration says when left out.",
    CONFIG_OPTION_HELP,
    "",
    "Example: sightglass query traces 'service:checkout status:error duration:>200ms' --last 15m",
  ].join("\n");
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
