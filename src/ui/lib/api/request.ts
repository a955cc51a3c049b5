import type { Problem } from "#api/contract/problem.ts";
import { token } from "../token.ts";

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

/** An {@link ApiError}, thrown: what a question without an answer rejects with. */
export class ApiFailure extends Error {
  readonly error: ApiError;

  constructor(error: ApiError) {
    super(error.title);
    this.error = error;
  }
}

/** A list gives its name several times; what is undefined is left out. */
export type Parameters = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export interface RequestOptions {
  /** GET when left out. */
  readonly method?: "POST" | "PUT" | "DELETE";
  readonly parameters?: Parameters;
  /** Sent as text. */
  readonly body?: string;
  /** Statuses that bring an answer too, not an error. */
  readonly alsoAnswers?: readonly number[];
}

/** Above it a request counts as unanswered. Every query of the server ends sooner. */
const TIMEOUT_MS = 30_000;

/**
 * Asks the API. `T` is the contract's type of the answer.
 *
 * @throws ApiFailure When there is no answer; what `cancel` has ended is thrown as it is.
 */
export async function request<T>(
  path: string,
  cancel: AbortSignal,
  options: RequestOptions = {},
): Promise<T> {
  const { method = "GET", parameters = {}, body, alsoAnswers = [] } = options;
  let response: Response;
  try {
    response = await fetch(addressOf(path, parameters), {
      method,
      headers: { accept: "application/json", ...authorization() },
      signal: AbortSignal.any([cancel, AbortSignal.timeout(TIMEOUT_MS)]),
      ...(body === undefined ? {} : { body }),
    });
    return await read<T>(response, alsoAnswers);
  } catch (error) {
    // Thrown on, so that a question that was left is not shown as one that failed.
    if (cancel.aborted || error instanceof ApiFailure) throw error;
    throw new ApiFailure(unreachable());
  }
}

/** What shows the server who asks; nothing where no token is known. */
export function authorization(): Readonly<Record<string, string>> {
  const bearer = token();
  return bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
}

/** A path with its query string. */
export function addressOf(path: string, parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    for (const one of typeof value === "object" ? value : [value]) query.append(name, String(one));
  }
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

async function read<T>(response: Response, alsoAnswers: readonly number[]): Promise<T> {
  const body = await json(response);
  const problem = isProblem(body) ? body : undefined;
  const { ok, status } = response;
  if ((ok || alsoAnswers.includes(status)) && body !== undefined && problem === undefined) {
    // The server checks its answers against the contract; the browser does not carry the schemas.
    return body as T;
  }
  if (status === 401) throw new ApiFailure(refused("unauthorized", status, problem));
  if (problem !== undefined) throw new ApiFailure(refused("refused", status, problem));
  throw new ApiFailure(garbled(status));
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
