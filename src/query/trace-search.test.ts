import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Buffer } from "node:buffer";
import { parseSearch } from "#core/search/parse-search.ts";
import { Cursors } from "./cursor.ts";
import { SearchPaces } from "./search-paces.ts";
import {
  openTelemetryStore,
  type SpanInput,
  type TelemetryStore,
} from "./testing/telemetry-store.ts";
import type { StoreReader } from "#store/reader.ts";
import { searchTraces, type TraceSearch } from "./trace-search.ts";

const T0 = 1_790_000_000_000_000_000n;
const SECOND = 1_000_000_000n;
const HOUR = { fromNs: T0, toNs: T0 + 3_600n * SECOND };

const id = (n: number): string => n.toString(16).padStart(32, "0");
const spanId = (n: number): string => n.toString(16).padStart(16, "0");

let store: TelemetryStore;
beforeAll(async () => {
  store = await openTelemetryStore();
});
afterAll(() => store.close());

const cursors = new Cursors(Buffer.alloc(32, 7));
// As of a server, which is asked many things: what it learns must never change an answer.
const paces = new SearchPaces();
const search = (
  conditions: Partial<TraceSearch> = {},
  range = HOUR,
  org = "default",
): ReturnType<typeof searchTraces> =>
  searchTraces({ reader: store.reader, org, cursors, paces }, range, {
    attributes: [],
    limit: 50,
    ...conditions,
  });

/** The trace numbers of a search, in order. */
async function found(conditions: Partial<TraceSearch>, range = HOUR): Promise<number[]> {
  const { data } = await search(conditions, range);
  return data.map(({ traceId }) => Number.parseInt(traceId, 16));
}

describe("a trace search", () => {
  beforeAll(async () => {
    const spans: SpanInput[] = [
      {
        trace: id(1),
        span: spanId(1),
        service: "web",
        name: "GET /",
        startNs: T0 + 10n * SECOND,
        durationNs: 900_000_000n,
        attributes: { "http.status_code": 200 },
      },
      {
        trace: id(1),
        span: spanId(2),
        parent: spanId(1),
        service: "cart",
        name: "load",
        kind: "server",
        status: "error",
        startNs: T0 + 10n * SECOND + 5n,
        durationNs: 2n * SECOND,
        attributes: { "db.system": "pg" },
        resource: { host: "a" },
      },
      {
        trace: id(2),
        span: spanId(3),
        service: "web",
        name: "GET /",
        startNs: T0 + 20n * SECOND,
        durationNs: 50_000_000n,
        attributes: { "http.status_code": 500, ratio: 72.5, ok: true },
        events: [{ name: "exception", attributes: { "exception.type": "Oops" } }],
      },
      {
        trace: id(3),
        span: spanId(4),
        service: "job",
        name: "run",
        kind: "internal",
        startNs: T0 + 30n * SECOND,
        scope: { name: "lib", version: "1", attributes: { lane: "fast" } },
        links: [{ trace: id(1), span: spanId(1), attributes: { reason: "retry" } }],
        resource: { host: "b" },
      },
      {
        org: "other",
        trace: id(4),
        span: spanId(5),
        service: "web",
        name: "GET /",
        startNs: T0 + 40n * SECOND,
        attributes: { "http.status_code": 200 },
      },
    ];
    await store.spans(spans);
  });

  it("gives the latest start first, with the figures of whole traces", async () => {
    const { data, nextCursor } = await search();
    expect(nextCursor).toBeNull();
    expect(data.map(({ traceId }) => traceId)).toEqual([id(3), id(2), id(1)]);
    expect(data[2]).toEqual({
      traceId: id(1),
      rootService: "web",
      rootOperation: "GET /",
      startTime: "2026-09-21T14:13:30.000000000Z",
      durationMs: 2000.000005,
      spanCount: 2,
      errorCount: 1,
      services: ["cart", "web"],
    });
  });

  it.each<[string, Partial<TraceSearch>, number[]]>([
    ["service", { service: "web" }, [2, 1]],
    ["operation", { operation: "load" }, [1]],
    ["status", { status: "error" }, [1]],
    ["least duration", { minDurationNs: 900_000_000n }, [1]],
    ["greatest duration", { maxDurationNs: 50_000_000n }, [3, 2]],
    ["one span for all conditions", { service: "web", minDurationNs: SECOND }, []],
  ])("selects by %s", async (_, conditions, expected) => {
    expect(await found(conditions)).toEqual(expected);
  });

  it.each<[string, string, string, number[]]>([
    ["an integer attribute as text", "http.status_code", "200", [1]],
    ["a double", "ratio", "72.5", [2]],
    ["a boolean", "ok", "true", [2]],
    ["an event attribute", "exception.type", "Oops", [2]],
    ["a link attribute", "reason", "retry", [3]],
    ["a scope attribute", "lane", "fast", [3]],
    ["a resource attribute", "host", "a", [1]],
    ["the service as a resource attribute", "service.name", "web", [2, 1]],
    ["a pattern", "exception.type", "Oo.*", [2]],
    ["a pattern of a resource", "host", ".*", [3, 1]],
    ["nothing for another value", "host", "c", []],
    ["nothing for the empty value of an absent key", "absent", "", []],
    ["percent signs as themselves", "exception.type", "O%", []],
  ])("finds by %s", async (_, key, value, expected) => {
    expect(await found({ attributes: [{ key, value }] })).toEqual(expected);
  });

  it("wants all attributes of one span, wherever each stands", async () => {
    const attributes = [
      { key: "db.system", value: "pg" },
      { key: "host", value: "a" },
    ];
    expect(await found({ attributes })).toEqual([1]);
    expect(
      await found({ attributes: [...attributes, { key: "http.status_code", value: "200" }] }),
    ).toEqual([]);
  });

  it("keeps to the time range, ends included", async () => {
    const at = T0 + 20n * SECOND;
    expect(await found({}, { fromNs: at, toNs: at })).toEqual([2]);
    expect(await found({}, { fromNs: at + 1n, toNs: at + 2n })).toEqual([]);
  });

  it("never sees another organization", async () => {
    const { data } = await search({}, HOUR, "other");
    expect(data.map(({ traceId }) => traceId)).toEqual([id(4)]);
  });
});

