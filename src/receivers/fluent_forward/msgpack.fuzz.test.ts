import { encode, ExtData } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { readMessage } from "./message.ts";
import { EventTime, MessagePackReader, MessageScanner } from "./msgpack.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import { recordOf } from "./record.ts";

const BYTES_MAX = 1 << 20;

/** A value with what the reader must make of it. */
const { value } = fc.letrec<{ value: { sent: unknown; read: unknown } }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    same(fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true }), fc.boolean())),
    same(
      fc.oneof(
        fc.string({ unit: "grapheme" }),
        fc.constantFrom("x".repeat(300), "y".repeat(70_000)),
      ),
    ),
    same(fc.constant(null)),
    fc.uint8Array().map((sent) => ({ sent, read: Buffer.from(sent) })),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }).map((sent) => ({ sent, read: sent })),
    fc.tuple(fc.nat(2 ** 31), fc.nat(999_999_999)).map(([s, n]) => {
      const data = Buffer.alloc(8);
      data.writeUInt32BE(s, 0);
      data.writeUInt32BE(n, 4);
      return { sent: new ExtData(0, data), read: new EventTime(s, n) };
    }),
    fc.array(tie("value"), { maxLength: 20 }).map((all) => ({
      sent: all.map(({ sent }) => sent),
      read: all.map(({ read }) => read),
    })),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 20, noNullPrototype: true }).map((all) => ({
      sent: Object.fromEntries(Object.entries(all).map(([key, { sent }]) => [key, sent])),
      read: Object.fromEntries(Object.entries(all).map(([key, { read }]) => [key, read])),
    })),
  ),
}));

function same<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<{ sent: T; read: T }> {
  return arbitrary.map((sent) => ({ sent, read: sent }));
}

const encoded = (sent: unknown): Buffer => Buffer.from(encode(sent, { useBigInt64: true }));

describe("MessagePack", () => {
  it("is read as the reference implementation writes it", () => {
    fc.assert(
      fc.property(value, ({ sent, read }) => {
        const reader = new MessagePackReader(encoded(sent));
        expect(reader.value()).toEqual(read);
        expect(reader.isAtEnd).toBe(true);
      }),
    );
  });

  it("is taken apart into its messages, in whatever pieces they come", () => {
    const cuts = fc.array(fc.nat(), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), cuts, (values, places) => {
        const messages = values.map(({ sent }) => encoded(sent));
        const stream = Buffer.concat(messages);
        const ends = [...places.map((place) => place % (stream.length + 1)), stream.length];
        const buffer = new ReceiveBuffer();
        const scanner = new MessageScanner();
        const found: Buffer[] = [];
        let from = 0;
        for (const to of ends.toSorted((a, b) => a - b)) {
          buffer.append(Buffer.from(stream.subarray(from, to)));
          from = to;
          for (;;) {
            const length = buffer.length === 0 ? undefined : scanner.scan(buffer.bytes, BYTES_MAX);
            if (length === undefined) break;
            found.push(buffer.take(length));
          }
        }
        expect(found).toEqual(messages);
      }),
    );
  });

  it("of any bytes is read, waited for, or refused, alike by scanner and reader", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
        const body = Buffer.from(bytes);
        const scanned = outcomeOf(() => new MessageScanner().scan(body, BYTES_MAX) ?? "waits");
        const read = outcomeOf(() => {
          const reader = new MessagePackReader(body);
          reader.value();
          return reader.position;
        });
        expect(read === "refused" || read === scanned).toBe(true);
      }),
    );
  });
});

describe("messages of the forward protocol", () => {
  it("of any content are records, or are refused", async () => {
    const part = fc.oneof(
      value.map(({ sent }) => sent),
      fc.constantFrom("t", 1.7e9, {}),
    );
    const record = fc.dictionary(
      fc.constantFrom("message", "log", "kubernetes", "level", "__proto__", "service"),
      part,
    );
    const message = fc.oneof(
      fc.array(part, { maxLength: 5 }),
      fc.tuple(fc.constant("t"), part, record),
      fc.tuple(fc.constant("t"), fc.array(fc.tuple(part, record))),
    );
    await fc.assert(
      fc.asyncProperty(message, async (sent) => {
        const read = readMessage(encoded(sent), async (_coding, body) => body);
        const events = await read.then(
          (found) => found?.events.map((event) => recordOf("t", event)),
          (error: unknown) => {
            if (error instanceof SightglassError) return [];
            throw error;
          },
        );
        expect(events?.every(({ input }) => input.attributes !== undefined) ?? true).toBe(true);
      }),
    );
  });
});

function outcomeOf<T>(run: () => T): T | "refused" {
  try {
    return run();
  } catch (error) {
    if (error instanceof SightglassError) return "refused";
    throw error;
  }
}
