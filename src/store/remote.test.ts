import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { systemClock } from "#core/clock.ts";
import { freePort } from "#pipeline/testing/free-port.ts";
import { parseRemoteUrl } from "./remote.ts";
import { literal, sql } from "./sql.ts";
import type { Fragment } from "./sql.ts";
import { openStore } from "./store.ts";
import type { Store } from "./store.ts";
import { SPAN_COLUMNS, spanRows, writeNativeFiles } from "./testing/native-file.ts";
import { ENGINES, temporaryFolder } from "./testing/stores-under-test.ts";
import type { StoreUnderTest } from "./testing/stores-under-test.ts";

/** A text that has this in it. */
const containing = (text: string): unknown => expect.stringContaining(text);

const ANY = z.unknown();

describe("the URL of a server", () => {
  it("has scheme, user, password, host, port, database and cluster", () => {
    expect(
      parseRemoteUrl("https://re%40porter:p%3Aw%2F@ch.example:8443/telemetry?cluster={cluster}"),
    ).toEqual({
      origin: "https://ch.example:8443",
      username: "re@porter",
      password: "p:w/",
      database: "telemetry",
      cluster: "{cluster}",
    });
  });

  it("needs no more than scheme and host", () => {
    expect(parseRemoteUrl("http://ch")).toEqual({
      origin: "http://ch",
      username: "default",
      password: "",
      database: "sightglass",
      cluster: undefined,
    });
  });

  it.each([
    ["clickhouse", "is not a URL"],
    ["tcp://ch:9000", "has the scheme tcp://; http:// and https:// are allowed"],
    ["http://u:secret@ch/a-b", 'names the database "a-b"'],
    ["http://ch/a/b", 'names the database "a/b"'],
    ["http://ch?cluster=a'b", "names the cluster"],
    ["http://ch?secure=1", 'has the parameter "secure"; only cluster is allowed'],
  ])("%s is refused", (url, message) => {
    expect(() => parseRemoteUrl(url)).toThrow(
      expect.objectContaining({
        code: "config_invalid",
        message: containing(message),
      }),
    );
    expect(() => parseRemoteUrl(url)).not.toThrow(/secret/);
  });
});

