import { Buffer } from "node:buffer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseSearch } from "#core/search/parse-search.ts";
import type { SearchNode, SearchSignal } from "#core/search/search-node.ts";
import {
  CASE_LOGS,
  CASE_SPANS,
  type CaseLog,
  type CaseSpan,
  LOG_CASES,
  SPAN_CASES,
} from "#core/search/testing/search-cases.ts";
import { sql } from "#store/sql.ts";
import { z } from "zod";
import { Cursors } from "../cursor.ts";
import { searchLogs } from "../logs.ts";
import { Scoped } from "../scoped.ts";
import { openTelemetryStore, type TelemetryStore } from "../testing/telemetry-store.ts";
import { searchTraces } from "../trace-search.ts";
import { spanConditions } from "./search-conditions.ts";

const T0 = 1_790_000_000_000_000_000n;
const RANGE = { fromNs: T0, toNs: T0 + 60_000_000_000n };
const cursors = new Cursors(Buffer.alloc(32, 7));
const SPANS: [string, CaseSpan][] = Object.entries(CASE_SPANS);
const LOGS: [string, CaseLog][] = Object.entries(CASE_LOGS);

let store: TelemetryStore;
beforeAll(async () => {
  store = await openTelemetryStore();
  await store.spans(
    SPANS.map(([, { events, ...span }], n) => ({
      ...span,
      startNs: T0 + BigInt(n),
      ...(events === undefined ? {} : { events: [...events] }),
    })),
  );
  await store.logs(LOGS.map(([, log], n) => ({ ...log, timeNs: T0 + BigInt(n) })));
});
afterAll(() => store.close());

const context = () => ({ reader: store.reader, org: "default", cursors });

function parsed(text: string, signal: SearchSignal): SearchNode | undefined {
  const found = parseSearch(text, signal);
  if (!found.ok) throw new Error(found.errors[0]!.message);
  return found.search;
}

describe("a search of spans", () => {
  it.each(SPAN_CASES)("finds for $search: $finds", async ({ search, finds }) => {
    const conditions = await spanConditions(context(), RANGE, parsed(search, "traces"));
    const rows = await store.reader.rows(
      sql`SELECT lower(hex(span_id)) AS id ${new Scoped("default").from("spans", conditions)}`,
      { schema: z.object({ id: z.string() }) },
    );
    const found = rows.map(({ id }) => SPANS.find(([, { span }]) => span === id)![0]);
    expect(found.toSorted()).toEqual(finds.toSorted());
  });

  it.each(SPAN_CASES)(
    "finds the traces that have such spans: $search",
    async ({ search, finds }) => {
      const { data } = await searchTraces(context(), RANGE, {
        search: parsed(search, "traces"),
        attributes: [],
        limit: 50,
      });
      const traces = new Set(finds.map((name) => CASE_SPANS[name].trace as string));
      expect(data.map(({ traceId }) => traceId).toSorted()).toEqual([...traces].toSorted());
    },
  );

  it("is together with the other parameters", async () => {
    const ask = (service: string) =>
      searchTraces(context(), RANGE, {
        search: parsed("status:error", "traces"),
        service,
        attributes: [{ key: "zone", value: "eu-2" }],
        limit: 50,
      });
    expect((await ask("payment")).data).toHaveLength(1);
    expect((await ask("checkout")).data).toHaveLength(0);
  });
});

describe("a search of log records", () => {
  it.each(LOG_CASES)("finds for $search: $finds", async ({ search, finds }) => {
    const ask = { search: parsed(search, "logs"), attributes: [], order: "asc" } as const;
    const bodies = (data: readonly { body: unknown }[]): string[] =>
      data.map(({ body }) => LOGS.find(([, log]) => log.body === body)![0]);
    const { data } = await searchLogs(context(), RANGE, { ...ask, limit: 50 });
    expect(bodies(data).toSorted()).toEqual(finds.toSorted());
    // And each once, in pages of one.
    const paged: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await searchLogs(context(), RANGE, { ...ask, limit: 1, cursor });
      paged.push(...bodies(page.data));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(paged).toEqual(bodies(data));
  });

  it("refuses the cursor of another search", async () => {
    const ask = (text: string, cursor?: string) =>
      searchLogs(context(), RANGE, {
        search: parsed(text, "logs"),
        attributes: [],
        order: "asc",
        limit: 1,
        cursor,
      });
    const { nextCursor } = await ask("card");
    await expect(ask("declined", nextCursor!)).rejects.toThrow(/cursor/);
  });
});
