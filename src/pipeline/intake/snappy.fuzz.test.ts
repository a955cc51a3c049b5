import fc from "fast-check";
import { compressSync, uncompressSync } from "snappy";
import { describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { unsnappy } from "./snappy.ts";

const BYTES_MAX = 1 << 20;

/** Bytes that compress: repetitions of a few pieces, near and far apart. */
const even = fc
  .array(
    fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 90 }), fc.integer({ min: 1, max: 300 })),
    {
      maxLength: 12,
    },
  )
  .map((pieces) =>
    Buffer.concat(pieces.map(([piece, n]) => Buffer.alloc(piece.length * n, piece))),
  );

describe("Snappy's block format", () => {
  it("is read as the reference implementation writes it", () => {
    fc.assert(
      fc.property(fc.oneof(even, fc.uint8Array({ maxLength: 500 })), (bytes) => {
        const content = Buffer.from(bytes);
        expect(unsnappy(compressSync(content), BYTES_MAX).equals(content)).toBe(true);
      }),
    );
  });

  it("is refused wherever the reference implementation refuses it, and read alike elsewhere", () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 6 });
    fc.assert(
      fc.property(even, flips, (content, changes) => {
        const body = compressSync(content);
        for (const [at, bits] of changes) body[at % body.length]! ^= bits;
        const expected = outcome(() => {
          // It would take the memory that a lie asks for before it reads.
          if (body.length < 6 && body.some((byte) => byte > 127)) throw new Error("a long lie");
          return uncompressSync(body) as Buffer;
        });
        const found = outcome(() => unsnappy(body, BYTES_MAX));
        const alike =
          found === undefined
            ? expected === undefined || expected.length > BYTES_MAX
            : expected?.equals(found) === true;
        expect(alike).toBe(true);
      }),
    );
  });

  it("is never anything but bytes or a refusal", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        outcome(() => unsnappy(Buffer.from(bytes), 10_000));
      }),
    );
  });

  it("is bounded by what it says before anything is read", () => {
    expect(() => unsnappy(compressSync(Buffer.alloc(2_000)), 1_999)).toThrow(/allowed are 1999/);
    expect(() => unsnappy(Buffer.from([0xff, 0xff, 0x3f, 0]), BYTES_MAX)).toThrow(/its length/);
    expect(() => unsnappy(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 1]), 2 ** 40)).toThrow(
      /no length/,
    );
    expect(unsnappy(Buffer.from([0]), 0)).toHaveLength(0);
  });
});

/** What it gives, or undefined when it refuses. */
function outcome(run: () => Buffer): Buffer | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof SightglassError || !(error instanceof TypeError)) return undefined;
    throw error;
  }
}
