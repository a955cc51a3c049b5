import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { PermanentError, SightglassError } from "#core/errors.ts";
import type { BlockInsert } from "./block-writer.ts";
import type { Fragment } from "./sql.ts";
import { sql } from "./sql.ts";
import { SPAN_COLUMNS, spanRows, writeNativeFiles } from "./testing/native-file.ts";
import type { StoreUnderTest } from "./testing/stores-under-test.ts";
import { ENGINES, temporaryFolder } from "./testing/stores-under-test.ts";

/** A text that has this in it. */
const containing = (text: string): unknown => expect.stringContaining(text);

const POINT_COLUMNS = ["org", "metric", "series_id", "ts", "value", "int_value", "is_int"];
const POINTS = `SELECT 'default' AS org, 'm' AS metric, number AS series_id, toDateTime64('2025-11-20 10:00:00', 9, 'UTC') AS ts,
  [nan, inf, -inf, -0., 1e308][number + 1] AS value, [-9223372036854775808, 9223372036854775807, 0, 9007199254740993, 1][number + 1] AS int_value, 1 AS is_int
FROM numbers(5)`;
const LOG_COLUMNS = ["org", "ts", "service", "body"];
const LOGS = String.raw`SELECT 'default' AS org, toDateTime64('2025-11-20 10:00:00', 9, 'UTC') AS ts, 'цех-☃' AS service,
  ['', '\0', 'a\n\nDROP TABLE logs;\n', '\xff\xfe', '👩‍🚀 ''quoted'' \\'][number + 1] AS body FROM numbers(5)`;

const files = temporaryFolder();
let paths: Record<string, string>;

beforeAll(async () => {
  paths = await writeNativeFiles(files.path, [
    { name: "spans", select: spanRows(1000) },
    { name: "more", select: spanRows(500, { first: 1000 }) },
    { name: "blocks", select: spanRows(1000), blockRows: 64 },
    { name: "days", select: spanRows(1000, { step: 300 }) },
    { name: "year", select: spanRows(200, { step: 86_400 }) },
    { name: "fewer", select: `SELECT * EXCEPT (attrs) FROM (${spanRows(10)})` },
    { name: "renamed", select: `SELECT * EXCEPT (attrs), attrs AS labels FROM (${spanRows(10)})` },
    { name: "points", select: POINTS },
    { name: "logs", select: LOGS },
  ]);
});

afterAll(() => files.remove());

