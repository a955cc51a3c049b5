import fc from "fast-check";
import { expect, it } from "vitest";
import { PermanentError } from "#core/errors.ts";
import { EndpointRefusedError, PartialDeliveryError, RetryAfterError } from "./delivery.ts";
import { type Part, sendParts } from "./send-parts.ts";

const ERRORS = {
  refused: () => new PermanentError("refused"),
  closed: () => new EndpointRefusedError("closed"),
  down: () => new Error("down"),
  wait: () => new RetryAfterError("wait", 1),
} as const;

interface Case {
  readonly rows: number;
  readonly parts: readonly (Part & { readonly fails: keyof typeof ERRORS | undefined })[];
  readonly unsent: readonly number[];
  readonly goesOn: boolean;
}

const NAMES = Object.keys(ERRORS) as (keyof typeof ERRORS)[];

/** Rows shared out to parts of one to four, some to none. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    given: fc.array(
      fc.record({
        size: fc.integer({ min: 1, max: 4 }),
        fails: fc.constantFrom(undefined, undefined, undefined, ...NAMES),
        target: fc.constantFrom("a", "b"),
        isOrdered: fc.boolean(),
      }),
      { maxLength: 8 },
    ),
    unsent: fc.nat(3),
    goesOn: fc.boolean(),
  })
  .map(({ given, unsent, goesOn }) => {
    let rows = 0;
    const next = (count: number): number[] => Array.from({ length: count }, () => rows++);
    const parts = given.map(({ size, ...part }) => ({ places: next(size), ...part }));
    const left = next(unsent);
    return { rows, parts, unsent: left, goesOn };
  });

it("each row is taken, dead or to be sent again, and none of them twice", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (given) => {
      const { rows, parts, unsent, goesOn } = given;
      const taken: number[] = [];
      const refused = unsent.map((index) => ({ index, reason: "unsent" }));
      const send = async ({ places, fails }: Case["parts"][number]): Promise<readonly []> => {
        if (fails !== undefined) throw ERRORS[fails]();
        taken.push(...places);
        return [];
      };
      const error: unknown = await sendParts(rows, parts, send, { refused, goesOn }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(problemOf(given, taken, error)).toBe("none");
    }),
  );
});

/** What is wrong with what is said of a delivery. */
function problemOf(
  { rows, parts, unsent }: Case,
  taken: readonly number[],
  error: unknown,
): string {
  if (error === undefined) return taken.length === rows ? "none" : "not all were taken";
  if (!(error instanceof PartialDeliveryError))
    // It is said of all rows alike, so that all are sent again, or none.
    return taken.length === 0 && unsent.length === 0 ? "none" : "settled rows are not told apart";
  const { again, refused, cause } = error;
  const all = [...taken, ...again, ...refused.map(({ index }) => index)];
  if (all.length !== rows || new Set(all).size !== rows) return `not each row once: ${all.join()}`;
  if (again.length > 0 && cause === undefined) return "no reason to send again";
  const [only] = parts.filter(({ places }) => places.includes(again[0]!));
  // It is cut in two, down to one: a row that is alone must have been refused itself.
  const isGivenUp = cause instanceof PermanentError && again.length === 1;
  return isGivenUp && only?.fails !== "refused" ? "a row is given up that was not refused" : "none";
}
