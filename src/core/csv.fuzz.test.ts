import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCsvRecord } from "./csv.ts";

const PARAMETERS = { seed: 7, numRuns: 500 };

const field = fc.string({
  unit: fc.constantFrom("a", "é", '"', ",", ";", "\n", "\r", " ", "1"),
  maxLength: 6,
});

const written = (value: string): string => `"${value.replaceAll('"', '""')}"`;

describe("readCsvRecord", () => {
  it("reads back whatever was written in quotes, record by record", () => {
    const records = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { minLength: 1 });
    const property = fc.property(
      records,
      fc.constantFrom(",", ";"),
      fc.constantFrom("\n", "\r\n"),
      (rows, separator, lineEnd) => {
        const text = rows.map((row) => row.map(written).join(separator) + lineEnd).join("");
        const found: string[][] = [];
        for (let at = 0; at < text.length;) {
          const record = readCsvRecord(text, at, separator);
          found.push(record!.fields);
          at = record!.next;
        }
        expect(found).toEqual(rows);
      },
    );
    fc.assert(property, PARAMETERS);
  });

  it("always moves on, and ends, whatever the text", () => {
    const property = fc.property(field, field, (a, b) => {
      const text = a + b;
      for (let at = 0; at < text.length;) {
        const record = readCsvRecord(text, at);
        if (record === undefined) return;
        expect(record.next).toBeGreaterThan(at);
        at = record.next;
      }
    });
    fc.assert(property, PARAMETERS);
  });

  it.each([
    ["a,b\r\nc", ["a", "b"], 5],
    ["a,\n", ["a", ""], 3],
    ["", [""], 0],
    ['5" disk,x', ['5" disk', "x"], 9],
    ['"a ""b""",\n', ['a "b"', ""], 11],
  ])("reads %j", (text, fields, next) => {
    expect(readCsvRecord(text, 0)).toEqual({ fields, next });
  });

  it.each(['"a', '"a"b,c', '"a"\rb'])("refuses %j", (text) => {
    expect(readCsvRecord(text, 0)).toBeUndefined();
  });
});
