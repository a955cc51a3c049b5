import { PermanentError } from "#core/errors.ts";
import { EndpointRefusedError, RetryAfterError } from "../delivery/delivery.ts";
import { type OutboundResponse, retryAfterMs } from "./outbound.ts";

/** What an answer that is no success says: the columns of the table at {@link answerError}. */
export type Meaning = "later" | "sender" | "target" | "rows";

export interface AnswerReading {
  /** The clock's time, by which a date in Retry-After is so far away. */
  readonly nowMs: number;
  /** What was asked, such as `_bulk`, where a destination asks for several things. */
  readonly what?: string;
  /** What the other side says of it, where that does not stand plainly in the body. */
  readonly said?: string;
  /** What people should know of it beside that; it begins with its own punctuation. */
  readonly hint?: string;
  /** For whoever knows better than by the status alone, such as by a code in the body. */
  readonly meaning?: Meaning;
  /** How long it asks to wait where it has no Retry-After. */
  readonly waitMs?: number | undefined;
}

/** Of what the other side says. */
const SAID_CHARACTERS_MAX = 300;

/** They are about who sends: a credential that is wrong or has expired, an account that was not paid for. */
const ABOUT_SENDER = new Set([401, 402, 403, 407]);
/** They are about where it is sent, and in what form. */
const ABOUT_TARGET = new Set([404, 405, 406, 410, 415, 421, 426, 451]);
const LATER = new Set([408, 425, 429]);

/**
 * What an answer means for the rows that were sent; undefined when it is a success. This is the one place
 * where that is decided, for every destination that speaks HTTP:
 *
 * | status | it is about | error | what becomes of the rows |
 * |---|---|---|---|
 * | 2xx | | none | delivered |
 * | 408, 425, 429, 5xx | `later`: the other side as it is now | `Error`, or `RetryAfterError` where it says how long | sent again |
 * | 401, 402, 403, 407 | `sender`: a credential or an account | the same | wait in the journal until someone mends it |
 * | 3xx, 404, 405, 406, 410, 415, 421, 426, 451 | `target`: nothing like it is taken there | `EndpointRefusedError` | dead letters at once |
 * | other 4xx (400, 409, 413, 422 …) | `rows` | `PermanentError` | cut in two, down to those at fault |
 *
 * "Sent again" and "wait" are bounded by `maxRetries`, and count for the breaker unless it said how long to wait.
 *
 * @example
 * const error = answerError(answer, { what: "logs", nowMs: clock.nowMs() });
 * if (error !== undefined) throw error;
 */
export function answerError(
  { status, headers, body }: OutboundResponse,
  reading: AnswerReading,
): Error | undefined {
  if (status >= 200 && status < 300) return undefined;
  const { nowMs, what, said = body.toString(), hint = "", waitMs } = reading;
  const text = shortened(said);
  const asked = what === undefined ? "" : ` for ${what}`;
  const redirect = status < 400 ? "; redirects are not followed" : "";
  const message = `HTTP ${status}${asked}${text === "" ? "" : `: ${text}`}${redirect}${hint}`;
  const afterMs = retryAfterMs(headers["retry-after"], nowMs) ?? waitMs;
  return errorOfMeaning(reading.meaning ?? meaningOf(status), message, afterMs);
}

/** What a status that is no success is about. */
function meaningOf(status: number): Meaning {
  if (status >= 500 || LATER.has(status)) return "later";
  if (ABOUT_SENDER.has(status)) return "sender";
  return status < 400 || ABOUT_TARGET.has(status) ? "target" : "rows";
}

/** The error for what is known of an answer; for protocols whose answers are not told by HTTP's status. */
export function errorOfMeaning(
  meaning: Meaning,
  message: string,
  afterMs: number | undefined,
): Error {
  switch (meaning) {
    case "later":
    case "sender":
      return afterMs === undefined ? new Error(message) : new RetryAfterError(message, afterMs);
    case "target":
      return new EndpointRefusedError(message);
    case "rows":
      return new PermanentError(message);
  }
}

/** What the other side says, without what would fill a screen. */
export function shortened(said: string): string {
  return said.trim().slice(0, SAID_CHARACTERS_MAX).toWellFormed();
}
