import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { QUERY_LIMITS } from "#core/limits.ts";
import type { ReadOptions, StoreReader } from "#store/reader.ts";
import type { Fragment } from "#store/sql.ts";
import { readLinkedSpans } from "./linked-spans.ts";
import type { QueryContext } from "./query-context.ts";
import { openTelemetryStore, type TelemetryStore } from "./testing/telemetry-store.ts";
import { findInTrace } from "./trace-matches.ts";
import { readOutline } from "./trace-outline.ts";
import { readSpan, readTrace } from "./trace.ts";

const T0 = 1_790_000_000_000_000_000n;
const TRACE = "0123456789abcdef0123456789abcdef";
const SENT = "4".repeat(32);
const RECEIVED = "5".repeat(32);
const MS = 1_000_000n;

let store: TelemetryStore;
let context: QueryContext;
beforeAll(async () => {
  store = await openTelemetryStore();
  context = { reader: store.reader, org: "default" };
  const root = "00000000000000a1";
  await store.spans([
    {
      trace: TRACE,
      span: root,
      service: "web",
      name: "GET /",
      kind: "server",
      startNs: T0 + 5n,
      durationNs: 100n * MS,
      links: [
        { trace: SENT, span: "00000000000000e1" },
        { trace: "6".repeat(32), span: "00000000000000e9" },
      ],
    },
    {
      trace: TRACE,
      span: "00000000000000a2",
      parent: root,
      service: "cart",
      name: "load",
      kind: "client",
      status: "error",
      startNs: T0 + 5n + MS,
      durationNs: 1_500_001n,
      attributes: { "db.query.text": "SELECT * FROM Carts" },
      events: [
        { name: "exception", startNs: T0 + 5n + 2n * MS, attributes: { why: "Card declined" } },
      ],
    },
    // Both sides of a call have the same id: each has its own moments.
    {
      trace: TRACE,
      span: "00000000000000a2",
      parent: root,
      service: "store",
      name: "load",
      kind: "server",
      startNs: T0 + 5n + 2n * MS,
      events: [{ name: "cold", startNs: T0 + 5n + 3n * MS }],
    },
    {
      trace: TRACE,
      span: "00000000000000a4",
      parent: "00000000000000ff",
      service: "mail",
      name: "send",
      startNs: T0 + 5n + 4n * MS,
    },
    { trace: SENT, span: "00000000000000e1", service: "shop", name: "publish", startNs: T0 - MS },
    {
      trace: RECEIVED,
      span: "00000000000000d1",
      service: "billing",
      name: "process",
      kind: "consumer",
      status: "error",
      startNs: T0 + 3_600_000n * MS,
      durationNs: 7n * MS,
      links: [
        { trace: TRACE, span: root },
        { trace: SENT, span: "00000000000000e1" },
      ],
    },
    {
      org: "other",
      trace: "7".repeat(32),
      span: "00000000000000d2",
      startNs: T0 + 9n,
      links: [{ trace: TRACE, span: root }],
    },
  ]);
});
afterAll(() => store.close());

