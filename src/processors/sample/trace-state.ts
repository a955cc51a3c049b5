import { otMember, thresholdText, withThresholdText } from "#core/sampling-weight.ts";

// OpenTelemetry's consistent probability sampling: the `ot` member of the W3C tracestate
// (https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/). Thresholds are held to 40 of
// their 56 bits, which is exact in a double: the others are 0, so that nothing is lost in a comparison.

/** One more than the greatest randomness. */
export const RANGE = 2 ** 40;
const DIGITS = 10;

/** Where the 56 random bits of a trace id begin: its last seven bytes. */
const RANDOM_OFFSET = 9;
const RANDOM_BYTES = 5;

/** The randomness of a trace id, its upper 40 bits: 0 ≤ x < {@link RANGE}. */
export function randomnessOfTrace(ids: Buffer, row: number): number {
  return ids.readUIntBE(row * 16 + RANDOM_OFFSET, RANDOM_BYTES);
}

/** The threshold of a probability: what has at least this randomness is kept. */
export function thresholdOf(probability: number): number {
  return Math.min(RANGE - 1, Math.round(RANGE * (1 - probability)));
}

export function probabilityOf(threshold: number): number {
  return (RANGE - threshold) / RANGE;
}

/** What a tracestate says of sampling. */
export interface SamplingState {
  /** The randomness that counts in place of the trace id's. */
  readonly randomness: number | undefined;
  /** The threshold that the span was kept at before. */
  readonly threshold: number | undefined;
}

const NOTHING: SamplingState = { randomness: undefined, threshold: undefined };

export function samplingStateOf(traceState: string): SamplingState {
  const member = otMember(traceState);
  if (member === undefined) return NOTHING;
  const randomness = /(?:^|;)rv:([0-9a-f]{14})(?:;|$)/.exec(member)?.[1];
  const threshold = /(?:^|;)th:([0-9a-f]{1,14})(?:;|$)/.exec(member)?.[1];
  return {
    randomness: randomness === undefined ? undefined : upperBits(randomness),
    threshold: threshold === undefined ? undefined : upperBits(threshold),
  };
}

function upperBits(hex: string): number {
  return Number.parseInt(hex.slice(0, DIGITS).padEnd(DIGITS, "0"), 16);
}

/** A tracestate with another threshold, or with none: its member comes first, as that of whom changed it last. */
export function withThreshold(traceState: string, threshold: number | undefined): string {
  return withThresholdText(
    traceState,
    threshold === undefined
      ? undefined
      : thresholdText(threshold.toString(16).padStart(DIGITS, "0")),
  );
}
