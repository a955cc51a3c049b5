import { once } from "node:events";
import { tailRow } from "#api/contract/live.ts";
import type { Command, CommandInput } from "../command-line.ts";
import { CONFIG_OPTION, CONFIG_OPTION_HELP, configOf } from "../config-option.ts";
import { EXIT_CODES, ExitError } from "../exit-codes.ts";
import { bearer, requestUrl, serverUrl } from "../server-request.ts";
import { readStream, type StreamEvent } from "../server-stream.ts";
import { tailLine } from "../tail-line.ts";

const WORDS_MAX = 64;

export const command: Command = {
  usage: "tail [search] [options]",
  summary: "Prints log records, or spans, as a running server takes them.",
  help: [
    "      --streams <names>  logs (when left out), spans, or logs,spans.",
    "      --json             Each row as one line of JSON.",
    "      --rows <number>    Ends after so many rows.",
    "      --url <address>    The server; where the data folder or the configuration says when left out.",
    CONFIG_OPTION_HELP,
    "",
    'The search is that of the pages: service:checkout severity:>=warn "card declined" -path:/health.',
    "One that begins with a minus comes after --. What is missing is told on standard error.",
    "Example: sightglass tail 'service:checkout status:error' --streams spans",
  ].join("\n"),
  options: {
    ...CONFIG_OPTION,
    json: { type: "boolean" },
    rows: { type: "string" },
    streams: { type: "string" },
    url: { type: "string" },
  },
  words: [0, WORDS_MAX],
  async run(input) {
    const { settings } = await configOf(input);
    const { url } = input.options;
    const server = typeof url === "string" ? url : await serverUrl(settings);
    const printer = new Printer(input.options["json"] === true, rowsOf(input));
    await readStream({
      command: "tail",
      url: requestUrl("tail", pathOf(input), server),
      headers: bearer(settings.token),
      stop: printer.ended,
      onEvent: (event) => printer.print(event),
      onBroken: () => printer.note("the connection broke; connecting again"),
    });
    return EXIT_CODES.ok;
  },
};

function pathOf({ words, options }: CommandInput): string {
  const { streams = "logs" } = options;
  const query = new URLSearchParams({ streams: String(streams) });
  if (words.length > 0) query.set("q", words.join(" "));
  return `/api/v1/tail?${query}`;
}

function rowsOf({ options: { rows } }: CommandInput): number {
  if (rows === undefined) return Number.POSITIVE_INFINITY;
  if (typeof rows === "string" && /^[1-9]\d{0,8}$/.test(rows)) return Number(rows);
  throw new ExitError("usage", `tail: found --rows ${JSON.stringify(rows)}; allowed: 1 and more`);
}

const WHY_DROPPED: Readonly<Record<string, string>> = {
  rate: "more matched than are sent in a second",
  slow: "they were not read in time",
  busy: "not looked at, so that receiving is not slowed down",
};

const WHY_GAP: Readonly<Record<string, string>> = {
  restarted: "the server was restarted",
  too_long: "more came than are kept",
};

/** Writes rows to standard output, and what is missing to standard error. */
class Printer {
  readonly ended: AbortSignal;
  private readonly end: AbortController;
  private readonly isJson: boolean;
  private left: number;

  constructor(isJson: boolean, rowsMax: number) {
    this.isJson = isJson;
    this.left = rowsMax;
    this.end = new AbortController();
    this.ended = this.end.signal;
    const end = (): void => this.end.abort();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, end);
    // Whoever reads has read enough, as `head` has.
    process.stdout.on("error", end);
  }

  /** Resolves when there is room for more. */
  async print({ event, data }: StreamEvent): Promise<void> {
    if (this.left <= 0) return;
    if (event === "dropped") this.note(`${missing(data, WHY_DROPPED)}`);
    if (event === "gap") this.note(`rows are missing: ${missing(data, WHY_GAP)}`);
    if (event !== "row") return;
    const row = tailRow.parse(JSON.parse(data));
    const line = this.isJson ? JSON.stringify(row) : tailLine(row);
    const hasRoom = process.stdout.write(`${line}\n`);
    this.left--;
    if (this.left <= 0) this.end.abort();
    else if (!hasRoom) await roomIn(process.stdout, this.ended);
  }

  note(text: string): void {
    console.error(`sightglass: ${text}`);
  }
}

function missing(data: string, reasons: Readonly<Record<string, string>>): string {
  const { rows, because } = JSON.parse(data) as { rows?: number; because: string };
  const reason = reasons[because] ?? because;
  return rows === undefined ? reason : `${rows} rows are left out: ${reason}`;
}

/** Resolves when there is room again, or never will be. */
async function roomIn(stream: NodeJS.WriteStream, stop: AbortSignal): Promise<void> {
  await once(stream, "drain", { signal: stop }).catch(() => {});
}
