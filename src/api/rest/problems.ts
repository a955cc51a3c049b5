import { ERRORS, SightglassError } from "#core/errors.ts";
import type { PlainError, Problem } from "../contract/problem.ts";
import { InvalidRequest } from "./invalid-request.ts";

/** An answer to a request that failed. */
export interface ProblemAnswer {
  readonly status: number;
  readonly body: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

/**
 * The problem (RFC 9457) that an error is to the one who asked. What is not a {@link SightglassError},
 * or says `internal`, keeps its message to our own log.
 */
export function problemOf(error: unknown, traceId: string): ProblemAnswer {
  const known = error instanceof SightglassError ? error : undefined;
  const code = known?.code ?? "internal";
  const { status, title } = ERRORS[code];
  const detail =
    known === undefined || code === "internal"
      ? `The log of Sightglass has more under trace id ${traceId}.`
      : known.message;
  const headers: Record<string, string> = {};
  if (code === "unauthorized") headers["www-authenticate"] = 'Bearer realm="Sightglass"';
  const retryAfter = known?.retryAfterSeconds ?? (status === 503 ? 1 : undefined);
  if (retryAfter !== undefined) headers["retry-after"] = String(Math.ceil(retryAfter));
  const body: Problem = { type: "about:blank", title, status, detail, code, traceId };
  return {
    status,
    headers,
    body: error instanceof InvalidRequest ? { ...body, errors: [...error.faults] } : body,
  };
}

/** A problem as seed 003's API tells errors. */
export function plainErrorOf({ title, detail, errors }: Problem, nowMs: number): PlainError {
  const faults = errors?.map(
    ({ where, found, allowed }) => `${where}: found ${found}, allowed: ${allowed}`,
  );
  return {
    error: title,
    message: faults?.join("; ") ?? detail,
    timestamp: new Date(nowMs).toISOString(),
  };
}

/** Whether the fault is ours, so that it belongs into the log. */
export function isOurFault(error: unknown): boolean {
  return !(error instanceof SightglassError) || error.code === "internal";
}
