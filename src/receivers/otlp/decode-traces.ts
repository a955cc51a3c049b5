import { Buffer } from "node:buffer";
import type { AttributesColumn } from "#core/columns.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import type { ByteWriter } from "#core/bytes.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { Rejections, type TimeWindow } from "#core/rejections.ts";
import { cutText } from "#core/utf8.ts";
import { samplingWeight } from "#core/sampling-weight.ts";
import { AttributeDecoder } from "./decode-attributes.ts";
import { allZero, GroupCache, walkGroups } from "./decode-groups.ts";
import { WireReader } from "#pipeline/intake/wire.ts";

const NO_BYTES = Buffer.alloc(0);

/** `Span`'s fields of opentelemetry/proto/trace/v1, as protobuf tags. */
const TRACE_ID = 0x0a;
const SPAN_ID = 0x12;
const TRACE_STATE = 0x1a;
const PARENT_SPAN_ID = 0x22;
const NAME = 0x2a;
const KIND = 0x30;
const START = 0x39;
const END = 0x41;
const ATTRIBUTES = 0x4a;
const DROPPED_ATTRIBUTES = 0x50;
const EVENTS = 0x5a;
const DROPPED_EVENTS = 0x60;
const LINKS = 0x6a;
const DROPPED_LINKS = 0x70;
const STATUS = 0x7a;
const FLAGS = 0x85;

/** Byte ranges of the repeated fields of one span, bounded; what is over is only counted. */
class RangeList {
  readonly at: Int32Array;
  length = 0;
  over = 0;

  constructor(entriesMax: number) {
    this.at = new Int32Array(entriesMax * 2);
  }

  reset(): void {
    this.length = 0;
    this.over = 0;
  }

  push(from: number, to: number): void {
    if (this.length === this.at.length) {
      this.over++;
      return;
    }
    this.at[this.length++] = from;
    this.at[this.length++] = to;
  }
}

/**
 * Decodes `ExportTraceServiceRequest` bytes straight into a {@link SpanBatch}: no object a span. A
 * malformed body throws `bad_payload`, and the batch is then to be reset by its owner; a span that
 * is well-formed but invalid is left out and counted, as partial success has it.
 */
export class TraceDecoder {
  private readonly reader = new WireReader(NO_BYTES);
  private readonly attributes = new AttributeDecoder(this.reader);
  private readonly cache = new GroupCache();
  private readonly attributeRanges = new RangeList(ROW_LIMITS.attributesMax);
  private readonly eventRanges = new RangeList(ROW_LIMITS.eventsMax);
  private readonly linkRanges = new RangeList(ROW_LIMITS.linksMax);
  private readonly inner = new RangeList(ROW_LIMITS.attributesMax);

  decode(body: Buffer, batch: SpanBatch, window: TimeWindow): Rejections {
    const rejections = new Rejections();
    let index = 0;
    this.reader.bytes = body;
    batch.sourceBytes = body.length;
    try {
      walkGroups(this.reader, this.cache, {
        record: (from, to) => {
          if (!rejections.isOver(index)) this.span(from, to, batch, window, rejections, index);
          index++;
        },
        endGroup: (resource, scope) => batch.groups.close(resource, scope, batch.rows),
      });
    } finally {
      this.reader.bytes = NO_BYTES;
    }
    return rejections;
  }

