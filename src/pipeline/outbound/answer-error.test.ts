import { describe, expect, it } from "vitest";
import { PermanentError } from "#core/errors.ts";
import { EndpointRefusedError, RetryAfterError } from "../delivery/delivery.ts";
import { answerError, type AnswerReading } from "./answer-error.ts";

const NOW_MS = Date.UTC(2025, 10, 27);

function errorOf(
  status: number,
  body = "",
  headers: Readonly<Record<string, string>> = {},
  reading: Partial<AnswerReading> = {},
): Error | undefined {
  const answer = { status, headers, body: Buffer.from(body) };
  return answerError(answer, { nowMs: NOW_MS, ...reading });
}

describe("an answer", () => {
  it.each([200, 202, 204, 299])("of %i is none that fails", (status) => {
    expect(errorOf(status, "said")).toBeUndefined();
  });

  it.each([
    ["passes", Error, [408, 425, 429, 500, 501, 502, 503, 504, 507, 529, 599]],
    ["waits for someone to mend the credential", Error, [401, 402, 403, 407]],
    ["is the target's", EndpointRefusedError, [301, 302, 304, 307, 404, 405, 406, 410, 415, 421]],
    ["is the rows'", PermanentError, [400, 409, 411, 412, 413, 414, 418, 422, 431, 499]],
  ] as const)("that %s is told by its status", (_, kind, statuses) => {
    expect(statuses.map((status) => errorOf(status)?.constructor)).toEqual(
      statuses.map(() => kind),
    );
  });

  it.each([429, 503, 500, 403])("of %i that says when is heeded", (status) => {
    expect(errorOf(status, "", { "retry-after": "7" })).toMatchObject({ afterMs: 7_000 });
    const date = new Date(NOW_MS + 9_000).toUTCString();
    expect(errorOf(status, "", { "retry-after": date })).toMatchObject({ afterMs: 9_000 });
    expect(errorOf(status, "", {}, { waitMs: 5 })).toBeInstanceOf(RetryAfterError);
    expect(errorOf(status, "", { "retry-after": "soon" })?.constructor).toBe(Error);
  });

  it("that refuses rows or its target does so whenever they come", () => {
    const headers = { "retry-after": "7" };
    expect(errorOf(400, "", headers)?.constructor).toBe(PermanentError);
    expect(errorOf(404, "", headers)?.constructor).toBe(EndpointRefusedError);
  });

  it("is quoted in short, with what was asked and what helps", () => {
    expect(errorOf(500)?.message).toBe("HTTP 500");
    expect(errorOf(500, " no\n", {}, { what: "logs" })?.message).toBe("HTTP 500 for logs: no");
    expect(errorOf(302, "", {}, { said: "moved" })?.message).toBe(
      "HTTP 302: moved; redirects are not followed",
    );
    expect(errorOf(400, "{}", {}, { said: "code 14", hint: "; do this" })?.message).toBe(
      "HTTP 400: code 14; do this",
    );
    const long = errorOf(500, `${"x".repeat(299)}😀`)!.message;
    expect(long).toBe(`HTTP 500: ${"x".repeat(299)}\ufffd`);
  });

  it("means what whoever reads more of it says", () => {
    expect(errorOf(400, "", {}, { meaning: "sender" })?.constructor).toBe(Error);
    expect(errorOf(403, "", {}, { meaning: "target" })?.constructor).toBe(EndpointRefusedError);
  });
});
