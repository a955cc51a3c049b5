import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SEARCH_LIMITS } from "../limits.ts";
import { formatSearch } from "./format-search.ts";
import { combined, parseSearch } from "./parse-search.ts";
import { SEARCH_FIELDS } from "./search-fields.ts";
import type { SearchNode } from "./search-node.ts";
import { searchTokens } from "./search-tokens.ts";

const PIECES = [
  ...'()"\\:,*<>=-. \n'.split(""),
  "AND",
  "OR",
  "NOT",
  "a",
  "b1",
  "é",
  "😀",
  "\ud800",
  "200ms",
  "1..2",
  "..",
  "error",
  "service:",
  "attr.",
  "duration:",
  "severity:",
  "status:",
  '"x y"',
  "http://",
  "12:30",
];
/** Searches as people write them, wrong ones more than not. */
const written = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...PIECES) },
      fc.string({ unit: "binary", maxLength: 4 }),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(""));

const at = { from: 0, to: 0 };
const key = fc.oneof(
  fc.constantFrom("http.route", "odd key", "service", "attr.x", "1", "-a", 'q"\\', "ключ"),
  fc.string({ minLength: 1, maxLength: 6 }),
);
const value = fc.oneof(
  fc.constantFrom("x", "a b", "..", "1..2", ">5", "OR", "*", ",", "-", ""),
  fc.string({ maxLength: 6 }),
);
const leaf: fc.Arbitrary<SearchNode> = fc.oneof(
  fc
    .string({ minLength: 1, maxLength: 8 })
    .map((text): SearchNode => ({ kind: "text", text, isPhrase: true, at })),
  fc
    .record({
      field: key,
      values: fc.array(value, { minLength: 1, maxLength: 3 }),
      operator: fc.constantFrom("=", "^="),
    })
    .map((field): SearchNode => ({ kind: "field", isAttribute: true, at, ...field }) as SearchNode),
  key.map((field): SearchNode => ({
    kind: "field",
    field,
    isAttribute: true,
    operator: "exists",
    values: [],
    at,
  })),
  fc.constantFrom(">", ">=", "<", "<=").chain((operator) =>
    fc.integer().map(
      (number): SearchNode =>
        ({
          kind: "field",
          field: "n",
          isAttribute: true,
          operator,
          values: [String(number)],
          at,
        }) as SearchNode,
    ),
  ),
);
const { search } = fc.letrec<{ search: SearchNode }>((tie) => ({
  search: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc
      .tuple(fc.constantFrom("and", "or"), fc.array(tie("search"), { minLength: 2, maxLength: 3 }))
      .map(([kind, parts]) => combined(kind as "and" | "or", parts)!),
    leaf.map((part): SearchNode => ({ kind: "not", part })),
    fc
      .array(leaf, { minLength: 2, maxLength: 3 })
      .map((parts): SearchNode => ({ kind: "not", part: { kind: "or", parts } })),
  ),
}));

/** Without the places, which differ between texts that say the same. */
function sense(node: SearchNode | undefined): unknown {
  return JSON.parse(
    JSON.stringify(node ?? null, (name, part: unknown) => (name === "at" ? undefined : part)),
  );
}

describe("parseSearch", () => {
  it("never throws, and points into the text", () => {
    fc.assert(
      fc.property(written, (text) => {
        const parsed = parseSearch(text);
        if (parsed.ok) return;
        expect(parsed.errors.length).toBeGreaterThan(0);
        for (const { at: place, message } of parsed.errors) {
          expect(message).not.toBe("");
          expect(place.from).toBeGreaterThanOrEqual(0);
          expect(place.to).toBeGreaterThanOrEqual(place.from);
          expect(place.to).toBeLessThanOrEqual(text.length);
        }
      }),
    );
  });

  it("takes tokens that follow each other and cover all but spaces", () => {
    fc.assert(
      fc.property(written, (text) => {
        let end = 0;
        for (const { at: place } of searchTokens(text).tokens) {
          expect(place.from).toBeGreaterThanOrEqual(end);
          expect(place.to).toBeGreaterThan(place.from);
          end = place.to;
        }
      }),
    );
  });

  it("reads what formatSearch wrote as the same search", () => {
    fc.assert(
      fc.property(search, (node) => {
        const text = formatSearch(node);
        const parsed = parseSearch(text);
        // One that is too long is refused, whatever it says.
        const refusal = parsed.ok ? undefined : parsed.errors[0]?.message;
        expect(refusal ?? "at most").toMatch(/at most/);
        expect(sense(parsed.ok ? parsed.search : node)).toEqual(sense(node));
      }),
    );
  });

  it("reads what formatSearch made of a search as that search", () => {
    fc.assert(
      fc.property(written, (text) => {
        const parsed = parseSearch(text);
        if (!parsed.ok) return;
        const printed = formatSearch(parsed.search);
        const again = parseSearch(printed);
        expect(again.ok && formatSearch(again.search)).toBe(printed);
        expect(again.ok && sense(again.search)).toEqual(sense(parsed.search));
      }),
    );
  });

  it.each(['"', "(", "-", "a:", "a:(", "a:b,", "\\", '"\\', "NOT ", "a:>", " ", "a*"])(
    "takes time in proportion to a text of many %j",
    (piece) => {
      // Twice as much would be refused at once: all that is read must be read quickly.
      const text = piece.repeat(SEARCH_LIMITS.charactersMax / piece.length);
      const before = performance.now();
      for (let i = 0; i < 20; i++) parseSearch(text);
      expect(performance.now() - before).toBeLessThan(1_000);
    },
  );
});

describe("the examples of the fields", () => {
  it.each(SEARCH_FIELDS.map(({ example, signals }) => [example, signals[0]!] as const))(
    "are searches: %s",
    (example, signal) => {
      expect(parseSearch(example, signal).ok).toBe(true);
    },
  );
});
