import { styleText } from "node:util";
import type { TailRow } from "#api/contract/live.ts";
import { terminalText } from "./text-table.ts";

/** Characters of a body, and of an attribute's value, that a line has. */
const BODY_CHARACTERS_MAX = 2_000;
const VALUE_CHARACTERS_MAX = 120;
const SERVICE_WIDTH = 16;

type Style = Parameters<typeof styleText>[0];

const SEVERITY_STYLES: Readonly<Record<string, Style>> = {
  fatal: ["bold", "red"],
  error: "red",
  warn: "yellow",
  info: "green",
  debug: "cyan",
  trace: "gray",
};

/**
 * A row as one line for people: its time in UTC, how bad it is, who says it, what it says. Nothing in it
 * acts on a terminal. Colours are only written where standard output is one that has them.
 */
export function tailLine(row: TailRow): string {
  return row.signal === "logs" ? logLine(row.row) : spanLine(row.row);
}

type Log = Extract<TailRow, { signal: "logs" }>["row"];
type Span = Extract<TailRow, { signal: "traces" }>["row"];

function logLine(log: Log): string {
  const { severity, body } = log;
  const level = severity === "unspecified" ? "-" : severity.toUpperCase();
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const trace = log.traceId === null ? "" : ` trace_id=${log.traceId}`;
  return [
    timeText(log.time),
    styled(SEVERITY_STYLES[severity] ?? "gray", level.padEnd(5)),
    serviceText(log.service),
    shown(text, BODY_CHARACTERS_MAX),
    styled("gray", `${attributesText(log.attributes)}${trace}`.trim()),
  ]
    .join(" ")
    .trimEnd();
}

function spanLine(span: Span): string {
  const { code, message } = span.status;
  const isError = code === "error";
  const status = isError ? styled("red", `error ${shown(message, VALUE_CHARACTERS_MAX)}`) : code;
  return [
    timeText(span.startTime),
    styled(isError ? "red" : "green", span.kind.slice(0, 5).toUpperCase().padEnd(5)),
    serviceText(span.service),
    shown(span.name, BODY_CHARACTERS_MAX),
    styled("bold", `${Number(span.durationMs.toFixed(3))} ms`),
    status.trimEnd(),
    styled("gray", `${attributesText(span.attributes)} trace_id=${span.traceId}`.trim()),
  ].join(" ");
}

/** `12:00:01.123`: the day is today's, and the nanoseconds are in `--json`. */
function timeText(time: string): string {
  return styled("gray", time.slice(11, 23));
}

function serviceText(service: string): string {
  return styled("blue", shown(service, VALUE_CHARACTERS_MAX).padEnd(SERVICE_WIDTH));
}

function attributesText(attributes: Readonly<Record<string, unknown>>): string {
  return Object.entries(attributes)
    .map(([key, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return `${shown(key, VALUE_CHARACTERS_MAX)}=${shown(text, VALUE_CHARACTERS_MAX)}`;
    })
    .join(" ");
}

function shown(text: string, charactersMax: number): string {
  const cut =
    text.length > charactersMax ? `${text.slice(0, charactersMax).toWellFormed()}…` : text;
  return terminalText(cut);
}

function styled(style: Style, text: string): string {
  return text === "" ? "" : styleText(style, text, { stream: process.stdout });
}
