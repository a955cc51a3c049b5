import fc from "fast-check";
import { RE2JS, RE2JSException } from "re2js";
import { describe, expect, it } from "vitest";
import { LinearRegex } from "./linear-regex.ts";

const PIECES = [
  ..."a K s timeout İ ſ _ - . * + ? | ( (?: (?i) ) {2}".split(" "),
  ..."[ ] [^ [a-z] [A-Z0-9] [A-z] [:upper:] [[:upper:]] ^ $ \\d \\W \\b \\S \\. \\x41 \\pL".split(
    " ",
  ),
];
const piece = fc.constantFrom(" ", ...PIECES);
const pattern = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(""));
const text = fc
  .array(
    fc.constantFrom(
      "a",
      "A",
      "k",
      "K",
      "\u212a",
      "S",
      "ſ",
      "İ",
      "i",
      "TimeOut",
      "timeout",
      " ",
      "_",
      "^",
      "1",
      "\n",
      "é",
      ".",
    ),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(""));

function plain(source: string, flags: number): RE2JS | undefined {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(source), flags);
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}

describe("a linear regular expression", () => {
  it("finds what RE2 finds, by whichever way it searches", () => {
    let compared = 0;
    fc.assert(
      fc.property(pattern, fc.constantFrom("", "i"), text, (source, flags, where) => {
        const wanted = plain(source, flags === "i" ? RE2JS.CASE_INSENSITIVE : 0);
        if (wanted === undefined) return;
        compared++;
        expect(new LinearRegex(source, flags).test(where)).toBe(wanted.test(where));
      }),
      { numRuns: 2_000 },
    );
    expect(compared).toBeGreaterThan(200);
  });

  it("captures the groups of the first match, wherever it is", () => {
    let compared = 0;
    fc.assert(
      fc.property(pattern, pattern, text, (first, second, where) => {
        const source = `(?P<a>${first})|x(?P<b>${second})`;
        const wanted = plain(source, 0);
        if (wanted === undefined) return;
        compared++;
        const matcher = wanted.matcher(where);
        const isFound = matcher.find();
        const groups = new Map<string, string>();
        for (const name of isFound ? Object.keys(wanted.namedGroups()) : []) {
          const value = matcher.group(name);
          if (value !== null) groups.set(name, value);
        }
        const found = new Map<string, string>();
        const visit = (name: string, value: string): unknown => found.set(name, value);
        expect(new LinearRegex(source).capture(where, visit)).toBe(isFound);
        expect(found).toEqual(groups);
      }),
      { numRuns: 2_000 },
    );
    expect(compared).toBeGreaterThan(200);
  });

  it("visits the matches that RE2 finds one after the other, in texts and in bytes", () => {
    let compared = 0;
    fc.assert(
      fc.property(pattern, text, (source, where) => {
        const wanted = plain(source, 0);
        if (wanted === undefined) return;
        compared++;
        const bytes = Buffer.from(where);
        const regex = new LinearRegex(source);
        expect(visited(regex, where)).toEqual([matchesOf(wanted, where), where.length]);
        expect(visited(regex, bytes)).toEqual([matchesOf(wanted, bytes), bytes.length]);
      }),
      { numRuns: 2_000 },
    );
    expect(compared).toBeGreaterThan(200);
  });
});

/** The places that are visited, and up to where the text was searched. */
function visited(regex: LinearRegex, where: string | Buffer): [places: number[][], to: number] {
  const found: number[][] = [];
  const searched = regex.everyMatch(where, ([start, end]) => void found.push([start!, end!]));
  return [found, searched];
}

function matchesOf(regex: RE2JS, where: string | Buffer): number[][] {
  const found: number[][] = [];
  const matcher = regex.matcher(where);
  while (matcher.find()) found.push([matcher.start(), matcher.end()]);
  return found;
}
