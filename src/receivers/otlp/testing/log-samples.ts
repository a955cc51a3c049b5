import fc from "fast-check";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { attributes, idHex, name, type Times, value } from "./otlp-samples.ts";
import type { RecordSample } from "./request-samples.ts";

/** When the samples arrive, in Unix milliseconds: the time of those that have none. */
export const ARRIVAL_MS = 1_750_000_000_123;
const ARRIVAL_NS = BigInt(ARRIVAL_MS) * 1_000_000n;

/** 0 is "unknown" in OTLP. */
const orUnknown = (times: Times): Times => fc.oneof(times, fc.constant(0n));
const fieldsAt = (times: Times) =>
  fc.record({
    time: orUnknown(times),
    observedTime: orUnknown(times),
    traceId: fc.oneof(fc.constant(""), idHex(16)),
    spanId: fc.oneof(fc.constant(""), idHex(8)),
    flags: fc.nat(2 ** 32 - 1),
    severity: fc.integer({ min: 0, max: 24 }),
    severityText: name,
    body: fc.option(value, { nil: undefined }),
    eventName: name,
    attributes,
    droppedAttributes: fc.nat(2 ** 32 - 1),
  });

/** A valid log record of one of `times`, or without a time. */
export const logRecordAt = (times: Times): fc.Arbitrary<RecordSample> =>
  fieldsAt(times).map((r) => ({
    json: {
      timeUnixNano: r.time,
      observedTimeUnixNano: r.observedTime,
      traceId: r.traceId,
      spanId: r.spanId,
      flags: r.flags,
      severityNumber: r.severity,
      severityText: r.severityText,
      body: r.body?.json,
      eventName: r.eventName,
      attributes: r.attributes.json,
      droppedAttributesCount: r.droppedAttributes,
    },
    rows: (origin) => ({
      logs: [
        {
          ...origin,
          time: r.time || r.observedTime || ARRIVAL_NS,
          observedTime: r.observedTime || ARRIVAL_NS,
          traceId: r.traceId || "0".repeat(32),
          spanId: r.spanId || "0".repeat(16),
          flags: r.flags,
          severity: r.severity,
          severityText: r.severityText,
          body: r.body?.value ?? "",
          bodyType: r.body?.type ?? ATTRIBUTE_TYPES.empty,
          eventName: r.eventName,
          weight: 1,
          attributes: r.attributes.kept,
          droppedAttributes: r.droppedAttributes,
        },
      ],
    }),
  }));
