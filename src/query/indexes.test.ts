import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Fragment, sql } from "#store/sql.ts";
import { logTimesStatement } from "./log-statements.ts";
import { parseTextQuery } from "./log-text.ts";
import { parseSearch } from "#core/search/parse-search.ts";
import type { SearchSignal } from "#core/search/search-node.ts";
import { searchConditions } from "./search/search-conditions.ts";
import { openTelemetryStore, type TelemetryStore } from "./testing/telemetry-store.ts";
import { candidatesStatement } from "./trace-search-statements.ts";
import { traceTimesStatement } from "./trace-times.ts";
import { traceStatements } from "./trace.ts";

const T0 = 1_790_000_000_000_000_000n;
const SECOND = 1_000_000_000n;
const RANGE = { fromNs: T0, toNs: T0 + 3_600n * SECOND };

let store: TelemetryStore;
beforeAll(async () => {
  store = await openTelemetryStore();
  await store.insert([
    // Ten minutes of spans: ten of a trace, twelve services, and an attribute whose values never repeat.
    sql`INSERT INTO spans (org, ts, duration_ns, trace_id, span_id, service, name, weight, attrs, attr_types, \`events.attrs\`, \`links.attrs\`)
SELECT 'default', fromUnixTimestamp64Nano(1790000000000000000 + number * 3000000), number % 1000 * 1000, reinterpret(sipHash128(intDiv(number, 10)), 'FixedString(16)'), reinterpret(sipHash64(number), 'FixedString(8)'),
  concat('service-', toString(number % 12)), concat('operation-', toString(number % 40)), 1, map('id', toString(number)), 's', [map('event', toString(number))], [map('link', toString(number))] FROM numbers(200000)`,
    sql`INSERT INTO logs (org, ts, observed_ts, service, severity, body, weight, attrs, attr_types)
SELECT 'default', fromUnixTimestamp64Nano(1790000000000000000 + number * 3000000), 0, concat('service-', toString(number % 12)), 9, concat('request word', toString(number), ' done'), 1, map('id', toString(number)), 's' FROM numbers(200000)`,
    sql`OPTIMIZE TABLE spans FINAL`,
    sql`OPTIMIZE TABLE logs FINAL`,
  ]);
}, 60_000);
afterAll(() => store.close());

/** Granules that are left after each step of the index analysis, over all reads of a table. */
async function granules(statement: Fragment): Promise<{ read: number; of: number }> {
  const text = await store.run(`EXPLAIN indexes = 1 ${statement.text} FORMAT TSVRaw`);
  const steps = [...text.matchAll(/Granules: (\d+)\/(\d+)/g)].map(
    ([, left, all]) => [Number(left), Number(all)] as const,
  );
  return {
    read: Math.min(...steps.map(([left]) => left)),
    of: Math.max(...steps.map(([, all]) => all)),
  };
}

const search = (conditions: object): Fragment =>
  candidatesStatement("default", RANGE, { matches: [], ...conditions }, 100);
const logSearch = (
  query: string,
  matches: { key: string; value: string; held: [] }[] = [],
): Fragment =>
  logTimesStatement("default", RANGE, { text: parseTextQuery(query), matches }, "desc", 51);
async function conditions(text: string, signal: SearchSignal) {
  const parsed = parseSearch(text, signal);
  if (!parsed.ok) throw new Error(parsed.errors[0]!.message);
  return searchConditions({ reader: store.reader, org: "default" }, RANGE, signal, parsed.search);
}
const idTrace = z.object({ trace: z.string() });

describe("the indexes of the tables", () => {
  it.each(["id", "event", "link"])(
    "are skipped by for a value of an attribute: %s",
    async (key) => {
      const { read, of } = await granules(search({ matches: [{ key, value: "77777", held: [] }] }));
      expect(of).toBeGreaterThan(20);
      // Each of the three filters takes one granule in a hundred for what it is not.
      expect(read).toBeLessThanOrEqual(4);
    },
  );

  it("are skipped by for a value of a log's attribute", async () => {
    const match = { key: "id", value: "77777", held: [] };
    const logs = await granules(logSearch("", [{ ...match, held: [] }]));
    expect(logs.read).toBeLessThanOrEqual(2);
  });

  it("are skipped by for a service, and for a time", async () => {
    const service = await granules(search({ service: "service-3" }));
    expect(service.read).toBeLessThan(service.of / 2);
    const soon = { fromNs: T0, toNs: T0 + 10n * SECOND };
    const time = await granules(candidatesStatement("default", soon, { matches: [] }, 100));
    expect(time.read).toBeLessThan(time.of * 0.6);
  });

  it("are skipped by for a word of a log", async () => {
    const { read } = await granules(logSearch("word77777"));
    expect(read).toBeLessThanOrEqual(2);
  });

  it.each([
    ["id:77777", 4],
    ["event:77777 status:unset", 4],
    ["id:77777 -service:x", 4],
    ["id:77777,88888", 8],
    ["id:77777 OR link:88888", 8],
    ["trace_id:4bf92f3577b34da6a3ce929d0e0e4736", 2],
  ])("are skipped by for a search of spans: %s", async (text, most) => {
    const { read } = await granules(search({ search: await conditions(text, "traces") }));
    expect(read).toBeLessThanOrEqual(most);
  });

  it.each([
    ["word77777", 2],
    ['"word77777 done" severity:info', 2],
    ["body:word77777", 2],
    ["id:77777", 2],
    ["word77777 OR id:88888", 2],
    ["word77777 -word88888", 2],
  ])("are skipped by for a search of log records: %s", async (text, most) => {
    const filter = {
      text: parseTextQuery(""),
      matches: [],
      search: await conditions(text, "logs"),
    };
    const { read } = await granules(logTimesStatement("default", RANGE, filter, "desc", 51));
    expect(read).toBeLessThanOrEqual(most);
  });

  it("are skipped by for a trace", async () => {
    const [row] = await store.reader.rows(
      sql`SELECT lower(hex(trace_id)) AS trace FROM spans LIMIT 1`,
      { schema: idTrace },
    );
    const { trace } = row!;
    const spans = await granules(traceStatements("default", trace, RANGE).spans);
    // Ten spans lie in ten places of the sort key.
    expect(spans.read).toBeLessThanOrEqual(10);
    const times = await granules(traceTimesStatement("default", [trace]));
    expect(times.read).toBeLessThanOrEqual(2);
  });

  it("give the newest rows without reading the others", async () => {
    const text = await store.run(`EXPLAIN ${logSearch("").text} FORMAT TSVRaw`);
    expect(text).toContain("InReverseOrder");
  });
});
