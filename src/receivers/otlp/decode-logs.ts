import { Buffer } from "node:buffer";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { Rejections, type TimeWindow } from "#core/rejections.ts";
import { cutText } from "#core/utf8.ts";
import { AttributeDecoder } from "./decode-attributes.ts";
import { GroupCache, walkGroups } from "./decode-groups.ts";
import { pushId } from "./decode-traces.ts";
import { WireReader } from "#pipeline/intake/wire.ts";

const NO_BYTES = Buffer.alloc(0);

/** `LogRecord`'s fields of opentelemetry/proto/logs/v1, as protobuf tags. */
const TIME = 0x09;
const SEVERITY_NUMBER = 0x10;
const SEVERITY_TEXT = 0x1a;
const BODY = 0x2a;
const ATTRIBUTES = 0x32;
const DROPPED_ATTRIBUTES = 0x38;
const FLAGS = 0x45;
const TRACE_ID = 0x4a;
const SPAN_ID = 0x52;
const OBSERVED_TIME = 0x59;
const EVENT_NAME = 0x62;

/** Decodes `ExportLogsServiceRequest` bytes straight into a {@link LogBatch}; see `TraceDecoder`. */
export class LogDecoder {
  private readonly reader = new WireReader(NO_BYTES);
  private readonly attributes = new AttributeDecoder(this.reader);
  private readonly cache = new GroupCache();
  private readonly ranges = new Int32Array(ROW_LIMITS.attributesMax * 2);

  decode(body: Buffer, batch: LogBatch, window: TimeWindow, nowMs: number): Rejections {
    const rejections = new Rejections();
    let index = 0;
    this.reader.bytes = body;
    batch.sourceBytes = body.length;
    try {
      walkGroups(this.reader, this.cache, {
        record: (from, to) => {
          if (!rejections.isOver(index))
            this.log(from, to, batch, window, nowMs, rejections, index);
          index++;
        },
        endGroup: (resource, scope) => batch.groups.close(resource, scope, batch.rows),
      });
    } finally {
      this.reader.bytes = NO_BYTES;
    }
    return rejections;
  }

  private log(
    from: number,
    to: number,
    batch: LogBatch,
    window: TimeWindow,
    nowMs: number,
    rejections: Rejections,
    index: number,
  ): void {
    const reader = this.reader;
    const b = reader.bytes;
    const ranges = this.ranges;
    let rangeCount = 0,
      left = 0,
      droppedBySender = 0,
      timeAt = -1,
      observedAt = -1,
      flags = 0,
      severity = 0;
    let textFrom = 0,
      textTo = 0,
      bodyFrom = 0,
      bodyTo = 0,
      eventFrom = 0,
      eventTo = 0;
    let traceFrom = 0,
      traceTo = 0,
      spanFrom = 0,
      spanTo = 0;
    reader.position = from;
    while (reader.position < to) {
      const tag = b[reader.position]! < 128 ? b[reader.position++]! : reader.varint(to);
      switch (tag) {
        case TIME:
          timeAt = reader.fixed(8, to);
          break;
        case OBSERVED_TIME:
          observedAt = reader.fixed(8, to);
          break;
        case SEVERITY_NUMBER:
          severity = reader.varint(to);
          break;
        case DROPPED_ATTRIBUTES:
          droppedBySender = reader.varint(to);
          break;
        case FLAGS:
          flags = reader.u32(reader.fixed(4, to));
          break;
        default: {
          if ((tag & 7) !== 2) {
            reader.skip(tag, to);
            break;
          }
          const end = reader.enter(to);
          const at = reader.position;
          switch (tag) {
            case ATTRIBUTES:
              if (rangeCount === ranges.length) {
                left++;
              } else {
                ranges[rangeCount++] = at;
                ranges[rangeCount++] = end;
              }
              break;
            case BODY:
              bodyFrom = at;
              bodyTo = end;
              break;
            case SEVERITY_TEXT:
              textFrom = at;
              textTo = end;
              break;
            case EVENT_NAME:
              eventFrom = at;
              eventTo = end;
              break;
            case TRACE_ID:
              traceFrom = at;
              traceTo = end;
              break;
            case SPAN_ID:
              spanFrom = at;
              spanTo = end;
              break;
          }
          reader.position = end;
        }
      }
    }
    // Zero is "unknown" in OTLP; the observed time then stands in, and the time of arrival for both.
    if (timeAt >= 0 && reader.milliseconds(timeAt) === 0) timeAt = -1;
    if (observedAt >= 0 && reader.milliseconds(observedAt) === 0) observedAt = -1;
    if (timeAt < 0) timeAt = observedAt;
    if (timeAt >= 0 && rejections.outside(window, reader.milliseconds(timeAt), "log record", index))
      return;

    batch.rows++;
    if (timeAt < 0) pushMilliseconds(batch.time, nowMs);
    else batch.time.raw(b, timeAt, timeAt + 8);
    if (observedAt < 0) pushMilliseconds(batch.observedTime, nowMs);
    else batch.observedTime.raw(b, observedAt, observedAt + 8);
    pushId(batch.traceId, b, traceFrom, traceTo, 16);
    pushId(batch.spanId, b, spanFrom, spanTo, 8);
    batch.flags.u32(flags);
    batch.severity.u8(severity > 24 ? 0 : severity);
    batch.severityText.push(b, textFrom, cutText(b, textFrom, textTo, ROW_LIMITS.nameBytesMax));
    batch.bodyType.u8(
      bodyTo === bodyFrom
        ? emptyBody(batch)
        : this.attributes.anyValue(batch.body, bodyFrom, bodyTo, ROW_LIMITS.bodyBytesMax),
    );
    batch.eventName.push(b, eventFrom, cutText(b, eventFrom, eventTo, ROW_LIMITS.nameBytesMax));
    batch.weight.f32(1);
    for (let i = 0; i < rangeCount; i += 2)
      left += this.attributes.keyValue(batch.attributes, ranges[i]!, ranges[i + 1]!);
    batch.attributes.endRow();
    batch.droppedAttributes.u32(droppedBySender + left);
  }
}

function emptyBody(batch: LogBatch): number {
  batch.body.pushEmpty();
  return ATTRIBUTE_TYPES.empty;
}

function pushMilliseconds(into: LogBatch["time"], ms: number): void {
  const ns = BigInt(Math.trunc(ms)) * 1_000_000n;
  into.u64(Number(ns & 0xffffffffn), Number(ns >> 32n));
}
