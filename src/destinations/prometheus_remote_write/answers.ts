import { EndpointRefusedError } from "#pipeline/delivery/delivery.ts";
import { answerError } from "#pipeline/outbound/answer-error.ts";
import type { OutboundResponse } from "#pipeline/outbound/outbound.ts";
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
const BAD_REQUEST = 400;

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
 * What an answer means. With version 2 a receiver says how much it wrote, also where it refuses the rest, of which it
 * does not say which.
 *
 * @throws the errors of `Destination.send`.
 */
export function outcomeOf(answer: OutboundResponse, sent: Sent, nowMs: number): Outcome {
  const { status, headers } = answer;
  const error = answerError(answer, { nowMs });
  const written = sent.version === "2.0" ? writtenOf(headers) : undefined;
  const rejected = Math.max(0, sent.points - (written ?? 0));
  if (error !== undefined) {
    const isInPart = status === BAD_REQUEST && written !== undefined && written > 0;
    if (!isInPart) throw error;
    return { rejected, message: error.message };
  }
  if (sent.version === "1.0") return TAKEN;
  if (written === undefined)
    throw new EndpointRefusedError(
      `HTTP ${status} without saying what was written: it does not take version 2.0`,
    );
  return { rejected, message: `HTTP ${status}` };
}

/** Undefined where there is none of the headers, as with receivers of version 1. */
function writtenOf(headers: OutboundResponse["headers"]): number | undefined {
  const given = WRITTEN.flatMap((name) => headers[name] ?? []);
  if (given.length === 0) return undefined;
  return given.reduce((sum, text) => sum + (/^\d+$/.test(text) ? Number(text) : 0), 0);
}
