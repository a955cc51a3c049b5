import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readStored, writeStored } from "./stored.ts";

let kept: Map<string, string>;
let isFull: boolean;

beforeEach(() => {
  kept = new Map();
  isFull = false;
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (isFull) throw new Error("full");
      kept.set(key, value);
    },
    removeItem: (key: string) => void kept.delete(key),
  });
});
afterEach(() => {
  writeStored("theme", undefined);
  vi.unstubAllGlobals();
});

test("what a full storage refuses lasts as long as the page, in place of what it has", () => {
  expect(writeStored("theme", "light")).toBe(true);
  isFull = true;
  expect(writeStored("theme", "dark")).toBe(false);
  expect(readStored("theme")).toBe("dark");
  isFull = false;
  expect(writeStored("theme", "light")).toBe(true);
  kept.set("theme", "of another tab");
  expect(readStored("theme")).toBe("of another tab");
});

test("what is taken out is gone, and what nothing may be kept of lasts as long as the page", () => {
  writeStored("theme", "dark");
  writeStored("theme", undefined);
  expect(readStored("theme")).toBeUndefined();
  vi.stubGlobal("localStorage", undefined);
  expect(writeStored("theme", "dark")).toBe(false);
  expect(readStored("theme")).toBe("dark");
  expect(writeStored("theme", undefined)).toBe(false);
  expect(readStored("theme")).toBeUndefined();
});
