import type { OutlineAnswer } from "#api/contract/one-trace.ts";
import { SPAN_KINDS, SPAN_STATUSES, type SpanKind, type SpanStatus } from "#core/vocabulary.ts";
import { buildSpanTree, type SpanTree } from "./span-tree.ts";

/** A span as tests write it: what an outline has of it. */
export interface TestSpan {
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  readonly startMs: number;
  readonly durationMs: number;
  readonly events?: readonly { readonly name: string; readonly atMs: number }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** A span of the service `shop` whose name is its id, `startMs` after the start of the trace. */
export function testSpan(
  id: string,
  parent: string | null,
  startMs: number,
  more: Partial<TestSpan> & { readonly ms?: number } = {},
): TestSpan {
  const { ms = 1, ...rest } = more;
  return {
    spanId: id,
    parentSpanId: parent,
    service: "shop",
    name: id,
    kind: "internal",
    status: "unset",
    startMs,
    durationMs: ms,
    ...rest,
  };
}

/** The tree of spans in any order. */
export function testTree(spans: readonly TestSpan[]): SpanTree {
  return buildSpanTree(
    outlineOf({ traceId: "a".repeat(32), startTime: "2026-11-21T09:00:00.000000000Z", spans }),
  );
}

/** The outline that the server would give of spans in any order, whose starts count from `startTime`. */
export function outlineOf(trace: {
  readonly traceId: string;
  readonly startTime: string;
  readonly spans: readonly TestSpan[];
}): OutlineAnswer {
  const spans = trace.spans.toSorted((left, right) => left.startMs - right.startMs);
  const services = [...new Set(spans.map(({ service }) => service))];
  const names = [
    ...new Set(spans.flatMap(({ name, events = [] }) => [name, ...events.map((one) => one.name)])),
  ];
  const servicePlaces = placesOf(services);
  const namePlaces = placesOf(names);
  const places = placesOf(spans.map(({ spanId }) => spanId));
  const moments = spans.flatMap(({ events = [] }, span) =>
    events.map(({ name, atMs }) => ({ span, name: namePlaces.get(name)!, atMs })),
  );
  return {
    traceId: trace.traceId,
    startTime: trace.startTime,
    truncated: false,
    services,
    names,
    kinds: [...SPAN_KINDS],
    statuses: [...SPAN_STATUSES],
    spans: {
      spanId: spans.map(({ spanId }) => spanId),
      parent: spans.map(({ parentSpanId }, place) => {
        if (parentSpanId === null) return -1;
        const parent = places.get(parentSpanId);
        return parent === undefined || parent === place ? -2 : parent;
      }),
      service: spans.map(({ service }) => servicePlaces.get(service)!),
      name: spans.map(({ name }) => namePlaces.get(name)!),
      kind: spans.map(({ kind }) => SPAN_KINDS.indexOf(kind)),
      status: spans.map(({ status }) => SPAN_STATUSES.indexOf(status)),
      startMs: spans.map(({ startMs }) => startMs),
      durationMs: spans.map(({ durationMs }) => durationMs),
    },
    events: {
      span: moments.map(({ span }) => span),
      name: moments.map(({ name }) => name),
      atMs: moments.map(({ atMs }) => atMs),
    },
    links: spans.flatMap(({ links = [] }, span) => links.map((link) => ({ span, ...link }))),
  };
}

/** The first place of each text. */
function placesOf(texts: readonly string[]): Map<string, number> {
  const places = new Map<string, number>();
  for (const [place, text] of texts.entries()) if (!places.has(text)) places.set(text, place);
  return places;
}
