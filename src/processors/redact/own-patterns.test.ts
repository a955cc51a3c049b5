import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { KINDS, Matches } from "./detect/matches.ts";
import { compile, OwnPatterns } from "./own-patterns.ts";

/** What the patterns find, with their numbers. */
function foundBy(patterns: OwnPatterns, text: string): string[] {
  const bytes = Buffer.from(`<${text}>`);
  const matches = patterns.unite(bytes, 1, bytes.length - 1, new Matches());
  return Array.from({ length: matches.length }, (_, i) => {
    const found = bytes.toString("utf8", matches.starts[i], matches.ends[i]);
    return `${matches.kinds[i]! - KINDS.length}: ${found}`;
  });
}

function patternsOf(...regexes: readonly string[]): OwnPatterns {
  return new OwnPatterns(regexes.map((regex) => ({ name: regex, regex, flags: "g" })));
}

test("several patterns find in characters of any size, in order, and without overlap", () => {
  const patterns = patternsOf("é+", "[0-9]{3}", "12345");
  expect(foundBy(patterns, "éé 12345 é 漢 777")).toEqual([
    "0: éé",
    "1: 123",
    "2: 45",
    "0: é",
    "1: 777",
  ]);
});

test("a match of nothing is none", () => {
  expect(foundBy(patternsOf("x*"), "axxb")).toEqual(["0: xx"]);
});

test("a search that takes too much for its text is stopped, and the rest counts as found", () => {
  const patterns = patternsOf("a[^b]*b|a");
  const found = foundBy(patterns, "a".repeat(100_000));
  expect(found.length).toBeLessThan(1_000);
  expect(found.at(-1)!.length).toBeGreaterThan(90_000);
  expect(found.join("").replaceAll(/[^a]/g, "")).toHaveLength(100_000);
  expect(patterns.stopped).toBe(1);
});

test("a pattern that is too large is refused", () => {
  expect(() => compile({ regex: String.raw`(\w?){1000}`, flags: "g" })).toThrow("too large");
});
