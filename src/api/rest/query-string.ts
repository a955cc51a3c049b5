import { QUERY_LIMITS } from "#core/limits.ts";
import { z } from "zod";
import type { ProblemDetail } from "../contract/problem.ts";
import { InvalidRequest } from "./invalid-request.ts";

/**
 * Reads the query string of `url` by a strict schema whose parameters are text, or arrays of text
 * where they may be repeated. Throws {@link InvalidRequest} with every fault.
 */
export function parseQuery<T extends z.ZodObject>(schema: T, url: string): z.output<T> {
  const start = url.indexOf("?");
  const text = start < 0 ? "" : url.slice(start + 1);
  if (text.length > QUERY_LIMITS.queryStringBytesMax) {
    throw new InvalidRequest([
      {
        where: "query string",
        found: `${text.length} characters`,
        allowed: `at most ${QUERY_LIMITS.queryStringBytesMax}`,
      },
    ]);
  }
  const names = Object.keys(schema.shape);
  const given = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const values = given.get(name);
    if (values === undefined) given.set(name, [value]);
    else values.push(value);
  }
  const faults: ProblemDetail[] = [];
  const input: Record<string, string | string[]> = {};
  for (const [name, values] of given) {
    if (!names.includes(name)) faults.push(unknownParameter(name, names));
    else if (isRepeatable(schema.shape[name] as z.ZodType)) input[name] = values;
    else if (values.length === 1) input[name] = values[0]!;
    else faults.push({ where: name, found: `${values.length} values`, allowed: "one value" });
  }
  const parsed = schema.safeParse(input);
  if (!parsed.success) faults.push(...parsed.error.issues.map((issue) => faultOf(issue, input)));
  if (faults.length > 0 || !parsed.success) throw new InvalidRequest(faults);
  return parsed.data;
}

/** Reads the parameters of a path. Throws {@link InvalidRequest}. */
export function parseParams<T extends z.ZodObject>(schema: T, params: unknown): z.output<T> {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const input = z.record(z.string(), z.string()).catch({}).parse(params);
  throw new InvalidRequest(parsed.error.issues.map((issue) => faultOf(issue, input)));
}

function unknownParameter(name: string, names: readonly string[]): ProblemDetail {
  const allowed = names.length === 0 ? "no parameters" : names.join(", ");
  return { where: shortened(name), found: "a parameter that is not known here", allowed };
}

function faultOf(
  issue: z.core.$ZodIssue,
  input: Readonly<Record<string, string | string[]>>,
): ProblemDetail {
  const [name, index] = issue.path;
  const given = Object.hasOwn(input, String(name)) ? input[String(name)] : undefined;
  const found = typeof index === "number" ? given?.[index] : given;
  return {
    where: String(name),
    found: found === undefined ? "nothing" : shortened(String(found)),
    allowed: issue.message,
  };
}

const FOUND_CHARACTERS_MAX = 100;

/** What was given, readable and not too long. JSON makes control characters visible. */
function shortened(text: string): string {
  const short =
    text.length <= FOUND_CHARACTERS_MAX ? text : `${text.slice(0, FOUND_CHARACTERS_MAX)}…`;
  return JSON.stringify(short.toWellFormed());
}

function isRepeatable(schema: z.ZodType): boolean {
  if (schema instanceof z.ZodArray) return true;
  return schema instanceof z.ZodOptional && isRepeatable(schema.unwrap() as z.ZodType);
}
