import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Batch } from "#core/batch.ts";
import { systemClock } from "#core/clock.ts";
import { BLOCK_COLUMNS, type BlockTable } from "#core/native/block-columns.ts";
import { unpackPayload } from "#core/native/payload.ts";
import { literal, sql } from "#store/sql.ts";
import { ENGINES, type StoreUnderTest, temporaryFolder } from "#store/testing/stores-under-test.ts";
import { GroupEncoder } from "./group-encoder.ts";
import { manySpans, points, spans, TIME_NS } from "./testing/batches.ts";

const folder = temporaryFolder();
let opened: StoreUnderTest;
let inserts = 0;

beforeAll(async () => {
  opened = await ENGINES.embedded(folder.path);
});
afterAll(async () => {
  await opened.close();
  folder.remove();
});

async function store(encoder: GroupEncoder, batches: readonly Batch[]): Promise<void> {
  for (const { table, rows, block } of unpackPayload(encoder.encode(batches).payload)) {
    const path = join(folder.path, "block.native");
    writeFileSync(path, block);
    const columns = BLOCK_COLUMNS[table];
    await opened.store.writer.insert({ table, columns, path, rows, token: `t${inserts++}` });
  }
}

describe("columns of a block", () => {
  it.each(Object.keys(BLOCK_COLUMNS) as BlockTable[])(
    "are all the columns of %s",
    async (table) => {
      const columns = await opened.store.reader.rows(
        sql`SELECT name, default_kind AS kind FROM system.columns WHERE database = 'sightglass' AND table = ${literal.string(table)}`,
        { schema: z.object({ name: z.string(), kind: z.string() }) },
      );
      const needed = columns.filter(({ kind }) => kind === "").map(({ name }) => name);
      expect([...BLOCK_COLUMNS[table]].toSorted()).toEqual(needed.toSorted());
    },
  );
});

describe("dictionaries of a block", () => {
  // Numbers of keys take one byte, two and four.
  it.each([255, 256, 257, 65_535, 65_536, 65_600])("hold %d different keys", async (count) => {
    const org = `keys-${count}`;
    const batch = manySpans(count, (row) => ({ [`key ${row}`]: `value ${row}` }));
    await store(new GroupEncoder(org, systemClock), [batch]);
    const [row] = await opened.store.reader.rows(
      sql`
      SELECT count() AS rows, uniqExact(mapKeys(attrs)[1]) AS keys,
        countIf(mapKeys(attrs)[1] = concat('key ', toString(reinterpretAsUInt64(reverse(span_id)) - 1))) AS right_keys,
        countIf(mapValues(attrs)[1] = concat('value ', toString(reinterpretAsUInt64(reverse(span_id)) - 1))) AS right_values
      FROM spans WHERE org = ${literal.string(org)}`,
      { schema: z.record(z.string(), z.string()) },
    );
    const all = String(count);
    expect(row).toEqual({ rows: all, keys: all, right_keys: all, right_values: all });
  });

  it("of several batches are one, and leave out what no kept row uses", async () => {
    const batches = [0, 1, 2].map((offset) =>
      manySpans(200, (row) => ({ [`key ${row + offset * 100}`]: "v" })),
    );
    for (let row = 0; row < 100; row++) batches[0]!.selection.drop(row);
    const encoder = new GroupEncoder("united", systemClock);
    const group = encoder.encode(batches);
    const { block } = unpackPayload(group.payload).find(({ table }) => table === "spans")!;
    const occurrences = (key: string): number =>
      Buffer.from(block).toString("latin1").split(`${key}`).length - 1;
    expect(occurrences("key 99")).toBe(0);
    expect(occurrences("key 250")).toBe(1);
  });
});

describe("statistics", () => {
  it("are stored as they were counted", async () => {
    const org = "statistics";
    const encoder = new GroupEncoder(org, systemClock);
    await store(encoder, [
      spans("web", { spanId: "a", kind: 3, attributes: { k: "v", "db.system": "postgresql" } }),
      spans("cart", { spanId: "b", parentSpanId: "a", kind: 2, status: 2, traceState: "ot=th:c" }),
    ]);
    const edges = await opened.store.reader.rows(
      sql`SELECT toUnixTimestamp(minute) AS minute, source, target, bucket, requests, errors FROM service_edges_1m WHERE org = ${literal.string(org)} ORDER BY target`,
      { schema: z.unknown() },
    );
    const minute = Number(TIME_NS / 60_000_000_000n) * 60;
    expect(edges).toEqual([
      { minute, source: "web", target: "cart", bucket: 159, requests: 4, errors: 4 },
      { minute, source: "web", target: "postgresql", bucket: 159, requests: 1, errors: 0 },
    ]);
    const catalogue = await opened.store.reader.rows(
      sql`SELECT signal, level, toUnixTimestamp(hour) AS hour, key, value, rows FROM attribute_catalogue WHERE org = ${literal.string(org)} AND key IN ('k', 'service.name') ORDER BY key, value`,
      { schema: z.unknown() },
    );
    const hour = Number(TIME_NS / 3_600_000_000_000n) * 3_600;
    const shared = { signal: "traces", hour };
    expect(catalogue).toEqual([
      { ...shared, level: "record", key: "k", value: "", rows: "1" },
      { ...shared, level: "record", key: "k", value: "v", rows: "1" },
      { ...shared, level: "resource", key: "service.name", value: "", rows: "2" },
      { ...shared, level: "resource", key: "service.name", value: "cart", rows: "1" },
      { ...shared, level: "resource", key: "service.name", value: "web", rows: "1" },
    ]);
  });

  it("of a series count it once a day", async () => {
    const org = "series";
    const encoder = new GroupEncoder(org, systemClock);
    await store(encoder, [
      points(
        "web",
        { metric: "m", attributes: { k: "v" } },
        { metric: "m", attributes: { k: "v" } },
      ),
    ]);
    const [row] = await opened.store.reader.rows(
      sql`SELECT rows FROM attribute_catalogue WHERE org = ${literal.string(org)} AND key = 'k' AND value = 'v'`,
      { schema: z.unknown() },
    );
    expect(row).toEqual({ rows: "1" });
  });
});
