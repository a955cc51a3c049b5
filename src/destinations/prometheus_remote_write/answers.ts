import { PermanentError } from "#core/errors.ts";
import { EndpointRefusedError, RetryAfterError } from "#pipeline/delivery/delivery.ts";
import { type OutboundResponse, retryAfterMs } from "#pipeline/outbound/outbound.ts";
import type { WriteSeries } from "./write-series.ts";

/** What a request brought: samples and histograms. */
interface Sent {
  readonly version: "1.0" | "2.0";
  readonly points: number;
}

/** What was made of a request that is not to be sent again. */
export interface Outcome {
  readonly rejected: number;
  readonly message: string;
}

const TAKEN: Outcome = { rejected: 0, message: "" };
/** Of what a receiver says about a refusal. */
const ANSWER_CHARACTERS_MAX = 300;
const TOO_MANY_REQUESTS = 429;
const BAD_REQUEST = 400;
/** Statuses that are about the request's target or sender, and not about its points. */
const NOT_ABOUT_POINTS = new Set([401, 402, 403, 404, 405, 406, 407, 410, 415, 421, 426, 451]);

const WRITTEN = [
  "x-prometheus-remote-write-samples-written",
  "x-prometheus-remote-write-histograms-written",
] as const;

export function pointsIn(series: readonly WriteSeries[]): number {
  return series.reduce(
    (sum, { samples, histograms }) => sum + samples.length + histograms.length,
    0,
  );
}

/**
 * What an answer means, by the specification: 5xx and 429 are sent again, whatever else is refused is not. With
 * version 2 a receiver says how much it wrote, also where it refuses the rest, of which it does not say which.
 *
 * @throws the errors of `Destination.send`.
 */
export function outcomeOf(answer: OutboundResponse, sent: Sent, nowMs: number): Outcome {
  const { status, headers } = answer;
  const said = answer.body.toString().trim().slice(0, ANSWER_CHARACTERS_MAX);
  const message = `HTTP ${status}${said === "" ? "" : `: ${said}`}`;
  const points = sent.version === "2.0" ? writtenOf(headers) : undefined;
  if (status >= 200 && status < 300) {
    if (sent.version === "1.0") return TAKEN;
    if (points === undefined)
      throw new EndpointRefusedError(
        `HTTP ${status} without saying what was written: it does not take version 2.0`,
      );
    return { rejected: Math.max(0, sent.points - points), message };
  }
  if (status >= 500 || status === TOO_MANY_REQUESTS) {
    const afterMs = retryAfterMs(headers["retry-after"], nowMs);
    throw afterMs === undefined ? new Error(message) : new RetryAfterError(message, afterMs);
  }
  if (status === BAD_REQUEST && points !== undefined && points > 0)
    return { rejected: Math.max(0, sent.points - points), message };
  if (status < 400) throw new EndpointRefusedError(`HTTP ${status}: redirects are not followed`);
  throw NOT_ABOUT_POINTS.has(status)
    ? new EndpointRefusedError(message)
    : new PermanentError(message);
}

/** Undefined where there is none of the headers, as with receivers of version 1. */
function writtenOf(headers: OutboundResponse["headers"]): number | undefined {
  const given = WRITTEN.flatMap((name) => headers[name] ?? []);
  if (given.length === 0) return undefined;
  return given.reduce((sum, text) => sum + (/^\d+$/.test(text) ? Number(text) : 0), 0);
}
