import type { Clock } from "#core/clock.ts";
import { TELEMETRY_LIMITS } from "#core/limits.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Values of a record after errors, dates and the like have become text. */
export type LogValue = string | number | boolean;

export interface LogRecord {
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly attributes: Readonly<Record<string, LogValue>>;
  /** The span in which it was logged. */
  readonly span?: { readonly traceId: string; readonly spanId: string };
}

/** Takes each record that was not held back. It must neither throw nor log. */
export type LogSink = (record: LogRecord) => void;

/** What may be logged beside the message: errors become their type, message and stack. */
export type LogAttributes = Readonly<Record<string, unknown>>;

/**
 * Structured log. `message` is a fixed sentence, and what differs from record to record goes into
 * `attributes`: the rate of each message is bounded, and the next record of a message that was held
 * back says how many were in its attribute `suppressed`.
 *
 * @example log.warn("A destination was slow", { destination: "store", durationMs: 812 });
 */
export interface Logger {
  debug(message: string, attributes?: LogAttributes): void;
  info(message: string, attributes?: LogAttributes): void;
  warn(message: string, attributes?: LogAttributes): void;
  error(message: string, attributes?: LogAttributes): void;
  /** A logger whose records all carry `attributes` too. It shares the bounds of its parent. */
  child(attributes: LogAttributes): Logger;
}

export interface LoggerOptions {
  /** The least severe level that reaches the sink. */
  readonly level: LogLevel;
  readonly clock: Clock;
  readonly sink: LogSink;
  /** The span that runs now, for the records logged in it. */
  readonly currentSpan?: () => LogRecord["span"];
}

/** Makes a {@link Logger} that hands every record of its level or above to its sink. */
export function createLogger(options: LoggerOptions): Logger {
  const { clock, sink, currentSpan } = options;
  const lowest = LOG_LEVELS.indexOf(options.level);
  const bound = new MessageBound(clock);

  const make = (inherited: LogAttributes): Logger => {
    const write = (level: LogLevel, message: string, attributes?: LogAttributes): void => {
      if (LOG_LEVELS.indexOf(level) < lowest) return;
      const suppressed = bound.admit(level, message);
      if (suppressed === undefined) return;
      const values = plainValues({ ...inherited, ...attributes });
      if (suppressed > 0) values["suppressed"] = suppressed;
      const span = currentSpan?.();
      const record = { timeMs: clock.nowMs(), level, message, attributes: values };
      sink(span === undefined ? record : { ...record, span });
    };
    return {
      debug: (message, attributes) => write("debug", message, attributes),
      info: (message, attributes) => write("info", message, attributes),
      warn: (message, attributes) => write("warn", message, attributes),
      error: (message, attributes) => write("error", message, attributes),
      child: (attributes) => make({ ...inherited, ...attributes }),
    };
  };
  return make({});
}

/** Hands each record to every sink. */
export function teeSinks(...sinks: readonly LogSink[]): LogSink {
  return (record) => {
    for (const sink of sinks) sink(record);
  };
}

/** Renders a record as one line of JSON: `time` (RFC 3339), `level`, `message`, then its attributes. */
export function jsonLine(record: LogRecord): string {
  const { timeMs, level, message, attributes } = record;
  return JSON.stringify({ time: new Date(timeMs).toISOString(), level, message, ...attributes });
}

/** Renders a record as one line for people. Control characters are escaped, so one record stays one line. */
export function prettyLine(record: LogRecord): string {
  const time = new Date(record.timeMs).toISOString().slice(11, 23);
  const attributes = Object.entries(record.attributes)
    .map(([key, value]) => ` ${printable(key)}=${prettyValue(value)}`)
    .join("");
  return `${time} ${record.level.padEnd(5)} ${printable(record.message)}${attributes}`;
}

function prettyValue(value: LogValue): string {
  if (typeof value !== "string") return String(value);
  return /^[\w./:@%+-]+$/.test(value) ? value : `"${printable(value).replaceAll('"', '\\"')}"`;
}

/** Replaces control and direction-changing characters, which could forge or hide lines on a terminal. */
function printable(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex -- control characters are what is replaced here
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => {
      if (character === "\n") return "\\n";
      if (character === "\t") return "\\t";
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
    },
  );
}

/** How often each message may still be written in the current window. */
class MessageBound {
  private readonly seen = new Map<string, { startedMs: number; written: number; held: number }>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Undefined when the record is held back, else how many were held back since the last one. */
  admit(level: LogLevel, message: string): number | undefined {
    const key = `${level} ${message}`;
    const nowMs = this.clock.monotonicMs();
    let state = this.seen.get(key);
    if (state === undefined) {
      if (this.seen.size >= TELEMETRY_LIMITS.messagesMax) this.forgetOldest();
      state = { startedMs: nowMs, written: 0, held: 0 };
      this.seen.set(key, state);
    } else if (nowMs - state.startedMs >= TELEMETRY_LIMITS.messageWindowMs) {
      state.startedMs = nowMs;
      state.written = 0;
    }
    if (state.written >= TELEMETRY_LIMITS.recordsPerMessageMax) {
      state.held++;
      return undefined;
    }
    state.written++;
    const { held } = state;
    state.held = 0;
    return held;
  }

  private forgetOldest(): void {
    const oldest = this.seen.keys().next();
    if (!oldest.done) this.seen.delete(oldest.value);
  }
}

function plainValues(attributes: LogAttributes): Record<string, LogValue> {
  const values: Record<string, LogValue> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (value instanceof Error) addError(values, value);
    else values[key] = plainValue(value);
  }
  return values;
}

function addError(values: Record<string, LogValue>, error: Error): void {
  values["exception.type"] = error.name;
  values["exception.message"] = bounded(withCauses(error));
  if (error.stack !== undefined) values["exception.stacktrace"] = bounded(error.stack);
}

/** The message of an error and of what caused it, outermost first. */
function withCauses(error: Error): string {
  const messages: string[] = [];
  let current: unknown = error;
  for (let depth = 0; current instanceof Error && depth < 5; depth++) {
    messages.push(current.message);
    current = current.cause;
  }
  return messages.join(": ");
}

function plainValue(value: unknown): LogValue {
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "string") return bounded(value);
  if (typeof value === "bigint") return String(value);
  try {
    return bounded(JSON.stringify(value) ?? typeof value);
  } catch {
    return `[${typeof value} that has no JSON form]`;
  }
}

function bounded(text: string): string {
  const max = TELEMETRY_LIMITS.logValueCharactersMax;
  return text.length <= max ? text : `${text.slice(0, max)}…`;
}
