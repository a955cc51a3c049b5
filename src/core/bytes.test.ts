import { describe, expect, it } from "vitest";
import { ByteWriter } from "./bytes.ts";

const written = (write: (writer: ByteWriter) => void, initialBytes = 4): number[] => {
  const writer = new ByteWriter(initialBytes);
  write(writer);
  return [...writer.copy()];
};

describe("ByteWriter", () => {
  it("writes integers little-endian", () => {
    expect(written((w) => w.u8(0x1ff))).toEqual([0xff]);
    expect(written((w) => w.u16(0x1234))).toEqual([0x34, 0x12]);
    expect(written((w) => w.u32(0xfedcba98))).toEqual([0x98, 0xba, 0xdc, 0xfe]);
    expect(written((w) => w.u32(-2))).toEqual([0xfe, 0xff, 0xff, 0xff]);
    expect(written((w) => w.u64(1, 2))).toEqual([1, 0, 0, 0, 2, 0, 0, 0]);
    expect(written((w) => w.u64(-1, -2))).toEqual([255, 255, 255, 255, 254, 255, 255, 255]);
  });

  it.each([0, 1, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER])(
    "writes the count %d in 64 bits",
    (n) => {
      expect(Buffer.from(written((w) => w.count(n))).readBigUInt64LE()).toBe(BigInt(n));
    },
  );

  it("writes floating-point numbers, NaN and the infinities among them", () => {
    for (const value of [0, -0, 1.5, Number.NaN, Infinity, 5e-324]) {
      expect(Buffer.from(written((w) => w.f64(value))).readDoubleLE()).toBe(value);
    }
    expect(Buffer.from(written((w) => w.f32(0.1))).readFloatLE()).toBe(Math.fround(0.1));
  });

  it.each([
    [0, [0]],
    [127, [127]],
    [128, [0x80, 1]],
    [16_384, [0x80, 0x80, 1]],
    [2 ** 31, [0x80, 0x80, 0x80, 0x80, 8]],
    [2 ** 32 - 1, [0xff, 0xff, 0xff, 0xff, 15]],
  ])("writes %d as a varint", (value, bytes) => {
    expect(written((w) => w.varint(value))).toEqual(bytes);
  });

  it("copies ranges of any length", () => {
    const source = Buffer.from(Array.from({ length: 200 }, (_, i) => i));
    for (const [from, to] of [
      [0, 0],
      [3, 50],
      [3, 51],
      [0, 200],
      [150, 200],
    ] as const) {
      expect(written((w) => w.raw(source, from, to))).toEqual([...source.subarray(from, to)]);
    }
    expect(written((w) => w.zeros(3))).toEqual([0, 0, 0]);
  });

  it("writes text with its length in bytes", () => {
    expect(written((w) => w.text("é"))).toEqual([2, 0xc3, 0xa9]);
    expect(written((w) => w.text("\ud800"))).toEqual([3, 0xef, 0xbf, 0xbd]);
    expect(written((w) => w.text("x".repeat(200))).slice(0, 3)).toEqual([0xc8, 1, 0x78]);
  });

  it("keeps what was written while it grows", () => {
    const writer = new ByteWriter(1);
    for (let i = 0; i < 5_000; i++) writer.u32(i);
    for (let i = 0; i < 5_000; i++) expect(writer.bytes.readUInt32LE(i * 4)).toBe(i);
    expect(writer.length).toBe(20_000);
    expect(writer.view()).toHaveLength(20_000);
  });

  it("keeps its memory at a reset, unless it is a lot", () => {
    const writer = new ByteWriter(16);
    writer.zeros(1_000_000);
    const kept = writer.bytes;
    writer.reset();
    expect([writer.length, writer.bytes]).toEqual([0, kept]);
    writer.zeros(10_000_000);
    writer.reset();
    expect(writer.bytes).toHaveLength(16);
  });

  it("gives a copy that later writes leave alone", () => {
    const writer = new ByteWriter();
    writer.u8(1);
    const copy = writer.copy();
    writer.reset();
    writer.u8(2);
    expect([...copy]).toEqual([1]);
  });
});
