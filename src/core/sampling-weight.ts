/** The largest weight that a row may claim: 1 of a million sampled. */
const WEIGHT_MAX = 1_000_000;

/**
 * How many spans one stands for, from the `ot=th:` field of its W3C tracestate: the rejection
 * threshold T of OpenTelemetry's consistent probability sampling, in up to 14 hex digits with trailing
 * zeros left out; the weight is 2^56 / (2^56 − T). 1 where there is none or it is not valid.
 */
export function samplingWeight(traceState: string): number {
  const match = /(?:^|,)\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})(?:[;,\s]|$)/.exec(traceState);
  if (match === null) return 1;
  const threshold = Number.parseInt(match[1]!.padEnd(14, "0"), 16);
  const weight = 2 ** 56 / (2 ** 56 - threshold);
  return Math.min(weight, WEIGHT_MAX);
}