describe("a search like one before", () => {
  const org = "again";
  const SLOW = { minDurationNs: SECOND, limit: 10 };

  beforeAll(async () => {
    const spans: SpanInput[] = [];
    for (let n = 0; n < 60; n++)
      spans.push({
        org,
        trace: id(n),
        span: spanId(n),
        startNs: T0 + BigInt(n) * 60n * SECOND,
        durationNs: n % 2 === 0 ? 2n * SECOND : 5n,
      });
    await store.spans(spans);
  });

  /** How often the store is asked, and the numbers of the traces that are found. */
  const asked = async (learned: SearchPaces, conditions: Partial<TraceSearch>) => {
    let statements = 0;
    const reader: StoreReader = {
      ...store.reader,
      rows: (statement, options) => {
        statements++;
        return store.reader.rows(statement, options);
      },
    };
    const context = { reader, org, cursors, paces: learned };
    const { data } = await searchTraces(context, HOUR, {
      attributes: [],
      limit: 10,
      ...conditions,
    });
    return { statements, traces: data.map(({ traceId }) => Number.parseInt(traceId, 16)) };
  };

  it("looks at the right stretch of time at once, and finds the same", async () => {
    const learned = new SearchPaces();
    const first = await asked(learned, SLOW);
    const second = await asked(learned, { ...SLOW, minDurationNs: SECOND + 1n });
    expect(first.traces).toEqual(Array.from({ length: 10 }, (_, n) => 58 - 2 * n));
    expect(second.traces).toEqual(first.traces);
    expect(first.statements).toBeGreaterThan(3);
    // One look, the times of what was found, and the figures of the page.
    expect(second.statements).toBe(3);
  });

  it("has learned nothing from a search for something else", async () => {
    const learned = new SearchPaces();
    const { statements } = await asked(learned, SLOW);
    expect((await asked(learned, { maxDurationNs: 100n })).statements).toBe(statements);
  });
});

