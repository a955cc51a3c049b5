import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sql } from "#store/sql.ts";
import { openTelemetryStore, type TelemetryStore } from "../testing/telemetry-store.ts";
import { searchCompletions } from "./completions.ts";

const T0 = 1_790_000_000_000_000_000n;
const RANGE = { fromNs: T0, toNs: T0 + 3_600_000_000_000n };

let store: TelemetryStore;
beforeAll(async () => {
  store = await openTelemetryStore();
  await store.insert([
    sql`INSERT INTO attribute_catalogue (org, signal, level, hour, key, value, rows)
SELECT 'default', s, l, toStartOfHour(fromUnixTimestamp64Nano(1790000000000000000, 'UTC')), k, v, n FROM values('s String, l String, k String, v String, n UInt64',
  ('traces', 'resource', 'service.name', '', 90), ('traces', 'resource', 'service.name', 'cart', 60), ('traces', 'resource', 'service.name', 'checkout', 30),
  ('traces', 'record', 'http.route', '', 50), ('traces', 'record', 'http.route', '/cart', 40), ('traces', 'record', 'http.route', '/a b', 10),
  ('traces', 'record', 'odd key', '', 5), ('traces', 'record', 'status', '', 3), ('logs', 'record', 'order.id', '', 7))`,
  ]);
  await store.spans([
    {
      trace: "1".repeat(32),
      span: "1".repeat(16),
      startNs: T0,
      name: "GET /cart",
      scope: { name: "io.otel.http" },
    },
    { trace: "2".repeat(32), span: "2".repeat(16), startNs: T0, name: "charge" },
  ]);
});
afterAll(() => store.close());

/** What is offered at the bar of a search, and the search with the first of it. */
async function offered(text: string, signal: "traces" | "logs" = "traces") {
  const at = text.includes("|") ? text.indexOf("|") : text.length;
  const q = text.replace("|", "");
  const context = { reader: store.reader, org: "default" };
  const { replace, data } = await searchCompletions(context, RANGE, { signal, q, at });
  const [first] = data;
  const taken =
    first === undefined ? q : q.slice(0, replace.from) + first.insert + q.slice(replace.to);
  return { labels: data.map(({ label }) => label), taken, data };
}

describe("completions of a search", () => {
  it("offer the fields of the signal, then attributes, the most frequent first", async () => {
    const { labels } = await offered("");
    expect(labels.slice(0, 3)).toEqual(["service", "status", "duration"]);
    expect(labels.slice(-4)).toEqual(["service.name", "http.route", "odd key", "status"]);
    expect((await offered("", "logs")).labels).not.toContain("duration");
    expect((await offered("", "logs")).labels.at(-1)).toBe("order.id");
  });

  it.each([
    ["ser", "service:"],
    ["-ser", "-service:"],
    ["(stat", "(status:"],
    ["rout", "http.route:"],
    ["odd", '"odd key":'],
    ["level", "level"],
    ["a http.r| b", "a http.route: b"],
    ["service:", "service:cart"],
    ["service:ch", "service:checkout"],
    ["service:(cart OR c", "service:(cart OR cart"],
    ["service:(cart OR ch|)", "service:(cart OR checkout)"],
    ["service:cart,che", "service:cart,checkout"],
    ["status:", "status:error"],
    ["status:o", "status:ok"],
    ["duration:>2", "duration:>2ms"],
    ["duration:", "duration:>10ms"],
    ["operation:ch", "operation:charge"],
    ["operation:get", 'operation:"GET /cart"'],
    ["scope:otel", "scope:io.otel.http"],
    ["http.route:a", "http.route:/cart"],
    ['http.route:"/a', 'http.route:"/a b"'],
  ])("make of %s first of all %s", async (text, taken) => {
    expect((await offered(text)).taken).toBe(taken);
  });

  it("offer an attribute that is named like a field under its whole name", async () => {
    const { data } = await offered("status");
    expect(data.map(({ insert }) => insert)).toEqual(["status:", "attr.status:"]);
  });

  it("tell how many rows have a value", async () => {
    const { data } = await offered("service:c");
    expect(data.map(({ label, count }) => [label, count])).toEqual([
      ["cart", 60],
      ["checkout", 30],
    ]);
  });

  it("offer operators behind a field, and nothing in quotes", async () => {
    expect((await offered("http.route:")).labels).toEqual(["/cart", "/a b", ">=", "<", "*"]);
    expect((await offered("status:")).labels.at(-1)).toBe("*");
    expect((await offered('"card decl')).labels).toEqual([]);
  });
});
