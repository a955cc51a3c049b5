import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BLOCK_COLUMNS,
  type BlockTable,
  RECORD_COLUMNS,
  type RecordTable,
} from "./block-columns.ts";
import { packPayload, PAYLOAD_VERSION, unpackPayload, unpackRecord } from "./payload.ts";

const stored = Object.keys(BLOCK_COLUMNS) as BlockTable[];
const forReaders = Object.keys(RECORD_COLUMNS) as RecordTable[];
const tables = [...stored, ...forReaders];
const section = fc.record({
  table: fc.constantFrom(...tables),
  day: fc.nat(65_535),
  rows: fc.nat(2 ** 32 - 1),
  block: fc.uint8Array({ maxLength: 40 }),
});
type Sample = typeof section extends fc.Arbitrary<infer T> ? T : never;

const pack = (sections: readonly Sample[]): Uint8Array[] =>
  packPayload(
    sections.map(({ block, ...entry }) => ({ ...entry, bytes: block.length })),
    Buffer.concat(sections.map(({ block }) => block)),
  );
const plain = (parts: readonly Uint8Array[]): unknown =>
  unpackRecord(parts).map(({ block, ...entry }) => ({ ...entry, block: [...block] }));
const expected = (sections: readonly Sample[]): unknown =>
  sections.map(({ block, ...entry }) => ({ ...entry, block: [...block] }));

function outcome(unpack: () => unknown): "unpacked" | "RangeError" | "another error" {
  try {
    unpack();
    return "unpacked";
  } catch (error) {
    return error instanceof RangeError ? "RangeError" : "another error";
  }
}

const SECTION: Sample = { table: "spans", day: 20_000, rows: 3, block: Buffer.from("block") };

describe("payload", () => {
  it("reads back its sections, from its two pieces, from one, and from any others", () => {
    fc.assert(
      fc.property(fc.array(section, { maxLength: 8 }), fc.nat(), (sections, cut) => {
        const parts = pack(sections);
        expect(plain(parts)).toEqual(expected(sections));
        const whole = Buffer.concat(parts);
        expect(plain([whole])).toEqual(expected(sections));
        const at = cut % (whole.length + 1);
        const pieces = [whole.subarray(0, at), whole.subarray(at)];
        expect(plain(pieces)).toEqual(expected(sections));
        expect(plain([...pieces, Buffer.alloc(0)])).toEqual(expected(sections));
      }),
      { seed: 1 },
    );
  });

  it("keeps the number of every table, which records on disk have", () => {
    const numbers = tables.map((table) => {
      const [header] = pack([{ ...SECTION, table }]) as [Buffer];
      return [table, header.readUInt32LE(4)];
    });
    expect(Object.fromEntries(numbers)).toEqual({
      resources: 1,
      scopes: 2,
      series: 3,
      spans: 4,
      logs: 5,
      points: 6,
      histograms: 7,
      exemplars: 8,
      attribute_catalogue: 9,
      service_edges_1m: 10,
      repeated_resources: 11,
      repeated_scopes: 12,
      repeated_series: 13,
      exemplar_points: 14,
      settled_traces: 15,
    });
  });

  it("leaves out of what is stored what only readers of the record need", () => {
    fc.assert(
      fc.property(fc.array(section, { maxLength: 8 }), (sections) => {
        const kept = sections.filter(({ table }) => table in BLOCK_COLUMNS);
        const found = unpackPayload(pack(sections)).map(({ block, ...entry }) => {
          return { ...entry, block: [...block] };
        });
        expect(found).toEqual(expected(kept));
      }),
      { seed: 1 },
    );
  });

  it("reads a payload of the version before, which had nothing that is not stored", () => {
    const first = Buffer.concat(pack([SECTION]));
    first.writeUInt16LE(1, 0);
    expect(plain([first])).toEqual(expected([SECTION]));
    for (const table of forReaders) {
      const whole = Buffer.concat(pack([{ ...SECTION, table }]));
      whole.writeUInt16LE(1, 0);
      expect(() => unpackPayload([whole])).toThrow(/section 0 is not readable/);
    }
  });

  it("refuses settled traces in a payload of the version that had none", () => {
    const whole = Buffer.concat(pack([{ ...SECTION, table: "settled_traces" }]));
    expect(unpackPayload([whole])).toEqual([]);
    whole.writeUInt16LE(2, 0);
    expect(() => unpackPayload([whole])).toThrow(/section 0 is not readable/);
  });

  it.each([0, PAYLOAD_VERSION + 1])("refuses a payload of version %d", (version) => {
    const whole = Buffer.concat(pack([SECTION]));
    whole.writeUInt16LE(version, 0);
    expect(() => unpackPayload([whole])).toThrow(
      new RangeError(`payload version ${version}, readable: 1 to ${PAYLOAD_VERSION}`),
    );
  });

  it("refuses a payload that is cut off anywhere, or has bytes too many", () => {
    const parts = pack([SECTION, SECTION]);
    const whole = Buffer.concat(parts);
    for (let length = 0; length < whole.length; length++)
      expect(() => unpackPayload([whole.subarray(0, length)])).toThrow(RangeError);
    expect(() => unpackPayload([Buffer.concat([whole, Buffer.from("x")])])).toThrow(RangeError);
    expect(() => unpackPayload([parts[0]!, parts[1]!.subarray(1)])).toThrow(RangeError);
    expect(() => unpackPayload([])).toThrow(RangeError);
  });

  it("refuses a table that it does not know", () => {
    const whole = Buffer.concat(pack([SECTION]));
    whole.writeUInt32LE(99, 4);
    expect(() => unpackPayload([whole])).toThrow(/section 0 is not readable/);
  });

  it("throws nothing but a RangeError whatever the bytes", () => {
    const whole = Buffer.concat(pack([SECTION, SECTION]));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const damaged = Buffer.from(whole);
        damaged[at]! ^= bits;
        expect(outcome(() => unpackPayload([damaged]))).not.toBe("another error");
      }),
      { seed: 1 },
    );
  });
});
