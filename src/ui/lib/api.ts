import type { AttributesAnswer } from "#api/contract/attributes.ts";
import type { Problem } from "#api/contract/problem.ts";
import type { TraceAnswer, TracesAnswer } from "#api/contract/traces.ts";
import type { ServicesAnswer } from "#api/contract/services.ts";
import type { AboutAnswer, LedgerAnswer, ReadyAnswer } from "#api/contract/status.ts";
import { token } from "./token.ts";

/**
 * Why there is no answer. `unreachable`: nothing answered. `unauthorized`: a token is needed. `refused`:
 * the server said no, in its own words. `garbled`: something answered, but not Sightglass's API.
 */
export interface ApiError {
  readonly kind: "unreachable" | "unauthorized" | "refused" | "garbled";
  readonly title: string;
  readonly detail: string;
  /** The stable code of the problem, or the HTTP status, for a report; empty when nothing answered. */
  readonly code: string;
  readonly status: number;
}

export type ApiResult<T> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly error: ApiError };

type Parameters = Readonly<Record<string, string | number | undefined>>;

/** Above it a request counts as unanswered. Every query of the server ends sooner. */
const TIMEOUT_MS = 30_000;

export const api = {
  about: (cancel: AbortSignal) => get<AboutAnswer>("/api/v1/about", {}, cancel),
  ledger: (cancel: AbortSignal) => get<LedgerAnswer>("/api/v1/ledger", {}, cancel),
  services: (parameters: Parameters, cancel: AbortSignal) =>
    get<ServicesAnswer>("/api/v1/services", parameters, cancel),
  traces: (parameters: Parameters, cancel: AbortSignal) =>
    get<TracesAnswer>("/api/v1/traces", parameters, cancel),
  trace: (traceId: string, cancel: AbortSignal) =>
    get<TraceAnswer>(`/api/v1/traces/${encodeURIComponent(traceId)}`, {}, cancel),
  attributes: (parameters: Parameters, cancel: AbortSignal) =>
    get<AttributesAnswer>("/api/v1/attributes", parameters, cancel),
  /** Not ready is an answer too, not an error. */
  ready: (cancel: AbortSignal) => get<ReadyAnswer>("/readyz", {}, cancel, [503]),
};

async function get<T>(
  path: string,
  parameters: Parameters,
  cancel: AbortSignal,
  alsoAnswers: readonly number[] = [],
): Promise<ApiResult<T>> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, String(value));
  }
  const address = query.size === 0 ? path : `${path}?${query.toString()}`;
  const bearer = token();
  try {
    const response = await fetch(address, {
      headers: {
        accept: "application/json",
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
      signal: AbortSignal.any([cancel, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    return await read<T>(response, alsoAnswers);
  } catch (error) {
    // Thrown on, so that a query that was left is not shown as one that failed.
    if (cancel.aborted) throw error;
    return { ok: false, error: unreachable() };
  }
}

async function read<T>(response: Response, alsoAnswers: readonly number[]): Promise<ApiResult<T>> {
  const body = await json(response);
  const problem = isProblem(body) ? body : undefined;
  const { ok, status } = response;
  if ((ok || alsoAnswers.includes(status)) && body !== undefined && problem === undefined) {
    // The server checks its answers against the contract; the browser does not carry the schemas.
    return { ok: true, data: body as T };
  }
  if (status === 401) return { ok: false, error: refused("unauthorized", status, problem) };
  if (problem !== undefined) return { ok: false, error: refused("refused", status, problem) };
  return { ok: false, error: garbled(status) };
}

async function json(response: Response): Promise<unknown> {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

function isProblem(body: unknown): body is Problem {
  return (
    typeof body === "object" &&
    body !== null &&
    "title" in body &&
    typeof body.title === "string" &&
    "code" in body &&
    typeof body.code === "string"
  );
}

function refused(
  kind: "unauthorized" | "refused",
  status: number,
  problem: Problem | undefined,
): ApiError {
  const details = problem?.errors?.map(
    ({ where, found, allowed }) => `${where}: found ${found}, allowed: ${allowed}`,
  );
  return {
    kind,
    status,
    title: problem?.title ?? "A token is needed",
    detail: [problem?.detail ?? "", ...(details ?? [])].filter((line) => line !== "").join("\n"),
    code: problem?.code ?? String(status),
  };
}

function unreachable(): ApiError {
  return {
    kind: "unreachable",
    status: 0,
    title: "Sightglass does not answer",
    detail: "See whether it still runs, in the terminal where it was started.",
    code: "",
  };
}

function garbled(status: number): ApiError {
  return {
    kind: "garbled",
    status,
    title: "Something else answered",
    detail:
      "The answer is not one of Sightglass's API. If a proxy stands between, look at its log; if Sightglass was updated, reload the page.",
    code: String(status),
  };
}