describe.each(Object.entries(ENGINES))("the %s block writer", (_, open) => {
  let data: ReturnType<typeof temporaryFolder>;
  let opened: StoreUnderTest;

  // One store for all tests: to open it and to make its tables takes longer than any of them.
  beforeAll(async () => {
    data = temporaryFolder();
    opened = await open(data.path);
  });

  // A token is remembered when the rows are gone, so each test has its own.
  let test = 0;
  const token = (name: string): string => `${test}-${name}`;
  beforeEach(async () => {
    test += 1;
    await opened.clear();
  });

  afterAll(async () => {
    await opened.close();
    data.remove();
  });

  const spans = (name: string, tokenName: string, count = 1000): BlockInsert => ({
    table: "spans",
    columns: SPAN_COLUMNS,
    path: paths[name]!,
    rows: count,
    token: token(tokenName),
  });

  const rows = async (statement: Fragment): Promise<unknown[]> =>
    opened.store.reader.rows(statement, { schema: z.unknown() });

  /** Rows in the table, and what its two views have made of them. */
  const counts = async (): Promise<unknown> => {
    const [counted] = await rows(sql`SELECT
      (SELECT count() FROM spans) AS spans,
      (SELECT uniqExact(span_id) FROM spans) AS distinct,
      (SELECT sum(spans) FROM trace_index) AS indexed,
      (SELECT sum(spans) FROM span_kpis_1m) AS kpis,
      (SELECT sum(requests) FROM span_kpis_1m) AS requests,
      (SELECT sum(errors) FROM span_kpis_1m) AS errors`);
    return counted;
  };
  const NONE = { spans: "0", distinct: "0", indexed: "0", kpis: "0", requests: 0, errors: 0 };
  const ONCE = {
    spans: "1000",
    distinct: "1000",
    indexed: "1000",
    kpis: "1000",
    requests: 2000,
    errors: 500,
  };

  const failure = async (insert: BlockInsert): Promise<unknown> =>
    opened.store.writer.insert(insert).then(
      () => "stored",
      (error: unknown) => error,
    );

  it("stores a file's rows in the table and in its views", async () => {
    await opened.store.writer.insert(spans("spans", "t1"));
    expect(await counts()).toEqual(ONCE);
    const [one] = await rows(
      sql`SELECT hex(trace_id) AS trace, toString(ts) AS ts, service, kind, status, weight, attrs FROM spans WHERE span_id = toFixedString(unhex('0000000000000011'), 8)`,
    );
    expect(one).toEqual({
      trace: "00000000000000000000000000000002",
      ts: "2025-11-20 10:00:17.000000000",
      service: "service-2",
      kind: "server",
      status: "unset",
      weight: 2,
      attrs: { "http.route": "/2", n: "17" },
    });
  });

  it("changes nothing when the same token and bytes come again", async () => {
    await opened.store.writer.insert(spans("spans", "t1"));
    await opened.store.writer.insert(spans("spans", "t1"));
    expect(await counts()).toEqual(ONCE);
    await opened.store.writer.insert(spans("more", "t2", 500));
    await opened.store.writer.insert(spans("spans", "t1"));
    await opened.store.writer.insert(spans("more", "t2", 500));
    expect(await counts()).toMatchObject({
      spans: "1500",
      distinct: "1500",
      indexed: "1500",
      kpis: "1500",
      requests: 3000,
    });
  });

  it("stores the same bytes again under another token", async () => {
    await opened.store.writer.insert(spans("spans", "t1"));
    await opened.store.writer.insert(spans("spans", "t2"));
    expect(await counts()).toMatchObject({
      spans: "2000",
      distinct: "1000",
      indexed: "2000",
      kpis: "2000",
    });
  });

  it("knows a token by the table that it was for", async () => {
    await opened.store.writer.insert(spans("spans", "t1"));
    await opened.store.writer.insert({
      table: "logs",
      columns: LOG_COLUMNS,
      path: paths["logs"]!,
      rows: 5,
      token: token("t1"),
    });
    expect(await rows(sql`SELECT count() AS logs FROM logs`)).toEqual([{ logs: "5" }]);
  });

  it("makes one part of a file of many blocks, and knows it again", async () => {
    await opened.store.writer.insert(spans("blocks", "t1"));
    await opened.store.writer.insert(spans("blocks", "t1"));
    expect(await counts()).toEqual(ONCE);
    const parts = await rows(
      sql`SELECT table, max(rows) AS rows FROM system.parts WHERE database = 'sightglass' AND table = 'spans' AND active AND level = 0 GROUP BY table`,
    );
    expect(parts).toEqual([{ table: "spans", rows: "1000" }]);
  });

  it("refuses a torn file for good, whole, and leaves nothing", async () => {
    const whole = readFileSync(paths["blocks"]!);
    const torn = join(files.path, "torn.native");
    for (const length of [1, 12, 500, Math.floor(whole.length / 2), whole.length - 1]) {
      writeFileSync(torn, whole.subarray(0, length));
      expect(
        await failure({ ...spans("blocks", "t1"), path: torn }),
        `cut at ${length}`,
      ).toBeInstanceOf(PermanentError);
    }
    writeFileSync(torn, Buffer.concat([whole, Buffer.from("what follows is no block")]));
    expect(await failure({ ...spans("blocks", "t1"), path: torn })).toBeInstanceOf(PermanentError);
    expect(await counts()).toEqual(NONE);
    await opened.store.writer.insert(spans("blocks", "t1"));
    expect(await counts()).toEqual(ONCE);
  });

  it("refuses a file whose columns are not those of the insert", async () => {
    expect(await failure(spans("fewer", "t1", 10))).toMatchObject({
      name: "PermanentError",
      message: containing("has 10 columns, the insert names 11"),
    });
    expect(await failure(spans("renamed", "t1", 10))).toBeInstanceOf(PermanentError);
    expect(
      await failure({
        ...spans("renamed", "t1", 10),
        columns: [...SPAN_COLUMNS.slice(0, -1), "labels"],
      }),
    ).toMatchObject({ name: "PermanentError", message: containing("labels") });
    expect(await counts()).toEqual(NONE);
  });

  it("refuses a file of more days than a block may have, whole", async () => {
    expect(await failure(spans("year", "t1", 200))).toBeInstanceOf(PermanentError);
    expect(await counts()).toEqual(NONE);
  });

  it("may be tried again when the file could not be read", async () => {
    const error = await failure({
      ...spans("spans", "t1"),
      path: join(files.path, "missing.native"),
    });
    expect(error).toBeInstanceOf(SightglassError);
    expect(error).toMatchObject({ code: "store_unavailable", retryAfterSeconds: 1 });
  });

  it("keeps numbers that JSON has no word for, and integers beyond 2^53", async () => {
    await opened.store.writer.insert({
      table: "points",
      columns: POINT_COLUMNS,
      path: paths["points"]!,
      rows: 5,
      token: token("p"),
    });
    expect(
      await rows(sql`SELECT toString(value) AS value, int_value FROM points ORDER BY series_id`),
    ).toEqual([
      { value: "nan", int_value: "-9223372036854775808" },
      { value: "inf", int_value: "9223372036854775807" },
      { value: "-inf", int_value: "0" },
      { value: "-0", int_value: "9007199254740993" },
      { value: "1e308", int_value: "1" },
    ]);
  });

  it("keeps text of any bytes as it is, and runs none of it", async () => {
    await opened.store.writer.insert({
      table: "logs",
      columns: LOG_COLUMNS,
      path: paths["logs"]!,
      rows: 5,
      token: token("l"),
    });
    const stored = z
      .array(z.object({ body: z.string(), service: z.string() }))
      .parse(await rows(sql`SELECT hex(body) AS body, service FROM logs`));
    const texts = stored.map(({ body }) => Buffer.from(body, "hex").toString("latin1"));
    const utf8 = (text: string): string => Buffer.from(text).toString("latin1");
    expect(texts.toSorted()).toEqual(
      ["", "\0", "a\n\nDROP TABLE logs;\n", "\xff\xfe", utf8("👩‍🚀 'quoted' \\")].toSorted(),
    );
    expect(new Set(stored.map(({ service }) => service))).toEqual(new Set(["цех-☃"]));
  });

  it("leaves no setting behind for the next insert or query of a session", async () => {
    const names = ["t1", "t2", "t3", "t4", "t5", "t6"];
    await Promise.all(names.map((name) => opened.store.writer.insert(spans("more", name, 500))));
    expect(await counts()).toMatchObject({ spans: "3000" });
    const changed = await rows(
      sql`SELECT name FROM system.settings WHERE changed AND name IN ('insert_deduplication_token', 'max_threads', 'min_insert_block_size_rows')`,
    );
    expect(changed).toEqual([]);
  });

  it("has nothing to do for a file without rows", async () => {
    const empty = join(files.path, "empty.native");
    writeFileSync(empty, "");
    await opened.store.writer.insert({ ...spans("spans", "t1", 0), path: empty });
    expect(await counts()).toEqual(NONE);
  });

  // Those that open the store again come last.
  it("changes nothing when they come again after a crash, from another file", async () => {
    await opened.store.writer.insert(spans("spans", "t1"));
    opened = await opened.reopen();
    const copy = join(files.path, "copy.native");
    copyFileSync(paths["spans"]!, copy);
    await opened.store.writer.insert({ ...spans("spans", "t1"), path: copy });
    expect(await counts()).toEqual(ONCE);
  });

  it("knows each day of a file of several days again", async () => {
    await opened.store.writer.insert(spans("days", "t1"));
    opened = await opened.reopen();
    await opened.store.writer.insert(spans("days", "t1"));
    expect(await counts()).toEqual(ONCE);
    expect(await rows(sql`SELECT uniqExact(toDate(ts)) AS days FROM spans`)).toEqual([
      { days: "4" },
    ]);
  });
});
