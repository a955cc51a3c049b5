import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTelemetryStore, type TelemetryStore } from "./testing/telemetry-store.ts";
import { readTrace } from "./trace.ts";

const T0 = 1_790_000_000_000_000_000n;
const TRACE = "0123456789abcdef0123456789abcdef";

let store: TelemetryStore;
beforeAll(async () => {
  store = await openTelemetryStore();
  await store.spans([
    {
      trace: TRACE,
      span: "00000000000000a2",
      parent: "00000000000000a1",
      service: "cart",
      name: "load",
      kind: "client",
      status: "error",
      startNs: T0 + 5n,
      durationNs: 1_500_001n,
      attributes: {
        text: "ü'\\`\n",
        whole: 7,
        big: 9_007_199_254_740_993n,
        ratio: 0.5,
        yes: true,
        list: [1, "a", ["b"]],
        nothing: null,
        "0": "first",
        __proto__x: "p",
      },
      scope: { name: "lib", version: "1.2", attributes: { a: 1 } },
      events: [{ name: "exception", startNs: T0 + 9n, attributes: { "exception.type": "Oops" } }],
      links: [{ trace: "f".repeat(32), span: "e".repeat(16), attributes: { reason: "retry" } }],
    },
    {
      trace: TRACE,
      span: "00000000000000a1",
      service: "web",
      name: "GET /",
      startNs: T0 + 5n,
      resource: { host: "h1" },
    },
    // A day later: another partition.
    {
      trace: TRACE,
      span: "00000000000000a3",
      parent: "00000000000000a1",
      service: "mail",
      name: "send",
      kind: "consumer",
      startNs: T0 + 86_400_000_000_000n,
    },
    { trace: "1".repeat(32), span: "00000000000000b1", startNs: T0 + 5n },
    { org: "other", trace: TRACE, span: "00000000000000c1", startNs: T0 },
  ]);
});
afterAll(() => store.close());

const TWIN = "3".repeat(32);

describe("readTrace", () => {
  it("gives each of the spans that share one id its own attributes and events", async () => {
    const startNs = T0 + 7n;
    const twin = { trace: TWIN, span: "00000000000000d1", service: "web", name: "call", startNs };
    await store.spans([
      { ...twin, kind: "client", attributes: { side: "client" } },
      { ...twin, kind: "server", attributes: { side: "server" }, events: [{ name: "e", startNs }] },
      { ...twin, kind: "server", name: "other", attributes: { side: "other" } },
    ]);
    const { spans } = await readTrace({ reader: store.reader, org: "default" }, TWIN);
    expect(spans).toHaveLength(3);
    for (const [kind, name, side, events] of [
      ["client", "call", "client", 0],
      ["server", "call", "server", 1],
      ["server", "other", "other", 0],
    ] as const) {
      const span = spans.find((one) => one.kind === kind && one.name === name);
      expect(span).toMatchObject({ attributes: { side } });
      expect(span?.events).toHaveLength(events);
    }
  });

  it("gives all spans by start, parents first, with everything that they have", async () => {
    const trace = await readTrace({ reader: store.reader, org: "default" }, TRACE);
    expect(trace).toMatchObject({ traceId: TRACE, truncated: false });
    expect(trace.spans.map(({ spanId }) => spanId)).toEqual([
      "00000000000000a1",
      "00000000000000a2",
      "00000000000000a3",
    ]);
    expect(trace.spans[0]).toMatchObject({
      parentSpanId: null,
      service: "web",
      resource: { "service.name": "web", host: "h1" },
    });
    expect(trace.spans[1]).toEqual({
      spanId: "00000000000000a2",
      parentSpanId: "00000000000000a1",
      name: "load",
      kind: "client",
      service: "cart",
      startTime: "2026-09-21T14:13:20.000000005Z",
      endTime: "2026-09-21T14:13:20.001500006Z",
      durationMs: 1.500001,
      status: { code: "error", message: "" },
      traceState: "",
      attributes: {
        "0": "first",
        __proto__x: "p",
        big: "9007199254740993",
        list: [1, "a", ["b"]],
        nothing: null,
        ratio: 0.5,
        text: "ü'\\`\n",
        whole: 7,
        yes: true,
      },
      resource: { "service.name": "cart" },
      scope: { name: "lib", version: "1.2", attributes: { a: 1 } },
      events: [
        {
          time: "2026-09-21T14:13:20.000000009Z",
          name: "exception",
          attributes: { "exception.type": "Oops" },
        },
      ],
      links: [
        {
          traceId: "f".repeat(32),
          spanId: "e".repeat(16),
          traceState: "",
          attributes: { reason: "retry" },
        },
      ],
      droppedAttributes: 0,
      droppedEvents: 0,
      droppedLinks: 0,
    });
  });

  it("reads only what the organization has", async () => {
    const trace = await readTrace({ reader: store.reader, org: "other" }, TRACE);
    expect(trace.spans.map(({ spanId }) => spanId)).toEqual(["00000000000000c1"]);
  });

  it("says when there is no such trace", async () => {
    await expect(
      readTrace({ reader: store.reader, org: "default" }, "2".repeat(32)),
    ).rejects.toMatchObject({ code: "not_found" });
  });
});
