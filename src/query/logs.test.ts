import { Buffer } from "node:buffer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import type { StoreReader } from "#store/reader.ts";
import { Cursors } from "./cursor.ts";
import { parseTextQuery } from "./log-text.ts";
import { type LogSearch, searchLogs } from "./logs.ts";
import {
  type LogInput,
  openTelemetryStore,
  type TelemetryStore,
} from "./testing/telemetry-store.ts";

const T0 = 1_790_000_000_000_000_000n;
const SECOND = 1_000_000_000n;
const HOUR = { fromNs: T0, toNs: T0 + 3_600n * SECOND };
const TRACE = "a".repeat(32);

let store: TelemetryStore;
beforeAll(async () => {
  store = await openTelemetryStore();
  await store.logs(LOGS);
});
afterAll(() => store.close());

const LOGS: LogInput[] = [
  {
    timeNs: T0 + 1n * SECOND,
    body: "Cart 17 of user-9 failed: connection to 10.0.0.1 refused",
    severity: 17,
    severityText: "ERR",
    service: "cart",
    trace: TRACE,
    span: "b".repeat(16),
    attributes: { "cart.id": 17 },
    resource: { host: "a" },
  },
  {
    timeNs: T0 + 2n * SECOND,
    body: "cart loaded",
    severity: 9,
    service: "cart",
    attributes: { "cart.id": 18 },
    resource: { host: "b" },
  },
  {
    timeNs: T0 + 3n * SECOND,
    body: { message: "Zahlung über 3 €", cart: 17 },
    severity: 13,
    service: "pay",
    eventName: "paid",
  },
  {
    timeNs: T0 + 4n * SECOND,
    body: "say \\ 'quoted' `x` 100%",
    severity: 0,
    severityText: "Warning",
    service: "pay",
  },
  { timeNs: T0 + 5n * SECOND, body: null, severity: 24 },
  {
    org: "other",
    timeNs: T0 + 6n * SECOND,
    body: "cart of another",
    severity: 17,
    service: "cart",
  },
];

const cursors = new Cursors(Buffer.alloc(32, 7));
const search = (
  conditions: Partial<LogSearch> = {},
  range = HOUR,
  org = "default",
): ReturnType<typeof searchLogs> =>
  searchLogs({ reader: store.reader, org, cursors }, range, {
    attributes: [],
    order: "desc",
    limit: 50,
    ...conditions,
  });

/** The seconds of the records that are found. */
async function found(conditions: Partial<LogSearch>, range = HOUR): Promise<number[]> {
  const { data } = await search(conditions, range);
  return data.map(
    ({ time }) => Number(BigInt(Date.parse(time.slice(0, 19) + "Z")) - T0 / 1_000_000n) / 1_000,
  );
}

describe("a log search", () => {
  it("gives whole records, the newest first", async () => {
    const { data, nextCursor } = await search();
    expect(nextCursor).toBeNull();
    expect(data).toHaveLength(5);
    expect(data.at(-1)).toEqual({
      id: expect.stringMatching(/^1790000001000000000-[0-9a-f]{16}$/) as string,
      time: "2026-09-21T14:13:21.000000000Z",
      observedTime: "2026-09-21T14:13:21.000000001Z",
      service: "cart",
      severity: "error",
      severityNumber: 17,
      severityText: "ERR",
      body: "Cart 17 of user-9 failed: connection to 10.0.0.1 refused",
      eventName: "",
      traceId: TRACE,
      spanId: "b".repeat(16),
      attributes: { "cart.id": 17 },
      resource: { "service.name": "cart", host: "a" },
      scope: { name: "", version: "", attributes: {} },
    });
    expect(data.map(({ severity }) => severity)).toEqual([
      "fatal",
      "warn",
      "warn",
      "info",
      "error",
    ]);
    expect(data[0]).toMatchObject({ body: null, traceId: null, spanId: null });
    expect(data[2]!.body).toEqual({ message: "Zahlung über 3 €", cart: 17 });
  });

  it.each<[string, Partial<LogSearch>, number[]]>([
    ["service", { service: "cart" }, [2, 1]],
    ["least severity", { severity: 13 }, [5, 3, 1]],
    ["trace", { traceId: TRACE }, [1]],
    ["record attribute", { attributes: [{ key: "cart.id", value: "17" }] }, [1]],
    ["resource attribute", { attributes: [{ key: "host", value: "b" }] }, [2]],
    [
      "two attributes",
      {
        attributes: [
          { key: "host", value: "a" },
          { key: "cart.id", value: "18" },
        ],
      },
      [],
    ],
    ["order", { order: "asc" }, [1, 2, 3, 4, 5]],
  ])("selects by %s", async (_, conditions, expected) => {
    expect(await found(conditions)).toEqual(expected);
  });

  it.each<[string, number[]]>([
    ["cart", [3, 2, 1]],
    ["CART failed", [1]],
    ["car", []],
    ['"of user"', [1]],
    ['"user of"', []],
    ["user-9", [1]],
    ["user-8", []],
    ["10.0.0.1", [1]],
    ["10.0.1.0", []],
    ["über", [3]],
    ["€", [3]],
    ["'quoted' `x`", [4]],
    ["100%", [4]],
    ["\\", [4]],
    ["!!", []],
    ['"', [5, 4, 3, 2, 1]],
  ])("finds the text %j", async (query, expected) => {
    expect(await found({ query })).toEqual(expected);
  });

  it("never sees another organization", async () => {
    const { data } = await search({ query: "cart" }, HOUR, "other");
    expect(data.map(({ body }) => body)).toEqual(["cart of another"]);
  });
});

