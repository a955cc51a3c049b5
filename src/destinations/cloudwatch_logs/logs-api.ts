import { z } from "zod";
import { PermanentError } from "#core/errors.ts";
import type { SignedRequests } from "#pipeline/aws/signed-requests.ts";
import { RetryAfterError } from "#pipeline/delivery/delivery.ts";
import { answerError } from "#pipeline/outbound/answer-error.ts";
import type { OutboundResponse } from "#pipeline/outbound/outbound.ts";

/** The version of the API, which its actions are named with. */
const TARGET = "Logs_20140328";

/** Errors that are about the events; whatever else is wrong may be mended. */
const ABOUT_EVENTS = new Set([
  "InvalidParameterException",
  "SerializationException",
  "ValidationException",
  "RequestEntityTooLargeException",
]);

/** An answer of CloudWatch Logs that is none of success, and may be another when it is asked again. */
export class LogsApiError extends Error {
  readonly status: number;
  /** Such as `ThrottlingException`; empty when it gave none. */
  readonly code: string;

  constructor(message: string, status: number, code: string) {
    super(message);
    this.name = "LogsApiError";
    this.status = status;
    this.code = code;
  }
}

const problemSchema = z.object({
  __type: z.string().optional(),
  message: z.string().optional(),
  Message: z.string().optional(),
});

/** The API of CloudWatch Logs, in its JSON protocol (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html). */
export class LogsApi {
  readonly #requests: SignedRequests;
  readonly #origin: string;
  readonly #path: string;
  readonly #msMax: number;
  readonly #nowMs: () => number;

  constructor(options: {
    readonly requests: SignedRequests;
    readonly endpoint: string;
    readonly msMax: number;
    readonly nowMs: () => number;
  }) {
    const { origin, pathname } = new URL(options.endpoint);
    this.#requests = options.requests;
    this.#origin = origin;
    this.#path = pathname;
    this.#msMax = options.msMax;
    this.#nowMs = options.nowMs;
  }

  /**
   * What an action answers.
   *
   * @throws PermanentError when it is the input that the service does not take.
   * @throws RetryAfterError when it says how long to wait.
   * @throws LogsApiError for any other answer but success.
   */
  async call(action: string, input: object, cancel: AbortSignal): Promise<unknown> {
    const answer = await this.#requests.send(
      {
        method: "POST",
        origin: this.#origin,
        path: this.#path,
        headers: {
          "content-type": "application/x-amz-json-1.1",
          "x-amz-target": `${TARGET}.${action}`,
        },
        body: Buffer.from(JSON.stringify(input)),
        msMax: this.#msMax,
      },
      cancel,
    );
    const error = errorOf(action, answer, this.#nowMs());
    if (error !== undefined) throw error;
    return jsonOf(answer.body);
  }
}

/** What is wrong with an answer; undefined when nothing is. Its status says little: most refusals are 400. */
function errorOf(action: string, answer: OutboundResponse, nowMs: number): Error | undefined {
  const { status, headers } = answer;
  const problem = problemSchema.safeParse(jsonOf(answer.body)).data ?? {};
  const code = codeOf(headers["x-amzn-errortype"] ?? problem.__type ?? "");
  const text = problem.message ?? problem.Message ?? answer.body.toString();
  const said = [code, text].filter((part) => part !== "").join(": ");
  const meaning = ABOUT_EVENTS.has(code) || status === 413 ? "rows" : "later";
  const error = answerError(answer, { what: action, said, meaning, nowMs });
  if (error === undefined || error instanceof PermanentError || error instanceof RetryAfterError)
    return error;
  return new LogsApiError(error.message, status, code);
}

/** The error's name alone: it may stand behind a namespace, and an address may stand behind it. */
function codeOf(type: string): string {
  return type.split(":", 1)[0]!.split("#").at(-1)!.trim();
}

/** Undefined for what is no JSON, such as an empty answer. */
function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
