import {
  type Attribute,
  ATTRIBUTE_TYPES,
  type AttributeValue,
  attributeValue,
  type Resource,
  type Scope,
} from "#core/attributes.ts";
import { LIVE_LIMITS } from "#core/limits.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { logRow, spanRow, type SpanRow } from "#core/row-views.ts";
import { effectiveSeverity } from "#core/search/search-values.ts";
import { formatTime, millisecondsOf } from "#core/time.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { severityOf, SPAN_KINDS, SPAN_STATUSES } from "#core/vocabulary.ts";

/** Texts of a row that is too large at first are cut to this, so that the rest of it can be shown. */
const SHORT_CHARACTERS = 256;

type Values = Record<string, AttributeValue>;

/** Cuts texts, and remembers whether there was one to be cut. */
class Cutter {
  isCut = false;
  private readonly charactersMax: number;

  constructor(charactersMax: number) {
    this.charactersMax = charactersMax;
  }

  text(text: string): string {
    if (text.length <= this.charactersMax) return text;
    this.isCut = true;
    return text.slice(0, this.charactersMax).toWellFormed();
  }

  /** What is cut is text, whatever it was. */
  value(text: string, type: number): AttributeValue {
    const short = this.text(text);
    return attributeValue(short, short.length < text.length ? ATTRIBUTE_TYPES.string : type);
  }

  values(attributes: readonly Attribute[]): Values {
    return Object.fromEntries(
      attributes.map(({ key, value, type }) => [key, this.value(value, type)]),
    );
  }
}

/**
 * A row of a batch as the JSON text of what the API's lists answer for it once it is stored, in an object
 * with its signal. Long texts are cut so that it has at most {@link LIVE_LIMITS.rowBytesMax} characters.
 */
export function liveRowJson(batch: LogBatch | SpanBatch, row: number): string {
  let json = "";
  for (const charactersMax of [LIVE_LIMITS.textCharactersMax, SHORT_CHARACTERS, 0]) {
    const cutter = new Cutter(charactersMax);
    // Where even short texts are too many, the row has none but its name.
    const own = charactersMax === 0 ? bareRow(batch, row) : ownFields(batch, row, cutter);
    const { resource, scope } = originOf(batch, row, cutter);
    const isCut = cutter.isCut || charactersMax === 0;
    const fields = JSON.stringify(own).slice(0, -1);
    json = `{"signal":"${batch.signal}",${isCut ? '"isCut":true,' : ""}"row":${fields},"resource":${resource},"scope":${scope}}}`;
    if (json.length <= LIVE_LIMITS.rowBytesMax) break;
  }
  return json;
}

function ownFields(batch: LogBatch | SpanBatch, row: number, cutter: Cutter): object {
  return batch.signal === "logs" ? logFields(batch, row, cutter) : spanFields(batch, row, cutter);
}

function bareRow(batch: LogBatch | SpanBatch, row: number): object {
  const cutter = new Cutter(SHORT_CHARACTERS);
  const own = ownFields(batch, row, cutter);
  return { ...own, attributes: {}, ...(batch.signal === "logs" ? {} : { events: [], links: [] }) };
}

function logFields(batch: LogBatch, row: number, cutter: Cutter): object {
  const log = logRow(batch, row);
  const level = severityOf(effectiveSeverity(log.severity, log.severityText));
  return {
    time: formatTime(log.time),
    observedTime: log.observedTime === 0n ? null : formatTime(log.observedTime),
    service: log.resource.service,
    severity: level ?? "unspecified",
    severityNumber: log.severity,
    severityText: cutter.text(log.severityText),
    body: cutter.value(log.body, log.bodyType === 0 ? ATTRIBUTE_TYPES.empty : log.bodyType),
    eventName: cutter.text(log.eventName),
    traceId: idOrNull(log.traceId),
    spanId: idOrNull(log.spanId),
    attributes: cutter.values(log.attributes),
  };
}

function spanFields(batch: SpanBatch, row: number, cutter: Cutter): object {
  const span = spanRow(batch, row);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId === "" ? null : span.parentSpanId,
    name: cutter.text(span.name),
    kind: SPAN_KINDS[span.kind] ?? "unspecified",
    service: span.resource.service,
    startTime: formatTime(span.time),
    endTime: formatTime(span.time + span.durationNs),
    durationMs: millisecondsOf(span.durationNs),
    status: {
      code: SPAN_STATUSES[span.status] ?? "unset",
      message: cutter.text(span.statusMessage),
    },
    traceState: cutter.text(span.traceState),
    attributes: cutter.values(span.attributes),
    ...nestedOf(span, cutter),
    droppedAttributes: span.droppedAttributes,
    droppedEvents: span.droppedEvents,
    droppedLinks: span.droppedLinks,
  };
}

function nestedOf({ events, links }: SpanRow, cutter: Cutter): object {
  return {
    events: events.map(({ time, name, attributes }) => ({
      time: formatTime(time),
      name: cutter.text(name),
      attributes: cutter.values(attributes),
    })),
    links: links.map(({ traceId, spanId, traceState, attributes }) => ({
      traceId,
      spanId,
      traceState: cutter.text(traceState),
      attributes: cutter.values(attributes),
    })),
  };
}

function idOrNull(id: string): string | null {
  return /^0*$/.test(id) ? null : id;
}

interface OriginText {
  readonly json: string;
  readonly isCut: boolean;
}

const RESOURCES = new WeakMap<Resource, OriginText>();
const SCOPES = new WeakMap<Scope, OriginText>();
/** Of a resource's or scope's attributes as JSON; one that has more is shown without them. */
const ORIGIN_CHARACTERS_MAX = 16_384;

/** Made once for each resource and scope: thousands of rows share them. */
function originOf(
  { groups }: LogBatch | SpanBatch,
  row: number,
  cutter: Cutter,
): { resource: string; scope: string } {
  const group = groups.groupOf(row);
  const resource = remembered(RESOURCES, groups.resources[group]!, ({ attributes }, own) =>
    JSON.stringify(own.values(attributes)),
  );
  const scope = remembered(SCOPES, groups.scopes[group]!, ({ name, version, attributes }, own) =>
    JSON.stringify({
      name: own.text(name),
      version: own.text(version),
      attributes: own.values(attributes),
    }),
  );
  if (resource.isCut || scope.isCut) cutter.isCut = true;
  return { resource: resource.json, scope: scope.json };
}

function remembered<T extends Resource | Scope>(
  texts: WeakMap<T, OriginText>,
  origin: T,
  make: (origin: T, cutter: Cutter) => string,
): OriginText {
  let text = texts.get(origin);
  if (text === undefined) {
    const cutter = new Cutter(SHORT_CHARACTERS * 4);
    const json = make(origin, cutter);
    const isTooLong = json.length > ORIGIN_CHARACTERS_MAX;
    text = { json: isTooLong ? emptyOf(origin) : json, isCut: cutter.isCut || isTooLong };
    texts.set(origin, text);
  }
  return text;
}

function emptyOf(origin: Resource | Scope): string {
  if (!("version" in origin)) return "{}";
  return JSON.stringify({
    name: origin.name.slice(0, SHORT_CHARACTERS),
    version: "",
    attributes: {},
  });
}
