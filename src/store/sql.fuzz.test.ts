import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { join, literal, sql } from "./sql.ts";
import type { Fragment } from "./sql.ts";
import { ENGINES, temporaryFolder } from "./testing/stores-under-test.ts";
import type { StoreUnderTest } from "./testing/stores-under-test.ts";

const HOSTILE = [
  "'",
  "''",
  "\\'",
  "\\",
  "\\\\'",
  "`",
  '"',
  "\0",
  "\n\n",
  "\r",
  "\t",
  "\b",
  "\u001a",
  "\u007f",
  "\u0085",
  "\u2028",
  "' OR 1 = 1 --",
  "'; DROP TABLE spans; --",
  "*/ 1 /*",
  "{x:String}",
  "$1",
  "?",
  "%s",
  "\\x27",
  "\\0",
  "\\N",
  "FORMAT Null",
  "SETTINGS readonly = 0",
  "é",
  "☃",
  "👩‍🚀",
  "\ud800",
  "\udfff",
  "\uffff",
  "\ufeff",
];

/** Strings that are mostly made of what could end a literal. */
const hostileString = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary", maxLength: 8 })), {
    maxLength: 12,
  })
  .map((parts) => parts.join(""));

const data = temporaryFolder();
let opened: StoreUnderTest;

beforeAll(async () => {
  opened = await ENGINES.embedded(data.path);
});

afterAll(async () => {
  await opened.close();
  data.remove();
});

/** What the engine makes of each value, and of nothing else: one column a value. */
async function readBack(values: readonly Fragment[]): Promise<unknown[]> {
  const columns = values.map((value) => sql`${value}`);
  const [row] = await opened.store.reader.rows(sql`SELECT [${join(columns, ", ")}] AS read`, {
    schema: z.object({ read: z.array(z.unknown()) }),
  });
  return row!.read;
}

const hexOf = (value: string): string =>
  Buffer.from(value.toWellFormed()).toString("hex").toUpperCase();

describe("the engine reads back", () => {
  it("any string", async () => {
    const property = fc.asyncProperty(
      fc.array(hostileString, { minLength: 1, maxLength: 20 }),
      async (values) => {
        const read = await readBack(values.map((value) => sql`hex(${literal.string(value)})`));
        expect(read).toEqual(values.map(hexOf));
      },
    );
    await fc.assert(property, { examples: [[HOSTILE]] });
  });

  it("any list of strings", async () => {
    const property = fc.asyncProperty(
      fc.array(fc.array(hostileString, { maxLength: 5 }), { minLength: 1, maxLength: 5 }),
      async (lists) => {
        const read = await readBack(
          lists.map((list) => sql`arrayMap(x -> hex(x), ${literal.strings(list)})`),
        );
        expect(read).toEqual(lists.map((list) => list.map(hexOf)));
      },
    );
    await fc.assert(property, { examples: [[[[], [""]]]] });
  });

  it("any integer", async () => {
    const uint = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const int = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const property = fc.asyncProperty(
      fc.array(fc.tuple(uint, int), { minLength: 1, maxLength: 20 }),
      async (pairs) => {
        expect(await readBack(pairs.map(([value]) => literal.uint(value)))).toEqual(
          pairs.map(([value]) => value.toString()),
        );
        expect(await readBack(pairs.map(([, value]) => literal.int(value)))).toEqual(
          pairs.map(([, value]) => value.toString()),
        );
      },
    );
    await fc.assert(property, {
      examples: [
        [
          [
            [2n ** 64n - 1n, -(2n ** 63n)],
            [0n, 2n ** 63n - 1n],
          ],
        ],
      ],
    });
  });

  it("any float, to the bit", async () => {
    const bits = (value: number): string => {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(value);
      return bytes.readBigUInt64LE().toString();
    };
    const property = fc.asyncProperty(
      fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 20 }),
      async (values) => {
        const read = await readBack(
          values.map((value) => sql`reinterpretAsUInt64(${literal.float(value)})`),
        );
        expect(read).toEqual(values.map(bits));
      },
    );
    await fc.assert(property, {
      examples: [[[0, -0, Infinity, -Infinity, 5e-324, Number.MAX_VALUE]]],
    });
    expect(await readBack([sql`isNaN(${literal.float(Number.NaN)})`])).toEqual([1]);
  });

  it("any time, to the nanosecond, second and day", async () => {
    const ns = fc.bigInt({ min: 0n, max: 2n ** 32n * 1_000_000_000n - 1n });
    const property = fc.asyncProperty(
      fc.array(ns, { minLength: 1, maxLength: 20 }),
      async (times) => {
        const ms = times.map((time) => Number(time / 1_000_000n));
        expect(
          await readBack(
            times.map((time) => sql`toUnixTimestamp64Nano(${literal.dateTime64(time)})`),
          ),
        ).toEqual(times.map(String));
        expect(
          await readBack(ms.map((time) => sql`toUnixTimestamp(${literal.dateTime(time)})`)),
        ).toEqual(ms.map((time) => Math.floor(time / 1000)));
        expect(await readBack(ms.map((time) => sql`toString(${literal.date(time)})`))).toEqual(
          ms.map((time) => new Date(time).toISOString().slice(0, 10)),
        );
      },
    );
    await fc.assert(property, { examples: [[[0n, 1n, 1_763_640_000_123_456_789n]]] });
  });

  it("any id", async () => {
    const id = (bytes: number): fc.Arbitrary<string> =>
      fc
        .uint8Array({ minLength: bytes, maxLength: bytes })
        .map((value) => Buffer.from(value).toString("hex"));
    const property = fc.asyncProperty(
      fc.array(fc.tuple(id(8), id(16)), { minLength: 1, maxLength: 20 }),
      async (pairs) => {
        const read = await readBack(
          pairs.flatMap(([span, trace]) => [
            sql`lower(hex(${literal.fixedHex(span, 8)}))`,
            sql`lower(hex(${literal.fixedHex(trace.toUpperCase(), 16)}))`,
          ]),
        );
        expect(read).toEqual(pairs.flat());
        const [ids] = await readBack([
          sql`arrayMap(x -> lower(hex(x)), ${literal.fixedHexes(
            pairs.map(([span]) => span),
            8,
          )})`,
        ]);
        expect(ids).toEqual(pairs.map(([span]) => span));
      },
    );
    await fc.assert(property);
    expect(await readBack([sql`toTypeName(${literal.fixedHexes([], 16)})`])).toEqual([
      "Array(FixedString(16))",
    ]);
  });
});
