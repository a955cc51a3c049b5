import type { Buffer } from "node:buffer";
import type { LogBuilder } from "#core/build/log-builder.ts";
import { SightglassError } from "#core/errors.ts";
import { logInputOfEvent } from "#core/event-record.ts";
import { REQUEST_LIMITS } from "#core/limits.ts";
import type { DoorLimits } from "#pipeline/intake/door.ts";
import { parseJson } from "#pipeline/intake/json-text.ts";

/** Errors told one by one; those after are only counted. */
const ERRORS_TOLD_MAX = 100;
const NEWLINE = 0x0a;

/** Why one event was not taken; `index` is its place in the array, or its line, from 0. */
interface EventError {
  readonly index: number;
  readonly message: string;
}

type EventObject = Readonly<Record<string, unknown>>;

/** What became of the events of a request. */
export interface EventOutcome {
  accepted: number;
  rejected: number;
  readonly errors: EventError[];
}

/**
 * Adds the events of a body to a batch. An event is a JSON object; its `service.name`, or else its
 * `service`, where that is text, says which service it is of.
 */
export class EventReader {
  readonly outcome: EventOutcome = { accepted: 0, rejected: 0, errors: [] };
  private readonly builder: LogBuilder;
  private readonly limits: DoorLimits;
  private readonly resource: Readonly<Record<string, string>>;
  private service: string | undefined;
  private hasGroup = false;

  constructor(builder: LogBuilder, limits: DoorLimits, resource: Readonly<Record<string, string>>) {
    this.builder = builder;
    this.limits = limits;
    this.resource = resource;
  }

  /** One object, or an array of them. @throws SightglassError `bad_payload` when it is not JSON, or `payload_too_large`. */
  json(body: Buffer): void {
    const value = parseJson(body, this.limits);
    const events: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (events.length > REQUEST_LIMITS.rowsMax) throw tooMany();
    events.forEach((event, index) => {
      this.event(event, index);
    });
  }

  /** An object a line (https://github.com/ndjson/ndjson-spec); empty lines are passed over. @throws SightglassError `payload_too_large` */
  lines(body: Buffer): void {
    let from = 0;
    for (let index = 0; from < body.length; index++) {
      const newline = body.indexOf(NEWLINE, from);
      const to = newline < 0 ? body.length : newline;
      this.line(body.subarray(from, to), index);
      from = to + 1;
    }
  }

  private line(line: Buffer, index: number): void {
    if (isBlank(line)) return;
    if (this.outcome.accepted + this.outcome.rejected === REQUEST_LIMITS.rowsMax) throw tooMany();
    let event: unknown;
    try {
      event = parseJson(line, this.limits);
    } catch (error) {
      if (!(error instanceof SightglassError)) throw error;
      this.refuse(index, error.message);
      return;
    }
    this.event(event, index);
  }

  private event(event: unknown, index: number): void {
    if (typeof event !== "object" || event === null || Array.isArray(event)) {
      this.refuse(index, `found ${event === null ? "null" : kindOf(event)}, allowed is an object`);
      return;
    }
    this.group(event as EventObject);
    if (this.builder.add(logInputOfEvent(event))) this.outcome.accepted++;
    else this.refuse(index, this.builder.rejections.last);
  }

  private group(event: EventObject): void {
    const given = ownText(event, "service.name") ?? ownText(event, "service");
    const service = given ?? this.resource["service.name"];
    if (this.hasGroup && service === this.service) return;
    this.hasGroup = true;
    this.service = service;
    const named = service === undefined ? {} : { "service.name": service };
    this.builder.group({ ...this.resource, ...named });
  }

  private refuse(index: number, message: string): void {
    this.outcome.rejected++;
    if (this.outcome.errors.length < ERRORS_TOLD_MAX) this.outcome.errors.push({ index, message });
  }
}

/** All of it is refused then, so that it can be sent again in smaller portions. */
function tooMany(): SightglassError {
  const message = `found more than ${REQUEST_LIMITS.rowsMax} events in one request`;
  return new SightglassError("payload_too_large", message);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}

function ownText(event: EventObject, key: string): string | undefined {
  const value = Object.hasOwn(event, key) ? event[key] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Blanks of JSON alone. */
function isBlank(line: Buffer): boolean {
  for (const byte of line) if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
  return true;
}
