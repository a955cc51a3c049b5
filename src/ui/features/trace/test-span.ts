import type { Span } from "#api/contract/traces.ts";

/** A span of the service `shop` whose name is its id, `startMs` after the hour. */
export function testSpan(
  id: string,
  parent: string | null,
  startMs: number,
  { ms = 1, status = "unset" }: { ms?: number; status?: Span["status"]["code"] } = {},
): Span {
  const hour = Date.parse("2026-11-21T09:00:00Z");
  return {
    spanId: id,
    parentSpanId: parent,
    name: id,
    kind: "internal",
    service: "shop",
    startTime: new Date(hour + startMs).toISOString(),
    endTime: new Date(hour + startMs + ms).toISOString(),
    durationMs: ms,
    status: { code: status, message: "" },
    traceState: "",
    attributes: {},
    resource: {},
    scope: { name: "", version: "", attributes: {} },
    events: [],
    links: [],
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
  };
}
