import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import type { Clock } from "#core/clock.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { KINDS, Matches } from "./detect/matches.ts";
import { OwnPatterns } from "./own-patterns.ts";

/** What the patterns find, with their numbers. */
function foundBy(patterns: OwnPatterns, text: string): string[] {
  const bytes = Buffer.from(`<${text}>`);
  const matches = patterns.unite(bytes, 1, bytes.length - 1, new Matches());
  return Array.from({ length: matches.length }, (_, i) => {
    const found = bytes.toString("utf8", matches.starts[i], matches.ends[i]);
    return `${matches.kinds[i]! - KINDS.length}: ${found}`;
  });
}

function patternsOf(clock: Clock, ...regexes: readonly string[]): OwnPatterns {
  const given = regexes.map((regex) => ({ name: regex, regex, flags: "g" }));
  return new OwnPatterns(given, clock);
}

test("several patterns find in characters of any size, in order, and without overlap", () => {
  const patterns = patternsOf(new FakeClock(), "é+", "[0-9]{3}", "12345");
  expect(foundBy(patterns, "éé 12345 é 漢 777")).toEqual([
    "0: éé",
    "1: 123",
    "2: 45",
    "0: é",
    "1: 777",
  ]);
});

test("a match of nothing is none", () => {
  expect(foundBy(patternsOf(new FakeClock(), "x*"), "axxb")).toEqual(["0: xx"]);
});

test("a search that takes too long for its text is stopped, and the rest counts as found", () => {
  let nowMs = 0;
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => (nowMs += 15),
    setTimeout: () => ({ cancel: () => {} }),
  };
  const patterns = patternsOf(clock, "a[^b]*b|a");
  const found = foundBy(patterns, "a".repeat(1_000));
  expect(found.length).toBeLessThan(100);
  expect(found.at(-1)!.length).toBeGreaterThan(900);
  expect(patterns.stopped).toBe(1);
});
