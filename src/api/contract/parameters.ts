import { QUERY_LIMITS } from "#core/limits.ts";
import { parseTime, TIME_NS_MAX } from "#core/time.ts";
import { z } from "zod";

// Query parameters arrive as text. Each schema here reads one kind of them and names what is allowed.

const TIME_HELP =
  "RFC 3339 with an offset (2026-11-21T09:00:00Z; a + in an address is written %2B) or Unix nanoseconds (1795251600000000000)";

/** A time: RFC 3339 or Unix nanoseconds, as Unix nanoseconds. */
export const time = z.string().transform((text, context): bigint => {
  const ns = parseTime(text);
  if (ns !== undefined && ns >= 0n && ns <= TIME_NS_MAX) return ns;
  context.issues.push({
    code: "custom",
    input: text,
    message: `${TIME_HELP}, from 1970 to 2106`,
  });
  return z.NEVER;
});

export const from = time
  .optional()
  .describe(
    "Start of the time range, inclusive: RFC 3339 or Unix nanoseconds. An hour before `to` by default.",
  );
export const to = time
  .optional()
  .describe("End of the time range, inclusive: RFC 3339 or Unix nanoseconds. Now by default.");

const TEXT_CHARACTERS_MAX = 4_096;

/** Text that is matched as it is; the empty text counts as left out. */
export const text = z
  .string()
  .max(TEXT_CHARACTERS_MAX)
  .transform((value) => (value === "" ? undefined : value))
  .optional();

/** Which spans count. */
export const spanSet = z
  .enum(["roots", "all"])
  .optional()
  .describe("`roots` counts only the first span of each trace; `all` by default.");

/** A search in the search language; the empty text finds everything. */
export const search = text.describe(
  'A search: `service:checkout status:error duration:>200ms "card declined" -path:/health`. All other conditions must hold too.',
);

/** A whole number within bounds, in decimal digits. */
export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  return z.string().transform((value, context): number => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    context.issues.push({
      code: "custom",
      input: value,
      message: `a whole number from ${min} to ${max}`,
    });
    return z.NEVER;
  });
}

/** A duration in milliseconds, fractions included, as nanoseconds. */
export const durationMs = z.string().transform((value, context): bigint => {
  const ms = /^\d{1,12}(\.\d{1,9})?$/.test(value) ? Number(value) : Number.NaN;
  if (ms >= 0) return BigInt(Math.round(ms * 1_000_000));
  context.issues.push({
    code: "custom",
    input: value,
    message: "milliseconds as a number such as 250 or 0.5",
  });
  return z.NEVER;
});

export const limit = wholeNumber(1, QUERY_LIMITS.limitMax)
  .optional()
  .describe(
    `Rows of a page: 1 to ${QUERY_LIMITS.limitMax}, ${QUERY_LIMITS.limitDefault} by default.`,
  );

export const cursor = z
  .string()
  .max(TEXT_CHARACTERS_MAX)
  .optional()
  .describe("The `nextCursor` of the page before, with all other parameters as they were.");

/** `key=value`, split at the first `=`. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

const keyValue = z
  .string()
  .max(TEXT_CHARACTERS_MAX)
  .transform((pair, context): KeyValue => {
    const split = pair.indexOf("=");
    if (split > 0) return { key: pair.slice(0, split), value: pair.slice(split + 1) };
    context.issues.push({
      code: "custom",
      input: pair,
      message: "key=value, such as http.request.method=GET",
    });
    return z.NEVER;
  });

/** A parameter that may be given several times, each one `key=value`. */
export const keyValues = z.array(keyValue).max(QUERY_LIMITS.attributeFiltersMax).optional();

/** A trace id: 32 hexadecimal digits, in lower case afterwards. */
export const traceId = z
  .string()
  .regex(/^[0-9a-fA-F]{32}$/, { error: "32 hexadecimal digits" })
  .transform((id) => id.toLowerCase());

/** A span id: 16 hexadecimal digits, in lower case afterwards. */
export const spanId = z
  .string()
  .regex(/^[0-9a-fA-F]{16}$/, { error: "16 hexadecimal digits" })
  .transform((id) => id.toLowerCase());
