import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { SIGNALS, type Signal } from "#core/signal.ts";
import { rowsOf } from "./testing/batch-rows.ts";
import { DECODERS } from "./testing/decoder-under-test.ts";
import { REQUESTS, type RequestSample } from "./testing/request-samples.ts";

/** A request that is broken in one of the ways in which bytes can break. */
type Damage = (body: Buffer) => Buffer;

const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const at = (body: Buffer, where: number): number => Math.floor(where * body.length);

const cutOff = position.map(
  (where): Damage =>
    (body) =>
      body.subarray(0, at(body, where)),
);
const flipped = fc
  .array(fc.tuple(position, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 20 })
  .map((flips): Damage => (body) => {
    const damaged = Buffer.from(body);
    for (const [where, bits] of flips) if (body.length > 0) damaged[at(body, where)]! ^= bits;
    return damaged;
  });
/** Bytes that lengths, counts and tags are likely to be misread from. */
const inserted = fc
  .tuple(
    position,
    fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      fc
        .constantFrom(
          [0xff, 0xff, 0xff, 0xff, 0x0f],
          Array.from({ length: 11 }, () => 0xff),
          [0x0a, 0x80],
          [0x0b],
          [0x00],
        )
        .map((b) => Uint8Array.from(b)),
    ),
  )
  .map(([where, bytes]): Damage => (body) => {
    const split = at(body, where);
    return Buffer.concat([body.subarray(0, split), bytes, body.subarray(split)]);
  });
const overwritten = fc
  .tuple(position, fc.uint8Array({ minLength: 1, maxLength: 12 }))
  .map(([where, bytes]): Damage => (body) => {
    const damaged = Buffer.from(body);
    damaged.set(bytes.subarray(0, body.length - at(body, where)), at(body, where));
    return damaged;
  });
const swapped = fc.tuple(position, position, fc.nat(40)).map(([a, b, length]): Damage => (body) => {
  const damaged = Buffer.from(body);
  body.copy(damaged, at(body, b), at(body, a), at(body, a) + length);
  return damaged;
});
const garbage = fc.uint8Array({ maxLength: 300 }).map(
  (bytes): Damage =>
    () =>
      Buffer.from(bytes),
);
const damage = fc.oneof(cutOff, flipped, inserted, overwritten, swapped, garbage);

const encode = ({ signal, json }: RequestSample): Buffer => encodeOtlp(signal, json);

/** Decodes, and fails the test on any error but a refusal of the payload. */
function outcome(decode: () => unknown): "decoded" | "refused" {
  try {
    decode();
    return "decoded";
  } catch (error) {
    if (error instanceof SightglassError && error.code === "bad_payload") return "refused";
    throw error;
  }
}

describe.each(SIGNALS)("decoder of %s", (signal: Signal) => {
  it("keeps every field of every record, with the types of all attribute values", () => {
    const decoder = DECODERS[signal]();
    fc.assert(
      fc.property(REQUESTS[signal], (sample) => {
        expect(decoder.decode(encode(sample)).count).toBe(0);
        expect(rowsOf(decoder.batch)).toEqual(sample.rows);
      }),
    );
  });

  it("decodes or refuses a damaged request, and no trace of it is left in the next", () => {
    const decoder = DECODERS[signal]();
    fc.assert(
      fc.property(REQUESTS[signal], damage, REQUESTS[signal], (first, broken, second) => {
        outcome(() => decoder.decode(broken(encode(first))));
        expect(decoder.decode(encode(second)).count).toBe(0);
        expect(rowsOf(decoder.batch)).toEqual(second.rows);
        decoder.decode(encode(first));
        expect(rowsOf(decoder.batch)).toEqual(first.rows);
      }),
    );
  });

  it("gives rows that can be read whatever a damaged request decodes to", () => {
    const decoder = DECODERS[signal]();
    fc.assert(
      fc.property(REQUESTS[signal], flipped, (sample, broken) => {
        if (outcome(() => decoder.decode(broken(encode(sample)))) === "refused") return;
        const rows = rowsOf(decoder.batch);
        const found = rows.spans.length + rows.logs.length + rows.numbers.length;
        expect(found + rows.histograms.length).toBe(decoder.batch.rows);
      }),
    );
  });

  it("refuses a request that is cut off anywhere but between its groups", () => {
    const decoder = DECODERS[signal]();
    fc.assert(
      fc.property(REQUESTS[signal], position, (sample, where) => {
        const whole = encode(sample);
        const length = at(whole, where);
        const expected = groupEnds(whole).includes(length) ? "decoded" : "refused";
        expect(outcome(() => decoder.decode(whole.subarray(0, length)))).toBe(expected);
      }),
    );
  });
});

/** Where the groups of a valid request end, its beginning included. */
function groupEnds(body: Buffer): number[] {
  const ends = [0];
  for (let p = 0; p < body.length; ends.push(p)) {
    let length = 0;
    let shift = 1;
    p++;
    do {
      length += (body[p]! & 127) * shift;
      shift *= 128;
    } while (body[p++]! > 127);
    p += length;
  }
  return ends;
}