describe("pages of a trace search", () => {
  const LATER = { fromNs: T0 + 100_000n * SECOND, toNs: T0 + 200_000n * SECOND };

  it.each([1, 3, 7, 50])("give each trace once, by start, at %i a page", async (limit) => {
    const org = `pages-${limit}`;
    const spans: SpanInput[] = [];
    for (let n = 0; n < 60; n++) {
      // Starts that repeat, and traces whose last span comes long after the starts of others.
      const startNs = LATER.fromNs + BigInt(Math.floor(n / 3)) * 100n * SECOND;
      spans.push({ org, trace: id(n), span: spanId(n), startNs });
      spans.push({
        org,
        trace: id(n),
        span: spanId(1000 + n),
        parent: spanId(n),
        startNs: startNs + BigInt((n * 37) % 60) * 50n * SECOND,
      });
    }
    await store.spans(spans);
    const pages: number[][] = [];
    let cursor: string | undefined;
    do {
      const page = await search({ limit, cursor }, LATER, org);
      expect(page.data.length).toBeLessThanOrEqual(limit);
      pages.push(page.data.map(({ traceId }) => Number.parseInt(traceId, 16)));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    const expected = Array.from({ length: 60 }, (_, n) => 59 - n);
    expect(pages.flat()).toEqual(expected);
  });

  it("refuse a cursor of another search", async () => {
    const { nextCursor } = await search({ limit: 1 });
    expect(nextCursor).not.toBeNull();
    await expect(search({ limit: 1, cursor: nextCursor!, service: "web" })).rejects.toThrow(
      "cursor:",
    );
    await expect(search({ limit: 1, cursor: nextCursor! }, HOUR, "other")).rejects.toThrow(
      "cursor:",
    );
    await expect(search({ limit: 1, cursor: "AAAA" })).rejects.toThrow("cursor:");
  });
});

describe("the slowest traces", () => {
  const org = "slowest";
  const MS = 1_000_000n;
  const slowest = (
    conditions: Partial<TraceSearch> = {},
    range = HOUR,
  ): ReturnType<typeof searchTraces> => search({ order: "slowest", ...conditions }, range, org);
  const numbers = (data: readonly { traceId: string }[]): number[] =>
    data.map(({ traceId }) => Number.parseInt(traceId, 16));

  /** The numbers of all traces, page by page. */
  async function pagesOf(conditions: Partial<TraceSearch>): Promise<number[][]> {
    const pages: number[][] = [];
    let cursor: string | undefined;
    do {
      const page = await slowest({ ...conditions, cursor });
      pages.push(numbers(page.data));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return pages;
  }

  beforeAll(async () => {
    const spans: SpanInput[] = [];
    for (let n = 1; n <= 40; n++) {
      const startNs = T0 + BigInt((n * 53) % 3_000) * SECOND;
      // Pairs are equally long, and each trace has shorter spans that are longer than other traces' longest.
      const longest = BigInt(Math.ceil(n / 2)) * 100n * MS;
      const part = { org, trace: id(n), startNs };
      spans.push({ ...part, span: spanId(n), service: "web", durationNs: longest });
      for (let child = 1; child <= 3; child++)
        spans.push({
          ...part,
          span: spanId(n * 100 + child),
          parent: spanId(n),
          startNs: startNs + BigInt(child),
          service: child === 1 && n % 4 === 0 ? "db" : "cart",
          durationNs: (longest * BigInt(10 - child)) / 10n,
        });
    }
    // One of the shortest, with more spans than a look takes; and one whose longest span is of a later time.
    for (let n = 0; n < 300; n++)
      spans.push({
        org,
        trace: id(50),
        span: spanId(50_000 + n),
        service: "batch",
        startNs: T0 + BigInt(n),
        durationNs: 2_150n * MS + BigInt(n),
      });
    spans.push({
      org,
      trace: id(1),
      span: spanId(60_000),
      startNs: HOUR.toNs + SECOND,
      durationNs: 60n * SECOND,
    });
    await store.spans(spans);
  });

  const EXPECTED = [50, ...Array.from({ length: 40 }, (_, n) => 40 - n)];

  it.each([1, 7, 50])("come by their longest span, each once, at %i a page", async (limit) => {
    const pages = await pagesOf({ limit });
    expect(pages.flat()).toEqual(EXPECTED);
    expect(Math.max(...pages.map((page) => page.length))).toBe(Math.min(limit, EXPECTED.length));
  });

  it("are told with the figures of whole traces", async () => {
    const { data } = await slowest({ limit: 2 });
    expect(data[1]).toMatchObject({ traceId: id(40), rootService: "web", spanCount: 4 });
  });

  it("come by the longest span that matches", async () => {
    const db = Array.from({ length: 10 }, (_, n) => 40 - 4 * n);
    expect((await pagesOf({ limit: 3, service: "db" })).flat()).toEqual(db);
    const shorter = await pagesOf({ limit: 3, maxDurationNs: 140n * MS });
    expect(shorter.flat()).toEqual([4, 3, 2, 1]);
  });

  it("are found by what either of several indexes knows", async () => {
    const parsed = parseSearch(`service:db OR trace_id:${id(50)} OR trace_id:${id(7)}`, "traces");
    const asked = parsed.ok ? parsed.search : undefined;
    const expected = [50, 40, 36, 32, 28, 24, 20, 16, 12, 7, 8, 4];
    expect((await pagesOf({ limit: 4, search: asked })).flat()).toEqual(expected);
  });

  it("are none of another organization or time", async () => {
    const { data } = await search({ order: "slowest" }, HOUR, "nobody");
    expect(data).toEqual([]);
    const later = { fromNs: HOUR.toNs + 1n, toNs: HOUR.toNs + 10n * SECOND };
    expect(numbers((await slowest({}, later)).data)).toEqual([1]);
  });

  it("have cursors of their own", async () => {
    const { nextCursor } = await slowest({ limit: 1 });
    const newest = await search({ limit: 1 }, HOUR, org);
    await expect(search({ limit: 1, cursor: nextCursor! }, HOUR, org)).rejects.toThrow("cursor:");
    await expect(slowest({ limit: 1, cursor: newest.nextCursor! })).rejects.toThrow("cursor:");
    await expect(slowest({ limit: 1, cursor: nextCursor!, service: "web" })).rejects.toThrow(
      "cursor:",
    );
  });

  it("are found in few looks, however many spans they have", async () => {
    let statements = 0;
    const reader: StoreReader = {
      ...store.reader,
      rows: (statement, options) => {
        statements++;
        return store.reader.rows(statement, options);
      },
    };
    await searchTraces({ reader, org, cursors }, HOUR, {
      attributes: [],
      order: "slowest",
      limit: 10,
    });
    // The first look meets one trace, which is left out of the next: two looks with their times, and the figures.
    expect(statements).toBeLessThanOrEqual(7);
  });
});
