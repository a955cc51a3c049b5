import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { plainError } from "../contract/problem.ts";
import { methodOf, type Route } from "../contract/route.ts";
import { type OperationId, ROUTES } from "../contract/routes.ts";
import { FOREIGN, openTelemetryApi, type TelemetryApi, TRACE } from "./testing/telemetry-api.ts";

const RANGE = { from: "2026-09-21T00:00:00Z", to: "2026-09-22T00:00:00Z" };

let api: TelemetryApi;
beforeAll(async () => {
  api = await openTelemetryApi();
});
afterAll(() => api.close());

/** What breaks out of quotes, comments, identifiers and patterns elsewhere. */
const BAITS = [
  "'",
  "\\",
  "\\'",
  "'; SELECT 1 --",
  "' OR 1=1 OR '",
  "\\' OR org != '",
  "`",
  '"',
  "/*",
  "*/",
  "--",
  "\u0000",
  "a\u0000b",
  "\n\n",
  "\r",
  "\u001f",
  "%",
  "_",
  "%27",
  ")",
  "') OR (org = 'foreign",
  "{{table spans}}",
  "{p:String}",
  "${x}",
  "{uuid}",
  "$$",
  "\\x27",
  "\\N",
  "😀",
  "\u202e",
  "é",
  "\ufeff",
  ".*",
  "\\*",
  "((((",
  "[",
  "*",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "file('/etc/passwd')",
  "(SELECT * FROM system.tables)",
  `${FOREIGN}`,
  "foreign",
  "0",
  "-1",
  "1e309",
  "NaN",
  "null",
  "true",
  "a:",
  "(a OR ",
  "shared:",
  "-",
  " OR ",
];

const text = fc.oneof(
  fc.constantFrom(...BAITS),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .array(fc.constantFrom(...BAITS), { minLength: 2, maxLength: 5 })
    .map((parts) => parts.join("")),
);
const pair = fc.tuple(text, text).map(([key, value]) => `${key}=${value}`);

/** Parameters that take any text: the others refuse most of it, so they are tried less often. */
const FREE = [
  "service",
  "operation",
  "attribute",
  "query",
  "search",
  "name",
  "filter",
  "groupBy",
  "key",
  "q",
];

const routes = (Object.keys(ROUTES) as OperationId[]).filter((id) => "query" in ROUTES[id]);

/** A request of any route with hostile values in any of its parameters, beside good ones. */
const request = fc.constantFrom(...routes).chain((id) => {
  const route: Route = ROUTES[id];
  const all = [...Object.keys(route.query?.shape ?? {}), "other"];
  const free = all.filter((name) => FREE.includes(name));
  const name = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...(free.length === 0 ? all : free)) },
    { weight: 1, arbitrary: fc.constantFrom(...all) },
  );
  const valueOf = (one: string): fc.Arbitrary<string> =>
    one === "attribute" || one === "filter" ? fc.oneof(pair, text) : text;
  const parameters = fc
    .uniqueArray(name, { maxLength: 4 })
    .chain((chosen) =>
      fc.tuple(...chosen.map((one) => valueOf(one).map((value) => [one, value] as const))),
    );
  return fc.tuple(fc.constant(route), parameters, text, fc.boolean());
});

function pathOf(
  route: Route,
  parameters: readonly (readonly [string, string])[],
  value: string,
  hostilePath: boolean,
): string {
  const filled = hostilePath ? encodeURIComponent(value.toWellFormed()) : TRACE;
  const path = route.path.replaceAll(/\{\w+\}/g, filled === "" ? "x" : filled);
  const query = new URLSearchParams(
    route.query !== undefined && "from" in route.query.shape ? RANGE : {},
  );
  if (route.query !== undefined && "name" in route.query.shape) query.set("name", "shared.gauge");
  if (route.query !== undefined && "startTime" in route.query.shape) {
    query.set("startTime", RANGE.from);
    query.set("endTime", RANGE.to);
  }
  for (const [name, given] of parameters) query.set(name, given);
  return `${path}?${query.toString()}`;
}

const problem = z.object({ code: z.enum(["bad_request", "not_found"]), status: z.number() });
/** How each kind of route tells what is wrong with a request. */
const refusalOf = (route: Route): z.ZodType =>
  route.plainErrors === true ? z.strictObject(plainError.shape) : problem;
const REFUSED = [400, 404];

describe("hostile values in any parameter", () => {
  it("get an answer or a 400, and never rows of another organization", async () => {
    await fc.assert(
      fc.asyncProperty(request, async ([route, parameters, value, hostilePath]) => {
        const path = pathOf(route, parameters, value, hostilePath);
        const response = await fetch(`${api.url}${path}`, { method: methodOf(route) });
        const body = await response.text();
        expect([200, ...REFUSED]).toContain(response.status);
        const schema = response.status === 200 ? z.unknown() : refusalOf(route);
        expect(schema.safeParse(JSON.parse(body)).error).toBeUndefined();
        // What was given may be repeated: a problem says what it found, a line has its labels.
        const repeated = JSON.stringify([parameters, value]).includes(FOREIGN);
        expect(body.includes(repeated ? `${FOREIGN}-service` : FOREIGN)).toBe(false);
        expect(api.records).toEqual([]);
      }),
    );
  });
});