describe("pages of a log search", () => {
  const LATER = { fromNs: T0 + 10_000n * SECOND, toNs: T0 + 20_000n * SECOND };

  beforeAll(async () => {
    // Many of one time, and some that are equal in everything.
    const logs: LogInput[] = Array.from({ length: 40 }, (_, n) => ({
      org: "pages",
      timeNs: LATER.fromNs + BigInt(Math.floor(n / 15)) * 400n * SECOND,
      body: n % 4 === 0 ? "the same" : `record ${n}`,
    }));
    await store.logs(logs);
  });

  it.each([
    [1, "desc"],
    [1, "asc"],
    [3, "desc"],
    [7, "asc"],
    [40, "desc"],
    [41, "desc"],
  ] as const)("give each record once at %i a page, %s", async (limit, order) => {
    const bodies: unknown[] = [];
    const times: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await search({ limit, order, cursor }, LATER, "pages");
      bodies.push(...page.data.map(({ body }) => body));
      times.push(...page.data.map(({ time }) => time));
      expect(page.data.length).toBeLessThanOrEqual(limit);
      expect(page.data.length).toBeGreaterThan(0);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(bodies).toHaveLength(40);
    expect(bodies.filter((body) => body === "the same")).toHaveLength(10);
    expect(new Set(bodies).size).toBe(31);
    expect(times).toEqual(order === "asc" ? times.toSorted() : times.toSorted().toReversed());
  });
});

describe("a page of records that are too large to be read at once", () => {
  const reader = (rowsMax: number): StoreReader => ({
    rows: async (statement, options) => {
      const rows = await store.reader.rows(statement, options);
      if (rows.length > rowsMax) throw new SightglassError("result_too_large", "too much");
      return rows;
    },
  });
  const asked: LogSearch = { attributes: [], order: "asc", limit: 1_000 };

  it("has fewer, and the next one goes on behind them", async () => {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const context = { reader: reader(3), org: "default", cursors };
      const page = await searchLogs(context, HOUR, { ...asked, cursor });
      expect(page.data.length).toBeGreaterThan(0);
      found.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(found).toEqual((await search({ order: "asc" })).data.map(({ id }) => id));
  });

  it("says so where even one is", async () => {
    const context = { reader: reader(1), org: "default", cursors };
    await expect(searchLogs(context, HOUR, asked)).rejects.toThrow("too much");
  });
});

describe("parseTextQuery", () => {
  it.each([
    ["", [], []],
    ["Two words", ["two", "words"], []],
    ['say "hello World" now', ["say", "hello", "world", "now"], ["hello world"]],
    ["a-b c", ["a", "b", "c"], ["a-b"]],
    ['"open end', ["open", "end"], ["open end"]],
    ["ÄB", ["Äb"], []],
    ["…", ["…"], []],
    ["--", [], ["--"]],
  ])("reads %j", (text, words, phrases) => {
    expect(parseTextQuery(text)).toEqual({ words, phrases });
  });
});
