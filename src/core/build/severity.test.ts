import { expect, it } from "vitest";
import { SEVERITIES, severityNumberOf } from "../vocabulary.ts";
import { severityOfPino, severityOfSyslog, severityOfWord } from "./severity.ts";

it.each(SEVERITIES)("knows the level %s in any case", (level) => {
  expect(severityOfWord(level)).toBe(severityNumberOf(level));
  expect(severityOfWord(level.toUpperCase())).toBe(severityNumberOf(level));
});

it.each([
  ["warning", 13],
  ["WARN2", 14],
  ["Information", 9],
  ["notice", 10],
  ["err", 17],
  ["critical", 21],
  ["crit", 18],
  ["alert", 19],
  ["emerg", 21],
  ["[error]", 17],
  [" info: ", 9],
  ["", 0],
  ["loud", 0],
  ["__proto__", 0],
  ["constructor", 0],
  ["x".repeat(1_000_000), 0],
])("takes the word %j as %i", (word, severity) => {
  expect(severityOfWord(word)).toBe(severity);
});

it("knows syslog's eight codes and no others", () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7].map(severityOfSyslog)).toEqual([21, 19, 18, 17, 13, 10, 9, 5]);
  expect([-1, 8, 1.5, Number.NaN].map(severityOfSyslog)).toEqual([0, 0, 0, 0]);
});

it("knows pino's levels and those between them", () => {
  expect([10, 20, 30, 40, 50, 60].map(severityOfPino)).toEqual([1, 5, 9, 13, 17, 21]);
  expect([5, 35, 70, 100].map(severityOfPino)).toEqual([1, 9, 21, 21]);
  expect([0, -10, 1_000, Number.NaN].map(severityOfPino)).toEqual([0, 0, 0, 0]);
});