  /** One pass finds the fields, then they are judged, and only a valid span touches the columns. */
  private span(
    from: number,
    to: number,
    batch: SpanBatch,
    window: TimeWindow,
    rejections: Rejections,
    index: number,
  ): void {
    const reader = this.reader;
    const b = reader.bytes;
    const { attributeRanges, eventRanges, linkRanges } = this;
    attributeRanges.reset();
    eventRanges.reset();
    linkRanges.reset();
    let traceFrom = 0,
      traceTo = 0,
      spanFrom = 0,
      spanTo = 0,
      parentFrom = 0,
      parentTo = 0;
    let stateFrom = 0,
      stateTo = 0,
      nameFrom = 0,
      nameTo = 0,
      statusFrom = 0,
      statusTo = 0;
    let kind = 0,
      startAt = -1,
      endAt = -1,
      flags = 0;
    let droppedAttributes = 0,
      droppedEvents = 0,
      droppedLinks = 0;
    reader.position = from;
    while (reader.position < to) {
      const tag = b[reader.position]! < 128 ? b[reader.position++]! : reader.varint(to);
      switch (tag) {
        case START:
          startAt = reader.fixed(8, to);
          break;
        case END:
          endAt = reader.fixed(8, to);
          break;
        case KIND:
          kind = reader.varint(to);
          break;
        case DROPPED_ATTRIBUTES:
          droppedAttributes = reader.varint(to);
          break;
        case DROPPED_EVENTS:
          droppedEvents = reader.varint(to);
          break;
        case DROPPED_LINKS:
          droppedLinks = reader.varint(to);
          break;
        default: {
          if ((tag & 7) !== 2) {
            if (tag === FLAGS) flags = reader.u32(reader.fixed(4, to));
            else reader.skip(tag, to);
            break;
          }
          const end = reader.enter(to);
          const at = reader.position;
          switch (tag) {
            case ATTRIBUTES:
              attributeRanges.push(at, end);
              break;
            case EVENTS:
              eventRanges.push(at, end);
              break;
            case LINKS:
              linkRanges.push(at, end);
              break;
            case TRACE_ID:
              traceFrom = at;
              traceTo = end;
              break;
            case SPAN_ID:
              spanFrom = at;
              spanTo = end;
              break;
            case PARENT_SPAN_ID:
              parentFrom = at;
              parentTo = end;
              break;
            case TRACE_STATE:
              stateFrom = at;
              stateTo = end;
              break;
            case NAME:
              nameFrom = at;
              nameTo = end;
              break;
            case STATUS:
              statusFrom = at;
              statusTo = end;
              break;
          }
          reader.position = end;
        }
      }
    }
    if (traceTo - traceFrom !== 16 || allZero(b, traceFrom, traceTo)) {
      rejections.reject(
        `span ${index}: trace_id of ${traceTo - traceFrom} bytes, allowed: 16 bytes that are not all zero`,
      );
      return;
    }
    if (spanTo - spanFrom !== 8 || allZero(b, spanFrom, spanTo)) {
      rejections.reject(
        `span ${index}: span_id of ${spanTo - spanFrom} bytes, allowed: 8 bytes that are not all zero`,
      );
      return;
    }
    if (parentTo - parentFrom !== 8 && parentTo !== parentFrom) {
      rejections.reject(
        `span ${index}: parent_span_id of ${parentTo - parentFrom} bytes, allowed: none or 8`,
      );
      return;
    }
    const startMs = startAt < 0 ? 0 : reader.milliseconds(startAt);
    if (startMs === 0) {
      rejections.reject(`span ${index}: start_time_unix_nano is missing`);
      return;
    }
    if (rejections.outside(window, startMs, "span", index)) return;

    batch.rows++;
    batch.time.raw(b, startAt, startAt + 8);
    pushDuration(batch.duration, reader, startAt, endAt);
    batch.traceId.raw(b, traceFrom, traceTo);
    batch.spanId.raw(b, spanFrom, spanTo);
    if (parentTo === parentFrom) batch.parentSpanId.u64(0, 0);
    else batch.parentSpanId.raw(b, parentFrom, parentTo);
    batch.traceState.push(
      b,
      stateFrom,
      cutText(b, stateFrom, stateTo, ROW_LIMITS.traceStateBytesMax),
    );
    batch.weight.f32(
      stateTo === stateFrom ? 1 : samplingWeight(b.toString("latin1", stateFrom, stateTo)),
    );
    batch.name.push(b, nameFrom, cutText(b, nameFrom, nameTo, ROW_LIMITS.nameBytesMax));
    batch.kind.u8(kind > 5 ? 0 : kind);
    batch.flags.u32(flags);
    droppedAttributes += this.attributeRow(batch.attributes, attributeRanges);
    batch.droppedAttributes.u32(droppedAttributes);
    batch.droppedEvents.u32(droppedEvents + eventRanges.over);
    batch.droppedLinks.u32(droppedLinks + linkRanges.over);
    this.status(batch, statusFrom, statusTo);
    for (let i = 0; i < eventRanges.length; i += 2)
      this.event(batch, eventRanges.at[i]!, eventRanges.at[i + 1]!, startAt);
    batch.eventEnds.push(batch.events.name.rows);
    for (let i = 0; i < linkRanges.length; i += 2)
      this.link(batch, linkRanges.at[i]!, linkRanges.at[i + 1]!);
    batch.linkEnds.push(batch.links.traceState.rows);
  }