describe("a server", () => {
  const data = temporaryFolder();
  let remote: StoreUnderTest;
  let embedded: StoreUnderTest;

  beforeAll(async () => {
    const { spans } = await writeNativeFiles(data.path, [
      { name: "spans", select: spanRows(2000) },
    ]);
    const other = temporaryFolder();
    remote = await ENGINES.remote(data.path);
    embedded = await ENGINES.embedded(other.path);
    for (const { store } of [remote, embedded]) {
      await store.writer.insert({
        table: "spans",
        columns: SPAN_COLUMNS,
        path: spans!,
        rows: 2000,
        token: "t",
      });
    }
    return async () => {
      await embedded.close();
      other.remove();
    };
  });

  afterAll(async () => {
    await remote.close();
    data.remove();
  });

  const STATEMENTS: readonly [string, Fragment][] = [
    [
      "spans of a trace",
      sql`SELECT * FROM spans WHERE trace_id = ${literal.fixedHex("00000000000000000000000000000005", 16)} ORDER BY ts`,
    ],
    [
      "a service's quantiles from the rollup",
      sql`SELECT service, sum(requests) AS requests, sum(errors) AS errors, quantilesBFloat16WeightedMerge(0.5, 0.95, 0.99)(duration_quantiles) AS quantiles FROM span_kpis_1m GROUP BY service ORDER BY service`,
    ],
    [
      "an attribute filter",
      sql`SELECT count() AS n FROM spans WHERE attrs['http.route'] = ${literal.string("/3")} AND name IN ${literal.strings(["GET /3", "it's"])}`,
    ],
    [
      "times and integers",
      sql`SELECT ts, toUnixTimestamp64Nano(ts) AS ns, duration_ns, toDate(ts) AS day, now() > ts AS past FROM spans ORDER BY duration_ns LIMIT 3`,
    ],
    [
      "numbers that JSON has no word for",
      sql`SELECT nan AS a, inf AS b, -inf AS c, NULL AS d, toUInt64(18446744073709551615) AS e, [1.5, nan] AS f`,
    ],
    [
      "text of all kinds",
      sql`SELECT ${literal.string("a'b\"c\\d\n\t\0é☃👩‍🚀\u2028")} AS text, map('k', 'v') AS labels, toFixedString('ab', 4) AS fixed`,
    ],
    ["a union", sql`SELECT n FROM (SELECT 1 AS n UNION ALL SELECT 2 AS n) ORDER BY n`],
    ["nothing", sql`SELECT * FROM logs`],
    [
      "the names of a hundred thousand rows",
      sql`SELECT number AS n, toString(number) AS s FROM numbers(100000)`,
    ],
  ];

  it.each(STATEMENTS)("answers as the embedded engine does: %s", async (_, statement) => {
    const [far, near] = await Promise.all(
      [remote, embedded].map(({ store }) => store.reader.rows(statement, { schema: ANY })),
    );
    expect(far).toEqual(near);
  });

  const FAILURES: readonly [string, Fragment, object, string][] = [
    ["a query that is wrong", sql`SELECT nothing FROM spans`, {}, "internal"],
    [
      "one that takes too long",
      sql`SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1`,
      { maxSeconds: 0.2 },
      "query_timeout",
    ],
    [
      "one of too many rows",
      sql`SELECT number FROM numbers(1000)`,
      { maxRows: 999 },
      "result_too_large",
    ],
    [
      "a union of too many rows",
      sql`SELECT 1 AS n UNION ALL SELECT number FROM numbers(1000)`,
      { maxRows: 1000 },
      "result_too_large",
    ],
    [
      "one that needs too much memory",
      sql`SELECT length(groupArray(repeat('x', 100) || toString(number))) AS n FROM numbers(50000000)`,
      {},
      "result_too_large",
    ],
    [
      "rows of another shape",
      sql`SELECT 'a' AS n`,
      { schema: z.object({ n: z.number() }) },
      "internal",
    ],
  ];

  it.each(FAILURES)("and refuses as it does: %s", async (_, statement, options, code) => {
    for (const { store } of [remote, embedded]) {
      await expect(store.reader.rows(statement, { schema: ANY, ...options })).rejects.toMatchObject(
        { name: "SightglassError", code },
      );
    }
  });

  it("stops a query when its asker hangs up", async () => {
    const cancel = new AbortController();
    const endless = sql`SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 4`;
    const answer = remote.store.reader.rows(endless, { schema: ANY, cancel: cancel.signal });
    const running = async (): Promise<unknown[]> =>
      remote.store.reader.rows(
        sql`SELECT query FROM system.processes WHERE query LIKE '%sipHash64(number) = 4%' AND query NOT LIKE '%processes%'`,
        { schema: ANY },
      );
    while ((await running()).length === 0);
    cancel.abort(new Error("gone"));
    await expect(answer).rejects.toThrow("gone");
    while ((await running()).length > 0);
  });

  it("that refuses the password is reported, without it", async () => {
    const store = await openWith((url) => url.replace(/:[^:@]*@/, ":wrong@"));
    const refused: unknown = expect.objectContaining({
      code: "store_unavailable",
      message: containing("refuses the credentials"),
    });
    await expect(store.reader.rows(sql`SELECT 1`, { schema: ANY })).rejects.toEqual(refused);
    await expect(store.migrate()).rejects.toEqual(refused);
    await store.close();
  });

  it("that is not there is reported, and may be there later", async () => {
    const port = await freePort();
    const store = await openWith(() => `http://127.0.0.1:${port}/`);
    const away: unknown = expect.objectContaining({
      code: "store_unavailable",
      retryAfterSeconds: 1,
    });
    await expect(store.reader.rows(sql`SELECT 1`, { schema: ANY })).rejects.toEqual(away);
    await expect(store.migrate()).rejects.toEqual(away);
    await store.close();
  });

  const openWith = (change: (url: string) => string): Promise<Store> =>
    openStore({
      dataDir: data.path,
      url: change(remote.url!),
      memoryBytesMax: 0,
      clock: systemClock,
    });
});
