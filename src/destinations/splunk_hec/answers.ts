import { z } from "zod";
import { PermanentError } from "#core/errors.ts";
import { EndpointRefusedError, RetryAfterError } from "#pipeline/delivery/delivery.ts";
import { retryAfterMs } from "#pipeline/outbound/outbound.ts";
import type { OutboundResponse } from "#pipeline/outbound/outbound.ts";

const ANSWER_CHARACTERS_MAX = 200;

/** What HEC answers of the events of a request. */
export type Verdict =
  | { readonly kind: "accepted"; readonly ackId: number | undefined }
  /** It took the events before this one, refuses this one, and has not looked at those after it. */
  | {
      readonly kind: "stopped";
      readonly at: number;
      readonly reason: string;
      readonly isIndex: boolean;
      readonly ackId: number | undefined;
    }
  | { readonly kind: "failed"; readonly error: Error };

const hecAnswer = z.object({
  text: z.string().default(""),
  code: z.int().optional(),
  "invalid-event-number": z.int().min(0).optional(),
  ackId: z.int().min(0).optional(),
});

/**
 * Codes about the one event that the answer names
 * (https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector):
 * data format, no event, blank event, indexed fields.
 */
const ABOUT_EVENT = new Set([6, 12, 13, 15]);
/** The event's index is none that the token may write to. This alone counts events from 1. */
const INCORRECT_INDEX = 7;
/** About the token, its header, or the channel: whatever the events are. */
const ABOUT_TOKEN = new Set([1, 2, 3, 4, 10, 11, 14, 16, 21, 22, 28]);
const CHANNEL_MISSING = new Set([10, 28]);
const ACK_DISABLED = 14;

/** Statuses that say "later", as 5xx do. */
const RETRIED = new Set([408, 425, 429]);
const NOT_ABOUT_ROWS = new Set([401, 403, 404, 405, 407, 415]);

export function verdictOf(answer: OutboundResponse, nowMs: number): Verdict {
  const { status } = answer;
  const said = parsedAnswer(answer.body);
  const { code, ackId, "invalid-event-number": number } = said ?? {};
  if (status >= 200 && status < 300) return { kind: "accepted", ackId };
  const isIndex = code === INCORRECT_INDEX;
  if (status === 400 && code !== undefined && number !== undefined) {
    const reason = `code ${code}: ${said!.text}`;
    if (ABOUT_EVENT.has(code)) return { kind: "stopped", at: number, reason, isIndex, ackId };
    if (isIndex && number > 0) return { kind: "stopped", at: number - 1, reason, isIndex, ackId };
  }
  return { kind: "failed", error: errorOf(answer, nowMs) };
}

/** What is wrong with an answer as a whole; only for those that are no 2xx. */
export function errorOf(answer: OutboundResponse, nowMs: number): Error {
  const { status, headers, body } = answer;
  const said = parsedAnswer(body);
  const code = said?.code;
  const text =
    code === undefined
      ? body.toString().trim().slice(0, ANSWER_CHARACTERS_MAX)
      : `code ${code}: ${said!.text}`;
  const message = `HTTP ${status}${text === "" ? "" : `, ${text}`}${hintOf(code)}`;
  if (status >= 500 || RETRIED.has(status)) {
    const afterMs = retryAfterMs(headers["retry-after"], nowMs);
    return afterMs === undefined ? new Error(message) : new RetryAfterError(message, afterMs);
  }
  if (status < 400) return new EndpointRefusedError(`HTTP ${status}: redirects are not followed`);
  const isEndpoint =
    code === undefined
      ? NOT_ABOUT_ROWS.has(status)
      : ABOUT_TOKEN.has(code) || code === INCORRECT_INDEX;
  return isEndpoint || NOT_ABOUT_ROWS.has(status)
    ? new EndpointRefusedError(message)
    : new PermanentError(message);
}

function hintOf(code: number | undefined): string {
  if (code === undefined) return "";
  if (CHANNEL_MISSING.has(code)) return "; this token needs acknowledgements: true";
  return code === ACK_DISABLED ? "; this token needs acknowledgements: false" : "";
}

const acksAnswer = z.object({ acks: z.record(z.string(), z.boolean()) });

/** Which requests were indexed, of an answer of `/services/collector/ack`; undefined when it is none. */
export function acknowledgedOf(body: Buffer): number[] | undefined {
  const acks = acksAnswer.safeParse(parsedJson(body)).data?.acks;
  if (acks === undefined) return undefined;
  return Object.entries(acks).flatMap(([id, isIndexed]) => (isIndexed ? [Number(id)] : []));
}

function parsedAnswer(body: Buffer): z.infer<typeof hecAnswer> | undefined {
  return hecAnswer.safeParse(parsedJson(body)).data;
}

function parsedJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
