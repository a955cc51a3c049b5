import { describe, expect, it } from "vitest";
import { Dictionary } from "./dictionary.ts";

/**
 * Strings of equal hash whatever the seed: flipping the top bit of one word, and two bits of the next,
 * leaves the state of the hash as it was.
 */
function collidingKeys(bits: number): Buffer[] {
  return Array.from({ length: 2 ** bits }, (_, number) => {
    const key = Buffer.alloc(bits * 8, 0x41);
    for (let bit = 0; bit < bits; bit++) {
      if (((number >> bit) & 1) === 0) continue;
      key[bit * 8 + 3]! ^= 0x80;
      key[bit * 8 + 6]! ^= 0x01;
      key[bit * 8 + 7]! ^= 0x80;
    }
    return key;
  });
}

describe("Dictionary", () => {
  it("keeps its numbers while it grows", () => {
    const dictionary = new Dictionary();
    for (let i = 0; i < 100_000; i++) expect(dictionary.numberOfText(`key ${i}`)).toBe(i);
    for (let i = 0; i < 100_000; i += 997) {
      expect(dictionary.numberOfText(`key ${i}`)).toBe(i);
      expect(dictionary.text(i)).toBe(`key ${i}`);
    }
    expect(dictionary.size).toBe(100_000);
  });

  it("finds a part of a buffer, and never a prefix or another string of its length", () => {
    const dictionary = new Dictionary();
    const bytes = Buffer.from("xxservice.namexx");
    const number = dictionary.number(bytes, 2, 14);
    expect(dictionary.text(number)).toBe("service.name");
    expect(dictionary.numberOfText("service.name")).toBe(number);
    expect(dictionary.find(bytes, 2, 13)).toBe(-1);
    expect(dictionary.equals(number, bytes, 2, 14)).toBe(true);
    expect(dictionary.equals(number, bytes, 1, 13)).toBe(false);
    expect(dictionary.equals(number, bytes, 2, 13)).toBe(false);
    expect(dictionary.equals(number + 1, bytes, 2, 14)).toBe(false);
  });

  it("keeps the empty string and strings of any length, each with its length before it", () => {
    const dictionary = new Dictionary();
    const texts = ["", "a", "b".repeat(127), "c".repeat(128), "d".repeat(70_000)];
    for (const text of texts) dictionary.numberOfText(text);
    expect(texts.map((_, i) => dictionary.text(i))).toEqual(texts);
    expect([...dictionary.keys.view().subarray(0, 3)]).toEqual([0, 1, 0x61]);
  });

  it("is empty after a reset, whether it was small or large", () => {
    const dictionary = new Dictionary();
    for (const size of [3, 200_000]) {
      for (let i = 0; i < size; i++) dictionary.numberOfText(`${size}/${i}`);
      dictionary.reset();
      expect(dictionary.size).toBe(0);
      expect(dictionary.keys.length).toBe(0);
      expect(dictionary.find(Buffer.from(`${size}/0`), 0, `${size}/0`.length)).toBe(-1);
      expect(dictionary.numberOfText("new")).toBe(0);
      dictionary.reset();
    }
  });

  it("takes time in proportion to their number for keys that were made to collide", () => {
    const dictionary = new Dictionary();
    const keys = collidingKeys(16);
    // Without the second hash this takes a minute, far beyond the time of a test.
    for (const [number, key] of keys.entries())
      expect(dictionary.number(key, 0, key.length)).toBe(number);
    for (const [number, key] of keys.entries())
      expect(dictionary.find(key, 0, key.length)).toBe(number);
    dictionary.reset();
    expect(dictionary.numberOfText("after")).toBe(0);
    expect(dictionary.numberOfText("after")).toBe(0);
  });

  it("exchanges all of its keys with another, whatever their numbers", () => {
    const keysOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `key ${i}`);
    const filled = (keys: readonly string[]): Dictionary => {
      const dictionary = new Dictionary();
      for (const key of keys) dictionary.numberOfText(key);
      return dictionary;
    };
    const [few, many] = [keysOf(3), keysOf(500)];
    const [first, second] = [filled(few), filled(many)];
    first.swap(second);
    for (const [dictionary, keys] of [
      [first, many],
      [second, few],
    ] as const) {
      expect(dictionary.size).toBe(keys.length);
      expect(keys.map((key) => dictionary.numberOfText(key))).toEqual([...keys.keys()]);
      expect(keys.map((_, number) => dictionary.text(number))).toEqual(keys);
      expect(dictionary.numberOfText("new")).toBe(keys.length);
    }
  });
});
