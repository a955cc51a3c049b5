import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { severityOfWord } from "#core/build/severity.ts";
import type { DictionaryColumn } from "#core/columns.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { AttributeKey } from "#core/row-access.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { SPAN_STATUSES } from "#core/vocabulary.ts";
import type { SampleSettings } from "./settings.ts";

export const CLASSES = ["error", "type", "success", "default"] as const;
export type RowClass = (typeof CLASSES)[number];

/** What a row is counted as, and how much of its kind is kept. */
export interface RowRate {
  readonly class: RowClass;
  /** From 0 to 1. */
  readonly rate: number;
}

const ERROR_SEVERITY_MIN = 17;
const INFO_SEVERITY_MIN = 9;
const INFO_SEVERITY_MAX = 12;

const [, STATUS_OK, STATUS_ERROR] = SPAN_STATUSES.keys();

const ERROR = new AttributeKey("error");
const STATUS = new AttributeKey("status");
const EVENT_TYPE = new AttributeKey("event_type");
const TYPE = new AttributeKey("type");

const ERROR_STATUSES: ReadonlySet<string> = new Set(["error", "failed"]);
const SUCCESS_STATUSES: ReadonlySet<string> = new Set(["success", "completed"]);

/** Rates of rows in the order of seed 003: error, type, success, all others. */
export class RowRates {
  private readonly error: RowRate;
  private readonly success: RowRate;
  private readonly other: RowRate;
  private readonly types: ReadonlyMap<string, RowRate>;

  constructor({ errorRate, successRate, defaultRate, typeRates }: SampleSettings) {
    this.error = { class: "error", rate: errorRate };
    this.success = { class: "success", rate: successRate };
    this.other = { class: "default", rate: defaultRate };
    this.types = new Map(
      Object.entries(typeRates).map(([type, rate]) => [type, { class: "type", rate }]),
    );
  }

  /** The rates of a batch's spans. */
  ofSpans(batch: SpanBatch): (row: number) => RowRate {
    const { error, success, other, types } = this;
    const status = batch.status.bytes;
    const typeOf = types.size === 0 ? undefined : perText(batch.name, (name) => types.get(name));
    return (row) => {
      if (status[row] === STATUS_ERROR) return error;
      return typeOf?.(row) ?? (status[row] === STATUS_OK ? success : other);
    };
  }

  /** The rates of a batch's log records. */
  ofLogs(batch: LogBatch): (row: number) => RowRate {
    const { error, success, other } = this;
    const fields = new LogFields(batch);
    const severityOf = perText(batch.severityText, severityOfWord);
    const named = perText(batch.eventName, (name) => this.ofType(name));
    return (row) => {
      const severity = batch.severity.bytes[row]! || severityOf(row);
      fields.open(row);
      if (severity >= ERROR_SEVERITY_MIN || fields.hasError) return error;
      const { status, type } = fields;
      if (ERROR_STATUSES.has(status)) return error;
      const ofType = type === "" ? named(row) : this.ofType(type);
      if (ofType !== undefined) return ofType;
      if (severity >= INFO_SEVERITY_MIN && severity <= INFO_SEVERITY_MAX) return success;
      return SUCCESS_STATUSES.has(status) ? success : other;
    };
  }

  private ofType(type: string): RowRate | undefined {
    return /error|fail/i.test(type) ? this.error : this.types.get(type);
  }
}

/** What is made of the texts of a column, once for each of them. */
function perText<T>({ dictionary, numbers }: DictionaryColumn, of: (text: string) => T) {
  const made: { readonly value: T }[] = [];
  return (row: number): T => {
    const number = numbers.values[row]!;
    return (made[number] ??= { value: of(dictionary.text(number)) }).value;
  };
}

/** The fields of an event that tell how it ended, read in one go through a row's attributes. */
class LogFields {
  hasError = false;
  status = "";
  /** `event_type`, else `type`. */
  type = "";
  private readonly batch: LogBatch;
  private readonly error: number;
  private readonly statusKey: number;
  private readonly eventType: number;
  private readonly typeKey: number;
  private readonly isNone: boolean;

  constructor(batch: LogBatch) {
    this.batch = batch;
    const { attributes } = batch;
    this.error = ERROR.numberIn(attributes);
    this.statusKey = STATUS.numberIn(attributes);
    this.eventType = EVENT_TYPE.numberIn(attributes);
    this.typeKey = TYPE.numberIn(attributes);
    this.isNone = Math.max(this.error, this.statusKey, this.eventType, this.typeKey) < 0;
  }

  open(row: number): void {
    if (this.isNone) return;
    this.hasError = false;
    this.status = "";
    this.type = "";
    const { attributes } = this.batch;
    const numbers = attributes.keys.numbers.values;
    const end = attributes.ends.values[row]!;
    let hasEventType = false;
    for (let at = attributes.start(row); at < end; at++) {
      const number = numbers[at]!;
      if (number === this.error) this.hasError = this.isSet(at);
      else if (number === this.statusKey) this.status = this.text(at).toLowerCase();
      else if (number === this.eventType && this.text(at) !== "") {
        this.type = this.text(at);
        hasEventType = true;
      } else if (number === this.typeKey && !hasEventType) this.type = this.text(at);
    }
  }

  private text(at: number): string {
    const { types, values } = this.batch.attributes;
    return types.bytes[at] === ATTRIBUTE_TYPES.string ? values.text(at) : "";
  }

  /** Whether a value is neither empty, false nor 0. */
  private isSet(at: number): boolean {
    const { types, values } = this.batch.attributes;
    const type = types.bytes[at];
    if (type === ATTRIBUTE_TYPES.empty) return false;
    const text = values.text(at);
    if (type === ATTRIBUTE_TYPES.bool) return text === "true";
    const isNumber = type === ATTRIBUTE_TYPES.int || type === ATTRIBUTE_TYPES.double;
    return isNumber ? Number(text) !== 0 && text !== "NaN" : text !== "";
  }
}
