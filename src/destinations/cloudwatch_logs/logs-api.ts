import { z } from "zod";
import { PermanentError } from "#core/errors.ts";
import type { SignedRequests } from "#pipeline/aws/signed-requests.ts";
import { RetryAfterError } from "#pipeline/delivery/delivery.ts";
import { retryAfterMs } from "#pipeline/outbound/outbound.ts";
import type { OutboundResponse } from "#pipeline/outbound/outbound.ts";

/** The version of the API, which its actions are named with. */
const TARGET = "Logs_20140328";
/** Of what the service says about a refusal. */
const ANSWER_CHARACTERS_MAX = 300;

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
    if (answer.status >= 200 && answer.status < 300) return jsonOf(answer.body);
    throw errorOf(action, answer, this.#nowMs());
  }
}

function errorOf(action: string, answer: OutboundResponse, nowMs: number): Error {
  const { status, headers } = answer;
  const problem = problemSchema.safeParse(jsonOf(answer.body)).data ?? {};
  const code = codeOf(headers["x-amzn-errortype"] ?? problem.__type ?? "");
  const said = problem.message ?? problem.Message ?? answer.body.toString().trim();
  const what = `${action}: HTTP ${status}${code === "" ? "" : ` ${code}`}`;
  const message = said === "" ? what : `${what}: ${said.slice(0, ANSWER_CHARACTERS_MAX)}`;
  if (ABOUT_EVENTS.has(code) || status === 413) return new PermanentError(message);
  const afterMs = retryAfterMs(headers["retry-after"], nowMs);
  return afterMs === undefined
    ? new LogsApiError(message, status, code)
    : new RetryAfterError(message, afterMs);
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
