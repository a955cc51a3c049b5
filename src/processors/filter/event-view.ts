import { ATTRIBUTE_TYPES, attributesOfRow } from "#core/attributes.ts";
import { eventOfLogRow } from "#core/event-record.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { AttributeKey, attributeIndex, attributeText, attributeType } from "#core/row-access.ts";
import { severityOf } from "#core/vocabulary.ts";

const EVENT_TYPE = new AttributeKey("event_type");
const TYPE = new AttributeKey("type");
const LEVEL = new AttributeKey("level");
const SEVERITY = new AttributeKey("severity");
const TIMESTAMP = new AttributeKey("timestamp");

/** What only JSON events have as attributes. */
const MARKS = [EVENT_TYPE, TYPE, LEVEL, SEVERITY, TIMESTAMP];

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

  open(batch: LogBatch, row: number): void {
    this.batch = batch;
    this.row = row;
    this.event = undefined;
    this.json = undefined;
  }

  /** `event_type`, else `type`, else the event name; empty without any. */
  get type(): string {
    const { batch, row } = this;
    return this.textField(EVENT_TYPE) || this.textField(TYPE) || batch.eventName.text(row);
  }

  private textField(key: AttributeKey): string {
    const { batch, row } = this;
    const isText = attributeType(batch, row, key) === ATTRIBUTE_TYPES.string;
    return isText ? (attributeText(batch, row, key) ?? "") : "";
  }

  get severity(): number {
    return this.batch.severity.bytes[this.row]!;
  }

  get severityText(): string {
    return this.batch.severityText.text(this.row);
  }

  /** Whether it came as a JSON event, as far as the record shows it. */
  get isJsonEvent(): boolean {
    const { batch, row } = this;
    if (MARKS.some((key) => attributeIndex(batch, row, key) >= 0)) return true;
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
    const eventName = batch.eventName.text(row);
    if (eventName !== "" && this.type === eventName && !Object.hasOwn(event, "type"))
      event["event_type"] ??= eventName;
    const level = this.severityText || severityOf(this.severity);
    if (level !== undefined && !Object.hasOwn(event, "severity")) event["level"] ??= level;
    return event;
  }

  get text(): string {
    return (this.json ??= JSON.stringify(this.object));
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
