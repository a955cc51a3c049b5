/** The largest weight that a row may claim: 1 of a million sampled. */
const WEIGHT_MAX = 1_000_000;
/** Hex digits of a threshold's 56 bits. */
const THRESHOLD_DIGITS = 14;
const RANGE = 2n ** 56n;

/**
 * How many spans one stands for, from the `ot=th:` field of its W3C tracestate: the rejection
 * threshold T of OpenTelemetry's consistent probability sampling, in up to 14 hex digits with trailing
 * zeros left out; the weight is 2^56 / (2^56 − T). 1 where there is none or it is not valid.
 */
export function samplingWeight(traceState: string): number {
  const match = /(?:^|,)\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})(?:[;,\s]|$)/.exec(traceState);
  if (match === null) return 1;
  const threshold = Number.parseInt(match[1]!.padEnd(THRESHOLD_DIGITS, "0"), 16);
  const weight = 2 ** 56 / (2 ** 56 - threshold);
  return Math.min(weight, WEIGHT_MAX);
}

/** The threshold that gives rows this weight, in the digits of `ot=th:`. */
export function thresholdOfWeight(weight: number): string {
  const kept = BigInt(Math.round(Number(RANGE) / Math.min(WEIGHT_MAX, Math.max(1, weight))));
  return thresholdText((RANGE - kept).toString(16).padStart(THRESHOLD_DIGITS, "0"));
}

/** A threshold's hex digits from the first on, without the zeros at their end. */
export function thresholdText(digits: string): string {
  return digits.replace(/0+$/, "") || "0";
}

/**
 * The tracestate that tells a span's weight, a 32-bit float: its own where that does, else with the threshold of
 * that weight, or without one for a weight of 1.
 */
export function traceStateOfWeight(traceState: string, weight: number): string {
  if (Math.fround(samplingWeight(traceState)) === weight) return traceState;
  return withThresholdText(traceState, weight === 1 ? undefined : thresholdOfWeight(weight));
}

/** What the `ot` member of a tracestate says; undefined where it has none. */
export function otMember(traceState: string): string | undefined {
  for (const member of traceState.split(",")) {
    const text = member.trim();
    if (text.startsWith("ot=")) return text.slice(3);
  }
  return undefined;
}

/** A tracestate with another threshold, or with none: its member comes first, as that of whom changed it last. */
export function withThresholdText(traceState: string, threshold: string | undefined): string {
  const others = traceState
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "" && !member.startsWith("ot="));
  const kept = (otMember(traceState) ?? "")
    .split(";")
    .filter((part) => part !== "" && !part.startsWith("th:"));
  if (threshold !== undefined) kept.unshift(`th:${threshold}`);
  if (kept.length > 0) others.unshift(`ot=${kept.join(";")}`);
  return others.join(",");
}
