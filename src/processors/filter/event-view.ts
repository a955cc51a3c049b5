import { ATTRIBUTE_TYPES, attributesOfRow, attributeValue } from "#core/attributes.ts";
import type { Dictionary } from "#core/dictionary.ts";
import { EVENT_MARKS } from "#core/event-marks.ts";
import { eventOfLogRow } from "#core/event-record.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { AttributeKey, attributeIndex } from "#core/row-access.ts";
import { severityOf } from "#core/vocabulary.ts";

const EVENT_TYPE = new AttributeKey("event_type");
const TYPE = new AttributeKey("type");
const LEVEL = new AttributeKey("level");
const SEVERITY = new AttributeKey("severity");

/** Fields that an event which says something has. */
const CONTENT = ["error", "data", "result", "output", "response"].map(
  (key) => new AttributeKey(key),
);
const MESSAGE = new AttributeKey("message");

/** A log record as the event that it is: one at a time, read from the columns. */
export class EventView {
  private batch!: LogBatch;
  private row = 0;
  private event: Readonly<Record<string, unknown>> | undefined;
  private json: string | undefined;
  private typeText: string | undefined;
  /** What is the same for many rows of a batch: read once each. */
  private readonly eventNames = new TextsOfNumbers();
  private readonly severityTexts = new TextsOfNumbers();
  private readonly keys = new TextsOfNumbers();

  /** To be called before the rows of a batch are opened. */
  bind(batch: LogBatch): void {
    this.batch = batch;
    this.eventNames.bind(batch.eventName.dictionary);
    this.severityTexts.bind(batch.severityText.dictionary);
    this.keys.bind(batch.attributes.keys.dictionary);
  }

  open(row: number): void {
    this.row = row;
    this.event = undefined;
    this.json = undefined;
    this.typeText = undefined;
  }

  /** `event_type`, else `type`, else the event name; empty without any. */
  get type(): string {
    return (this.typeText ??= this.readType());
  }

  private readType(): string {
    return this.textField(EVENT_TYPE) || this.textField(TYPE) || this.eventName;
  }

  private get eventName(): string {
    return this.eventNames.text(this.batch.eventName.numbers.values[this.row]!);
  }

  private textField(key: AttributeKey): string {
    const { attributes } = this.batch;
    const index = attributeIndex(this.batch, this.row, key);
    const isText = index >= 0 && attributes.types.bytes[index] === ATTRIBUTE_TYPES.string;
    return isText ? attributes.values.text(index) : "";
  }

  get severity(): number {
    return this.batch.severity.bytes[this.row]!;
  }

  get severityText(): string {
    return this.severityTexts.text(this.batch.severityText.numbers.values[this.row]!);
  }

  /** Whether it came as a JSON event, as far as the record shows it. */
  get isJsonEvent(): boolean {
    const { batch, row } = this;
    if (EVENT_MARKS.some((key) => attributeIndex(batch, row, key) >= 0)) return true;
    return this.fieldCount === 0 && !this.hasBody;
  }

  get fieldCount(): number {
    const { attributes } = this.batch;
    return attributes.ends.values[this.row]! - attributes.start(this.row);
  }

  /** Whether one of the fields is there that say something, and is not empty, false or 0. */
  get hasContent(): boolean {
    return this.hasBody || this.isSet(MESSAGE) || CONTENT.some((key) => this.isSet(key));
  }

  private get hasBody(): boolean {
    return isTruthy(this.batch.body.text(this.row), this.batch.bodyType.bytes[this.row]!);
  }

  private isSet(key: AttributeKey): boolean {
    const { attributes } = this.batch;
    const index = attributeIndex(this.batch, this.row, key);
    return index >= 0 && isTruthy(attributes.values.text(index), attributes.types.bytes[index]!);
  }

  /** The event as an object. A record that did not come as one gets its event name and level as fields. */
  get object(): Readonly<Record<string, unknown>> {
    return (this.event ??= this.makeObject());
  }

  private makeObject(): Readonly<Record<string, unknown>> {
    const { batch, row } = this;
    const attributes = attributesOfRow(batch.attributes, row);
    const body = batch.body.text(row);
    const event = eventOfLogRow({ attributes, body, bodyType: batch.bodyType.bytes[row]! });
    const { eventName } = this;
    const hasType = Object.hasOwn(event, "event_type") || Object.hasOwn(event, "type");
    if (eventName !== "" && !hasType) event["event_type"] = eventName;
    const { level } = this;
    const hasLevel = Object.hasOwn(event, "level") || Object.hasOwn(event, "severity");
    if (level !== undefined && !hasLevel) event["level"] = level;
    return event;
  }

  /** The event as JSON, written from the columns: much faster than by way of the object. */
  get text(): string {
    return (this.json ??= this.makeText());
  }

  private makeText(): string {
    const { batch, row } = this;
    const { keys, values, types, ends } = batch.attributes;
    const body = batch.body.text(row);
    const bodyType = batch.bodyType.bytes[row]!;
    const hasMessage = bodyType !== ATTRIBUTE_TYPES.empty;
    let [text, hasType, hasLevel] = ["{", false, false];
    for (let i = batch.attributes.start(row); i < ends.values[row]!; i++) {
      const key = this.keys.text(keys.numbers.values[i]!);
      if (hasMessage && key === MESSAGE.text) continue;
      hasType ||= key === EVENT_TYPE.text || key === TYPE.text;
      hasLevel ||= key === LEVEL.text || key === SEVERITY.text;
      text += `${JSON.stringify(key)}:${jsonOf(values.text(i), types.bytes[i]!)},`;
    }
    if (hasMessage) text += `"message":${jsonOf(body, bodyType)},`;
    const eventName = hasType ? "" : this.eventName;
    if (eventName !== "") text += `"event_type":${JSON.stringify(eventName)},`;
    const level = hasLevel ? undefined : this.level;
    if (level !== undefined) text += `"level":${JSON.stringify(level)},`;
    return text === "{" ? "{}" : `${text.slice(0, -1)}}`;
  }

  private get level(): string | undefined {
    return this.severityText || severityOf(this.severity);
  }
}

/** The texts of a dictionary, each made once. */
class TextsOfNumbers {
  private dictionary!: Dictionary;
  private texts: string[] = [];

  bind(dictionary: Dictionary): void {
    this.dictionary = dictionary;
    this.texts = [];
  }

  text(number: number): string {
    return (this.texts[number] ??= this.dictionary.text(number));
  }
}

/** Characters up to which any integer is below 2^53. */
const SAFE_DIGITS = 15;

/** A stored value as `JSON.stringify` has it. */
function jsonOf(text: string, type: number): string {
  switch (type) {
    case ATTRIBUTE_TYPES.string:
      return JSON.stringify(text);
    case ATTRIBUTE_TYPES.bool:
      return text;
    case ATTRIBUTE_TYPES.int:
      return text.length <= SAFE_DIGITS ? text : JSON.stringify(attributeValue(text, type));
    default:
      return JSON.stringify(attributeValue(text, type));
  }
}

/** What counts as something in JavaScript, which the rules of seed 003 were written in. */
function isTruthy(text: string, type: number): boolean {
  switch (type) {
    case ATTRIBUTE_TYPES.empty:
      return false;
    case ATTRIBUTE_TYPES.bool:
      return text === "true";
    case ATTRIBUTE_TYPES.int:
    case ATTRIBUTE_TYPES.double:
      return Number(text) !== 0 && text !== "NaN" && text !== "";
    default:
      return text !== "";
  }
}
