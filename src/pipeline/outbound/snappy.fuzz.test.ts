import fc from "fast-check";
import { uncompressSync } from "snappy";
import { describe, expect, it } from "vitest";
import { unsnappy } from "../intake/snappy.ts";
import { snappy } from "./snappy.ts";

const BYTES_MAX = 1_000_000;

/** Bytes that repeat at every distance, and bytes that never do. */
const piece = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 30 }))
  .map(([bytes, times]) => Buffer.concat(Array.from({ length: times }, () => Buffer.from(bytes))));
const input = fc.array(piece, { maxLength: 20 }).map((pieces) => Buffer.concat(pieces));

describe("snappy", () => {
  it("compresses so that Google's library and our own reader give the same bytes", () => {
    fc.assert(
      fc.property(input, (bytes) => {
        const compressed = snappy(bytes);
        expect(uncompressSync(compressed, { asBuffer: true })).toEqual(bytes);
        expect(unsnappy(compressed, BYTES_MAX)).toEqual(bytes);
      }),
    );
  });

  it("goes on over the end of a block", () => {
    for (const bytes of [65_535, 65_536, 65_537, 200_000]) {
      const even = Buffer.alloc(bytes, "ab");
      expect(uncompressSync(snappy(even), { asBuffer: true })).toEqual(even);
      expect(snappy(even).length).toBeLessThan(bytes / 10);
      const odd = Buffer.from(
        Array.from({ length: bytes }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24),
      );
      expect(uncompressSync(snappy(odd), { asBuffer: true })).toEqual(odd);
    }
  });
});