describe("the outline of a trace", () => {
  it("has a column for each field, with the places of names and parents", async () => {
    expect(await readOutline(context, TRACE)).toEqual({
      traceId: TRACE,
      startTime: "2026-09-21T14:13:20.000000005Z",
      truncated: false,
      services: ["web", "cart", "store", "mail"],
      names: ["GET /", "load", "send", "exception", "cold"],
      kinds: ["unspecified", "internal", "server", "client", "producer", "consumer"],
      statuses: ["unset", "ok", "error"],
      spans: {
        spanId: ["00000000000000a1", "00000000000000a2", "00000000000000a2", "00000000000000a4"],
        parent: [-1, 0, 0, -2],
        service: [0, 1, 2, 3],
        name: [0, 1, 1, 2],
        kind: [2, 3, 2, 2],
        status: [0, 2, 0, 0],
        startMs: [0, 1, 2, 4],
        durationMs: [100, 1.500001, expect.any(Number), expect.any(Number)],
      },
      events: { span: [1, 2], name: [3, 4], atMs: [2, 3] },
      links: [
        { span: 0, traceId: SENT, spanId: "00000000000000e1" },
        { span: 0, traceId: "6".repeat(32), spanId: "00000000000000e9" },
      ],
    });
  });

  it("says the same as the whole trace", async () => {
    const [outline, trace] = [await readOutline(context, TRACE), await readTrace(context, TRACE)];
    const { spans, services, names, kinds, statuses } = outline;
    expect(trace.spans.map(({ spanId }) => spanId)).toEqual(spans.spanId);
    for (const [place, span] of trace.spans.entries()) {
      expect({
        service: services[spans.service[place]!],
        name: names[spans.name[place]!],
        kind: kinds[spans.kind[place]!],
        code: statuses[spans.status[place]!],
        durationMs: spans.durationMs[place],
      }).toEqual({
        service: span.service,
        name: span.name,
        kind: span.kind,
        code: span.status.code,
        durationMs: span.durationMs,
      });
    }
  });

  it("looks at each span's moments once though a faulty sender gives all spans one id", async () => {
    const length = 2_000;
    const all = <T>(of: (n: number) => T): T[] => Array.from({ length }, (_, n) => of(n));
    const span = "00000000000000a1";
    const outline = {
      spans: span.repeat(length),
      parents: "0".repeat(16 * length),
      services: all(() => "web"),
      names: all(() => "GET /"),
      kinds: all(() => 1),
      statuses: all(() => 0),
      starts: all((n) => n),
      durations: all(() => 1),
    };
    let looks = 0;
    const moments = all((n) => ({
      span,
      kind: 1,
      get start() {
        looks++;
        return length - n - 1;
      },
      event_starts: [length - n - 1],
      event_names: ["cold"],
      link_traces: [],
      link_spans: [],
    }));
    const reader: StoreReader = {
      rows: <T>(statement: Fragment, options: ReadOptions<T>) => {
        if (statement.text.includes("event_starts"))
          return Promise.resolve(moments as unknown as T[]);
        if (statement.text.includes("groupArray(start)"))
          return Promise.resolve([options.schema.parse(outline)]);
        return store.reader.rows(statement, options);
      },
    };
    const { events } = await readOutline({ ...context, reader }, TRACE);
    expect(events.span).toEqual(all((n) => n));
    expect(looks).toBeLessThanOrEqual(length);
  });

  it("is of this organization's spans only", async () => {
    await expect(readOutline({ ...context, org: "other" }, TRACE)).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

describe("a span by its id", () => {
  it("comes with everything that it has, and with its twin", async () => {
    const { spans } = await readSpan(context, TRACE, "00000000000000a2");
    expect(spans.map(({ service }) => service)).toEqual(["cart", "store"]);
    expect(spans[0]?.attributes).toEqual({ "db.query.text": "SELECT * FROM Carts" });
    expect(spans.map(({ events }) => events[0]?.name)).toEqual(["exception", "cold"]);
  });

  it("is said not to be there", async () => {
    await expect(readSpan(context, TRACE, "00000000000000b9")).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

describe("linked spans", () => {
  it("are those that the trace links to, stored or not, and those that link to it", async () => {
    const linked = await readLinkedSpans(context, TRACE);
    expect(linked).toEqual({
      incoming: [
        {
          ofSpanId: "00000000000000a1",
          traceId: RECEIVED,
          spanId: "00000000000000d1",
          span: {
            service: "billing",
            name: "process",
            startTime: "2026-09-21T15:13:20.000000000Z",
            durationMs: 7,
            status: "error",
          },
        },
      ],
      outgoing: [
        {
          ofSpanId: "00000000000000a1",
          traceId: SENT,
          spanId: "00000000000000e1",
          span: expect.objectContaining({ service: "shop", name: "publish" }) as unknown,
        },
        {
          ofSpanId: "00000000000000a1",
          traceId: "6".repeat(32),
          spanId: "00000000000000e9",
          span: null,
        },
      ],
      searchedTo: "2026-09-22T14:13:20.004000005Z",
      truncated: false,
    });
  });

  it("are all there though many spans link to spans of their own trace first", async () => {
    const [trace, other] = ["7".repeat(32), "8".repeat(32)];
    const span = (n: number): string => n.toString(16).padStart(16, "0");
    const { linkedSpansMax } = QUERY_LIMITS;
    await store.spans(
      Array.from({ length: linkedSpansMax + 2 }, (_, n) => ({
        trace,
        span: span(n),
        startNs: T0 + BigInt(n),
        links: [{ trace: n > linkedSpansMax ? other : trace, span: span(1) }],
      })),
    );
    const { outgoing, truncated } = await readLinkedSpans(context, trace);
    expect([outgoing.map(({ traceId }) => traceId), truncated]).toEqual([[other], false]);
  });

  it("come from more than one trace", async () => {
    const { incoming } = await readLinkedSpans(context, SENT);
    expect(incoming.map(({ traceId }) => traceId)).toEqual([TRACE, RECEIVED]);
  });
});

describe("a text within a trace", () => {
  it.each([
    ["card DECLINED", ["00000000000000a2"]],
    ["from carts", ["00000000000000a2"]],
    ["db.query", ["00000000000000a2"]],
    ["cold", ["00000000000000a2"]],
    ["nothing of the kind", []],
    ["it's \\ '", []],
  ])("%s is found, whatever its case", async (text, spanIds) => {
    expect(await findInTrace(context, TRACE, text)).toEqual({ spanIds, truncated: false });
  });
});
