import { severityOfPino, severityOfSyslog, severityOfWord } from "#core/build/severity.ts";
import type { ByteWriter } from "#core/bytes.ts";
import type { DictionaryColumn } from "#core/columns.ts";
import { rewriteStrings } from "#core/edit/rewrite-text.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import type { LogBatch } from "#core/log-batch.ts";
import type { TimeWindow } from "#core/rejections.ts";
import { cutString } from "#core/utf8.ts";
import { severityNumberOf } from "#core/vocabulary.ts";
import { ACCESS_LOG_TIME } from "./access-log.ts";
import type { Fields } from "./fields.ts";
import type { ParseSettings, SeveritySettings } from "./settings.ts";
import { type TimeReader, timeReader, type TimeSurroundings, zoneReader } from "./time-layout.ts";

const TIME_NAMES = ["timestamp", "time", "ts", "@timestamp", ACCESS_LOG_TIME];
const SEVERITY_NAMES = ["level", "severity", "lvl", "log.level"];
const TRACE_ID_NAMES = ["trace_id", "traceId"];
const SPAN_ID_NAMES = ["span_id", "spanId"];

const OTEL_SEVERITY_MAX = 24;
/** Pino's trace. */
const PINO_MIN = 10;

/** Where a field of the record comes from. */
interface Origin {
  readonly names: readonly string[];
  /** Whether it only counts where the record has none of its own. */
  readonly isDefault: boolean;
}

/** Counts since the start. */
export interface RecordCounts {
  timesSet: number;
  /** Times that were in none of the layouts. */
  timesUnread: number;
  /** Times that the store would not have kept. */
  timesOutside: number;
  severitiesSet: number;
  severitiesUnknown: number;
}

/**
 * Makes fields the time, severity, ids, event name and body of log records. Bodies are gathered, and set when the
 * batch is finished, since the texts that are parsed may be the bodies themselves.
 */
export class RecordFields {
  readonly counts: RecordCounts = {
    timesSet: 0,
    timesUnread: 0,
    timesOutside: 0,
    severitiesSet: 0,
    severitiesUnknown: 0,
  };
  private readonly time: Origin | undefined;
  private readonly severity: Origin | undefined;
  private readonly traceId: Origin | undefined;
  private readonly spanId: Origin | undefined;
  private readonly body: Origin | undefined;
  private readonly eventName: Origin | undefined;
  private readonly readers: readonly TimeReader[];
  private readonly levels: Levels;
  private readonly fromLocal: TimeSurroundings["fromLocal"];
  private readonly keepFields: boolean;
  private readonly bodies = new Map<number, { readonly text: string; readonly type: number }>();
  private batch: LogBatch | undefined;
  private window: TimeWindow = { oldestMs: 0, newestMs: 0 };
  private around: TimeSurroundings;

  constructor(given: ParseSettings) {
    const { timestamp, wellKnown, format } = given;
    const origin = (
      names: string | readonly string[] | undefined,
      known: readonly string[],
    ): Origin | undefined => {
      if (names !== undefined) return { names: listOf(names), isDefault: false };
      return wellKnown && known.length > 0 ? { names: known, isDefault: true } : undefined;
    };
    this.time = origin(timestamp?.from, TIME_NAMES);
    this.severity = origin(given.severity?.from, SEVERITY_NAMES);
    this.traceId = origin(given.traceId, TRACE_ID_NAMES);
    this.spanId = origin(given.spanId, SPAN_ID_NAMES);
    this.body = origin(given.body, []);
    this.eventName = origin(given.eventName, []);
    const isAccessLog = format === "access_log" || format === "auto";
    const layouts = listOf(timestamp?.layouts ?? (isAccessLog ? ["auto", "httpdate"] : "auto"));
    this.readers = layouts.map(timeReader);
    this.fromLocal = zoneReader(timestamp?.timezone ?? "UTC");
    this.levels = new Levels(given.severity);
    this.keepFields = given.keepFields;
    this.around = { nowMs: 0, fromLocal: this.fromLocal };
  }

  /** Turns to a batch. @param window The times that its rows may have. */
  begin(batch: LogBatch, window: TimeWindow, nowMs: number): void {
    this.batch = batch;
    this.window = window;
    this.around = { nowMs, fromLocal: this.fromLocal };
    this.bodies.clear();
  }

  /** Gives the row what the fields say of it, and takes those fields out that are not to be attributes too. */
  apply(row: number, fields: Fields): void {
    const batch = this.batch!;
    const time = placeOf(fields, this.time);
    if (time >= 0 && this.setTime(batch, row, fields.texts[time]!)) this.taken(fields, time);
    const severity = placeOf(fields, this.severity);
    if (severity >= 0 && this.setSeverity(batch, row, fields.texts[severity]!))
      this.taken(fields, severity);
    const traceId = placeOf(fields, this.traceId);
    if (traceId >= 0 && setId(batch.traceId, row, 16, fields.texts[traceId]!, this.traceId!))
      this.taken(fields, traceId);
    const spanId = placeOf(fields, this.spanId);
    if (spanId >= 0 && setId(batch.spanId, row, 8, fields.texts[spanId]!, this.spanId!))
      this.taken(fields, spanId);
    const eventName = placeOf(fields, this.eventName);
    if (eventName >= 0) {
      setText(batch.eventName, row, fields.texts[eventName]!);
      this.taken(fields, eventName);
    }
    const body = placeOf(fields, this.body);
    if (body >= 0) {
      this.setBody(row, fields.texts[body]!, fields.types[body]!);
      this.taken(fields, body);
    }
  }

