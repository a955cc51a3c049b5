import fc from "fast-check";
import { attributes, idHex, name, type Times } from "./otlp-samples.ts";
import type { RecordSample } from "./request-samples.ts";

const link = fc.record({ traceId: idHex(16), spanId: idHex(8), traceState: name, attributes });

const fieldsAt = (time: Times) =>
  fc.record({
    traceId: idHex(16),
    spanId: idHex(8),
    parentSpanId: fc.oneof(fc.constant(""), idHex(8)),
    traceState: name,
    name,
    kind: fc.integer({ min: 0, max: 5 }),
    time,
    durationNs: fc.bigInt({ min: 0n, max: 10n ** 13n }),
    flags: fc.nat(2 ** 32 - 1),
    status: fc.integer({ min: 0, max: 2 }),
    statusMessage: name,
    attributes,
    events: fc.array(fc.record({ time, name, attributes }), { maxLength: 3 }),
    links: fc.array(link, { maxLength: 3 }),
    droppedAttributes: fc.nat(2 ** 32 - 1),
    droppedEvents: fc.nat(1000),
    droppedLinks: fc.nat(1000),
  });
type Fields = ReturnType<typeof fieldsAt> extends fc.Arbitrary<infer T> ? T : never;

function jsonOf(s: Fields): unknown {
  return {
    traceId: s.traceId,
    spanId: s.spanId,
    parentSpanId: s.parentSpanId,
    traceState: s.traceState,
    name: s.name,
    kind: s.kind,
    flags: s.flags,
    startTimeUnixNano: s.time,
    endTimeUnixNano: s.time + s.durationNs,
    status: { code: s.status, message: s.statusMessage },
    attributes: s.attributes.json,
    droppedAttributesCount: s.droppedAttributes,
    droppedEventsCount: s.droppedEvents,
    droppedLinksCount: s.droppedLinks,
    events: s.events.map((e) => ({
      timeUnixNano: e.time,
      name: e.name,
      attributes: e.attributes.json,
    })),
    links: s.links.map((l) => ({ ...l, attributes: l.attributes.json })),
  };
}

/** A valid span that starts at one of `times`. */
export const spanAt = (times: Times): fc.Arbitrary<RecordSample> =>
  fieldsAt(times).map((s) => ({
    json: jsonOf(s),
    rows: (origin) => ({
      spans: [
        {
          ...origin,
          ...s,
          weight: 1,
          attributes: s.attributes.kept,
          events: s.events.map((e) => ({ ...e, attributes: [...e.attributes.kept] })),
          links: s.links.map((l) => ({ ...l, attributes: [...l.attributes.kept] })),
        },
      ],
    }),
  }));
