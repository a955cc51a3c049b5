import { describe, expect, it } from "vitest";
import { CATALOGUE_LIMITS } from "#core/limits.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { AttributeCatalogue } from "./catalogue.ts";
import { manySpans } from "./testing/batches.ts";

const HOUR = 1_749_999_600;
const HOUR_MS = HOUR * 1_000;

/** What the catalogue has, as `key=value` (or `key` alone) with its count. */
function taken(catalogue: AttributeCatalogue): Record<string, number> {
  return Object.fromEntries(
    catalogue.take().map(({ key, value, rows }) => [value === "" ? key : `${key}=${value}`, rows]),
  );
}

function observe(
  catalogue: AttributeCatalogue,
  batch: SpanBatch,
  stride = 1,
  timeMs = HOUR_MS,
): void {
  catalogue.observe(1, timeMs, batch.attributes, 0, batch.rows, stride);
}

describe("AttributeCatalogue", () => {
  it("counts every key and value exactly, and begins anew after a take", () => {
    const catalogue = new AttributeCatalogue();
    const batch = manySpans(10, (row): Record<string, string> =>
      row < 4 ? { method: "GET", route: `/${row % 2}` } : { method: "POST" },
    );
    observe(catalogue, batch);
    expect(catalogue.pending).toBe(true);
    const counts = {
      method: 10,
      "method=GET": 4,
      "method=POST": 6,
      route: 4,
      "route=/0": 2,
      "route=/1": 2,
    };
    expect(taken(catalogue)).toEqual(counts);
    expect(catalogue.pending).toBe(false);
    expect(catalogue.take()).toEqual([]);
    observe(catalogue, batch);
    expect(taken(catalogue)).toEqual(counts);
  });

  it("tells signals, levels and hours apart, and names the hour by its beginning", () => {
    const catalogue = new AttributeCatalogue();
    const list = [{ key: "k", value: "v", type: 0x73 }];
    catalogue.observeList(1, 1, HOUR_MS + 3_599_999, list, 2);
    catalogue.observeList(2, 1, HOUR_MS, list, 3);
    catalogue.observeList(1, 2, HOUR_MS, list, 4);
    catalogue.observeList(1, 1, HOUR_MS + 3_600_000, list, 5);
    const keys = catalogue.take().filter(({ value }) => value === "");
    expect(keys).toEqual([
      { signal: 1, level: 1, hour: HOUR, key: "k", value: "", rows: 2 },
      { signal: 2, level: 1, hour: HOUR, key: "k", value: "", rows: 3 },
      { signal: 1, level: 2, hour: HOUR, key: "k", value: "", rows: 4 },
      { signal: 1, level: 1, hour: HOUR + 3_600, key: "k", value: "", rows: 5 },
    ]);
  });

  it("keeps the count of a key but none of its values when there are too many", () => {
    const catalogue = new AttributeCatalogue();
    const rows = CATALOGUE_LIMITS.valuesPerKeyMax + 50;
    const batch = manySpans(rows, (row) => ({ id: `value-${row}` }));
    observe(catalogue, batch);
    expect(taken(catalogue)).toEqual({ id: rows });
    observe(catalogue, batch);
    expect(taken(catalogue)).toEqual({ id: rows });
  });

  it("keeps as many values of a key as its limit says", () => {
    const catalogue = new AttributeCatalogue();
    observe(
      catalogue,
      manySpans(CATALOGUE_LIMITS.valuesPerKeyMax, (row) => ({ id: `${row}` })),
    );
    expect(Object.keys(taken(catalogue))).toHaveLength(CATALOGUE_LIMITS.valuesPerKeyMax + 1);
  });

  it("counts the key alone where a value is empty or long", () => {
    const catalogue = new AttributeCatalogue();
    const fits = "x".repeat(CATALOGUE_LIMITS.valueBytesMax);
    observe(
      catalogue,
      manySpans(3, (row) => ({ k: ["", fits, `${fits}x`][row]! })),
    );
    expect(taken(catalogue)).toEqual({ k: 3, [`k=${fits}`]: 1 });
  });

  it("has a bound on the keys of an hour", () => {
    const catalogue = new AttributeCatalogue();
    const over = CATALOGUE_LIMITS.keysMax + 10;
    observe(
      catalogue,
      manySpans(over, (row) => ({ [`key ${row}`]: "v" })),
    );
    expect(catalogue.take().filter(({ value }) => value === "")).toHaveLength(
      CATALOGUE_LIMITS.keysMax,
    );
  });

  it("has a bound on the values of all keys of an hour, and still counts the keys", () => {
    const catalogue = new AttributeCatalogue();
    const keys = Math.ceil(CATALOGUE_LIMITS.valuesMax / 200) + 3;
    for (let key = 0; key < keys; key++) {
      for (let value = 0; value < 200; value++)
        catalogue.observeList(
          1,
          1,
          HOUR_MS,
          [{ key: `k${key}`, value: `v${value}`, type: 0x73 }],
          1,
        );
    }
    const rows = catalogue.take();
    expect(rows.filter(({ value }) => value !== "")).toHaveLength(CATALOGUE_LIMITS.valuesMax);
    expect(rows.filter(({ value }) => value === "").map((row) => row.rows)).toEqual(
      Array.from({ length: keys }, () => 200),
    );
  });

  it("hands over the counts of the oldest hour when too many are open", () => {
    const catalogue = new AttributeCatalogue();
    const hours = CATALOGUE_LIMITS.hoursMax + 3;
    for (let hour = 0; hour < hours; hour++)
      observe(
        catalogue,
        manySpans(2, () => ({ k: "v" })),
        1,
        HOUR_MS + hour * 3_600_000,
      );
    const keys = catalogue.take().filter(({ value }) => value === "");
    expect(keys.map(({ hour, rows }) => [hour, rows])).toEqual(
      Array.from({ length: hours }, (_, hour) => [HOUR + hour * 3_600, 2]),
    );
  });

  it("lets every n-th row stand for n, over the ends of batches and runs", () => {
    const catalogue = new AttributeCatalogue();
    for (let i = 0; i < 1_000; i++)
      observe(
        catalogue,
        manySpans(1, () => ({ k: "v" })),
        10,
      );
    observe(
      catalogue,
      manySpans(1_000, () => ({ k: "v" })),
      10,
    );
    expect(taken(catalogue)).toEqual({ k: 2_000, "k=v": 2_000 });
  });

  it("is exact again for a small group after a large one", () => {
    const catalogue = new AttributeCatalogue();
    observe(
      catalogue,
      manySpans(1, () => ({ k: "large" })),
      1_000,
    );
    catalogue.take();
    observe(
      catalogue,
      manySpans(3, () => ({ k: "small" })),
      1,
    );
    expect(taken(catalogue)).toEqual({ k: 3, "k=small": 3 });
  });
});