  private taken(fields: Fields, place: number): void {
    // The time of an access log has no name in the conventions: it is the record's alone.
    if (!this.keepFields || fields.keys[place] === ACCESS_LOG_TIME) fields.removeAt(place);
  }

  /** Whether the row gets another body. */
  hasBody(row: number): boolean {
    return this.bodies.has(row);
  }

  /** Gives the row another body when the batch is finished. */
  setBody(row: number, text: string, type: number): void {
    this.bodies.set(row, { text, type });
  }

  /** Sets the bodies that were gathered. */
  finish(): void {
    const { bodies } = this;
    const batch = this.batch!;
    this.batch = undefined;
    if (bodies.size === 0) return;
    rewriteStrings(batch.body, batch.selection, (_bytes, _from, _to, row) => bodies.get(row)?.text);
    for (const [row, { type }] of bodies) batch.bodyType.bytes[row] = type;
    bodies.clear();
  }

  private setTime(batch: LogBatch, row: number, text: string): boolean {
    const { counts, window } = this;
    const at = row * 8;
    const time = batch.time.bytes;
    if (
      this.time!.isDefault &&
      time.compare(batch.observedTime.bytes, at, at + 8, at, at + 8) !== 0
    )
      return false;
    const ns = this.readTime(text);
    if (ns === undefined) {
      counts.timesUnread++;
      return false;
    }
    const ms = Number(ns) / 1e6;
    if (ms < window.oldestMs || ms > window.newestMs) {
      counts.timesOutside++;
      return false;
    }
    time.writeBigUInt64LE(ns, at);
    counts.timesSet++;
    return true;
  }

  private readTime(text: string): bigint | undefined {
    for (const read of this.readers) {
      const ns = read(text, this.around);
      if (ns !== undefined) return ns;
    }
    return undefined;
  }

  private setSeverity(batch: LogBatch, row: number, text: string): boolean {
    if (this.severity!.isDefault && batch.severity.bytes[row] !== 0) return false;
    const number = this.levels.of(text);
    if (number === 0) {
      this.counts.severitiesUnknown++;
      return false;
    }
    batch.severity.bytes[row] = number;
    setText(batch.severityText, row, text);
    this.counts.severitiesSet++;
    return true;
  }
}

/** The place of the first of the names that there is, or -1. */
function placeOf(fields: Fields, origin: Origin | undefined): number {
  if (origin === undefined) return -1;
  for (const name of origin.names) {
    const place = fields.indexOf(name);
    if (place >= 0) return place;
  }
  return -1;
}

function setId(
  column: ByteWriter,
  row: number,
  width: 8 | 16,
  text: string,
  { isDefault }: Origin,
): boolean {
  if (text.length !== width * 2 || !/^[0-9a-fA-F]+$/.test(text) || /^0+$/.test(text)) return false;
  const from = row * width;
  if (isDefault && !isZero(column, from, from + width)) return false;
  column.bytes.write(text, from, width, "hex");
  return true;
}

function listOf(names: string | readonly string[]): readonly string[] {
  return typeof names === "string" ? [names] : names;
}

function isZero({ bytes }: ByteWriter, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false;
  return true;
}

function setText(column: DictionaryColumn, row: number, text: string): void {
  column.numbers.values[row] = column.dictionary.numberOfText(
    cutString(text, ROW_LIMITS.nameBytesMax),
  );
}

/** The severity numbers of levels. */
class Levels {
  private readonly mapped = new Map<string, number>();
  private readonly hundreds = new Map<number, number>();
  private readonly numbers: SeveritySettings["numbers"];

  constructor(given: SeveritySettings | undefined) {
    this.numbers = given?.numbers ?? "pino";
    for (const [value, level] of Object.entries(given?.map ?? {})) {
      const number = typeof level === "number" ? level : severityNumberOf(level);
      const hundred = /^([0-9])xx$/i.exec(value);
      if (hundred === null) this.mapped.set(value.toLowerCase(), number);
      else this.hundreds.set(Number(hundred[1]), number);
    }
  }

  /** 0 where it is not known. */
  of(text: string): number {
    const mapped = this.mapped.get(text.toLowerCase());
    if (mapped !== undefined) return mapped;
    if (!/^[0-9]{1,3}$/.test(text)) return severityOfWord(text);
    const number = Number(text);
    const hundred = text.length === 3 ? this.hundreds.get(Math.floor(number / 100)) : undefined;
    return hundred ?? this.ofNumber(number);
  }

  private ofNumber(number: number): number {
    // What is below is no level of pino's, and more likely one of syslog's.
    if (this.numbers === "pino") return number < PINO_MIN ? 0 : severityOfPino(number);
    if (this.numbers === "syslog") return severityOfSyslog(number);
    return number >= 1 && number <= OTEL_SEVERITY_MAX ? number : 0;
  }
}
