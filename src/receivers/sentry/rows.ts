import type { Buffer } from "node:buffer";
import type { LogBuilder } from "#core/build/log-builder.ts";
import type { SpanBuilder } from "#core/build/span-builder.ts";
import { SightglassError } from "#core/errors.ts";
import type { DoorLimits } from "#pipeline/intake/door.ts";
import {
  type Envelope,
  type EnvelopeItem,
  isObject,
  type JsonObject,
  listIn,
  objectOf,
} from "./envelope.ts";
import { recordOfEvent, recordOfLog } from "./event.ts";
import { resourceOfEvent, type Sender } from "./origin.ts";
import { spansOfTransaction, streamedSpan } from "./spans.ts";

const SCOPE = { name: "sentry" };
/** Logs or spans of one list, and spans of one transaction; SDKs send at most 1,000. */
const LIST_MAX = 10_000;

/** Makes rows of the items of an envelope. */
export class EnvelopeRows {
  private readonly logs: LogBuilder;
  private readonly spans: SpanBuilder;
  private readonly limits: DoorLimits;

  constructor(logs: LogBuilder, spans: SpanBuilder, limits: DoorLimits) {
    this.logs = logs;
    this.spans = spans;
    this.limits = limits;
  }

  /**
   * Adds what can be kept; gives the types of the items that were not. One bad item must not cost its
   * neighbours, since an SDK sends none of them again.
   */
  add(envelope: Envelope, sender: Sender, project: string): string[] {
    const notKept: string[] = [];
    for (const item of envelope.items) {
      try {
        if (!this.item(item, sender, project)) notKept.push(item.type);
      } catch (error) {
        if (!(error instanceof SightglassError || error instanceof RangeError)) throw error;
        notKept.push("unreadable");
      }
    }
    return notKept;
  }

  private item(item: EnvelopeItem, sender: Sender, project: string): boolean {
    const { payload } = item;
    switch (item.type) {
      case "event":
        this.event(this.object(payload), sender, project);
        return true;
      case "transaction":
        this.transaction(this.object(payload), sender);
        return true;
      case "log":
        this.each(payload, (log) => {
          const { resource, record } = recordOfLog(log, sender);
          this.logs.group(resource, SCOPE);
          this.logs.add(record);
        });
        return true;
      case "span":
        this.each(payload, (streamed) => {
          const { resource, span } = streamedSpan(streamed, sender);
          this.spans.group(resource, SCOPE);
          this.spans.add(span);
        });
        return true;
      default:
        return false;
    }
  }

  private event(event: JsonObject, sender: Sender, project: string): void {
    this.logs.group(resourceOfEvent(event, sender), SCOPE);
    this.logs.add(recordOfEvent(event, project));
  }

  private transaction(event: JsonObject, sender: Sender): void {
    if (listIn(event, "spans").length > LIST_MAX) throw tooMany();
    this.spans.group(resourceOfEvent(event, sender), SCOPE);
    for (const span of spansOfTransaction(event, sender)) this.spans.add(span);
  }

  /** The items of a list, or the one that is there without. */
  private each(payload: Buffer, take: (item: JsonObject) => void): void {
    const content = this.object(payload);
    const items = Array.isArray(content["items"]) ? listIn(content, "items") : [content];
    if (items.length > LIST_MAX) throw tooMany();
    for (const item of items) if (isObject(item)) take(item);
  }

  private object(payload: Buffer): JsonObject {
    return objectOf(payload, "item", this.limits);
  }
}

function tooMany(): SightglassError {
  return new SightglassError("payload_too_large", `found more than ${LIST_MAX} in one item`);
}