  /** Writes one row of attributes and returns how many were left out. */
  private attributeRow(column: AttributesColumn, ranges: RangeList): number {
    let left = ranges.over;
    for (let i = 0; i < ranges.length; i += 2)
      left += this.attributes.keyValue(column, ranges.at[i]!, ranges.at[i + 1]!);
    column.endRow();
    return left;
  }

  private status(batch: SpanBatch, from: number, to: number): void {
    const reader = this.reader;
    let code = 0;
    let messageFrom = 0;
    let messageTo = 0;
    reader.position = from;
    while (reader.position < to) {
      const tag = reader.varint(to);
      if (tag === 0x18) {
        code = reader.varint(to);
      } else if (tag === 0x12) {
        messageTo = reader.enter(to);
        messageFrom = reader.position;
        reader.position = messageTo;
      } else {
        reader.skip(tag, to);
      }
    }
    batch.status.u8(code > 2 ? 0 : code);
    const cut = cutText(reader.bytes, messageFrom, messageTo, ROW_LIMITS.statusMessageBytesMax);
    batch.statusMessage.push(reader.bytes, messageFrom, cut);
  }

  /** An event without a time of its own is given its span's start. */
  private event(batch: SpanBatch, from: number, to: number, spanStartAt: number): void {
    const reader = this.reader;
    const { events } = batch;
    this.inner.reset();
    let timeAt = spanStartAt;
    let nameFrom = 0;
    let nameTo = 0;
    reader.position = from;
    while (reader.position < to) {
      const tag = reader.varint(to);
      if (tag === 0x09) {
        const at = reader.fixed(8, to);
        if (reader.milliseconds(at) !== 0) timeAt = at;
      } else if (tag === 0x12) {
        nameTo = reader.enter(to);
        nameFrom = reader.position;
        reader.position = nameTo;
      } else if (tag === 0x1a) {
        const end = reader.enter(to);
        this.inner.push(reader.position, end);
        reader.position = end;
      } else {
        reader.skip(tag, to);
      }
    }
    events.time.raw(reader.bytes, timeAt, timeAt + 8);
    events.name.push(
      reader.bytes,
      nameFrom,
      cutText(reader.bytes, nameFrom, nameTo, ROW_LIMITS.nameBytesMax),
    );
    this.attributeRow(events.attributes, this.inner);
  }

  /** A link to nothing (an id of the wrong length) is kept with zero ids: its attributes may still tell. */
  private link(batch: SpanBatch, from: number, to: number): void {
    const reader = this.reader;
    const { links } = batch;
    this.inner.reset();
    const ranges = [0, 0, 0, 0, 0, 0];
    reader.position = from;
    while (reader.position < to) {
      const tag = reader.varint(to);
      const field = tag >>> 3;
      if ((tag & 7) !== 2 || field === 0 || field > 4) {
        reader.skip(tag, to);
        continue;
      }
      const end = reader.enter(to);
      if (tag === 0x22) {
        this.inner.push(reader.position, end);
      } else {
        ranges[field * 2 - 2] = reader.position;
        ranges[field * 2 - 1] = end;
      }
      reader.position = end;
    }
    pushId(links.traceId, reader.bytes, ranges[0]!, ranges[1]!, 16);
    pushId(links.spanId, reader.bytes, ranges[2]!, ranges[3]!, 8);
    links.traceState.push(
      reader.bytes,
      ranges[4]!,
      cutText(reader.bytes, ranges[4]!, ranges[5]!, ROW_LIMITS.traceStateBytesMax),
    );
    this.attributeRow(links.attributes, this.inner);
  }
}

/** Appends an id, or zeros where it does not have the length of one. */
export function pushId(
  into: ByteWriter,
  bytes: Buffer,
  from: number,
  to: number,
  length: 8 | 16,
): void {
  if (to - from === length) into.raw(bytes, from, to);
  else into.zeros(length);
}

/** End less start; 0 where the end is missing or before the start. */
function pushDuration(into: ByteWriter, reader: WireReader, startAt: number, endAt: number): void {
  if (endAt < 0) {
    into.u64(0, 0);
    return;
  }
  let low = reader.u32(endAt) - reader.u32(startAt);
  let high = reader.u32(endAt + 4) - reader.u32(startAt + 4);
  if (low < 0) {
    low += 4_294_967_296;
    high--;
  }
  if (high < 0) into.u64(0, 0);
  else into.u64(low >>> 0, high);
}
