/** What the steps of a range and of the equal range before it hold of one service. */
export interface ServiceSteps {
  readonly service: string;
  readonly requestsPerSecond: readonly number[];
  /** 0 to 1; null where nothing was asked of it, as is the duration. */
  readonly errorRate: readonly (number | null)[];
  readonly p95Ms: readonly (number | null)[];
}

export type ChangeKind = "new" | "gone" | "errors" | "latency" | "throughput";

/** Something about a service that is not as it was in the range before. */
export interface ServiceChange {
  readonly service: string;
  readonly kind: ChangeKind;
  readonly isWorse: boolean;
  /** Error rate, p95 in milliseconds or requests a second; null where there was none. */
  readonly before: number | null;
  readonly now: number | null;
  /** From when on, in Unix milliseconds: the start of the first step that is otherwise. */
  readonly sinceMs: number;
  /** How far it lies outside of what it did from step to step before, in spreads; null for all or nothing. */
  readonly evidence: number | null;
  /** Size by evidence; only for the order. */
  readonly score: number;
}

/** Two ranges of equal length in steps of equal length, the earlier first. */
export interface ComparedSteps {
  readonly startMs: number;
  readonly stepMs: number;
  /** How many of the steps belong to the range before. */
  readonly before: number;
  readonly services: readonly ServiceSteps[];
}

/** Fewer steps than these, in either range, tell nothing. */
const STEPS_MIN = 6;
/** A change has lasted for these many steps, up to the end. */
const RUN_MIN = 3;
/** Steps that follow one another are alike: more of them than these add no evidence. */
const RUN_COUNTED_MAX = 9;
/** In spreads: one range in some thousands passes it by chance. */
const EVIDENCE_MIN = 4;
/** Requests before, and in the run, without which nothing is said. */
const REQUESTS_MIN = 20;
/** The share of the steps before in which a service was there, for it to be called gone. */
const PRESENT_SHARE = 0.8;

/** Measures of a service, each with what counts as a change of it. */
interface Measure {
  readonly kind: "errors" | "latency" | "throughput";
  readonly valuesOf: (service: ServiceSteps) => readonly (number | null)[];
  /** The spread that it has at least, however still it lay before. */
  readonly spreadMin: (centre: number, requestsOfStep: number) => number;
  readonly isLarge: (before: number, now: number) => boolean;
  /** Added to both, so that a multiple of almost nothing counts little. */
  readonly smoothing: number;
  readonly weight: number;
}

const MEASURES: readonly Measure[] = [
  {
    kind: "errors",
    valuesOf: ({ errorRate }) => errorRate,
    // What chance alone makes of so many requests.
    spreadMin: (rate, requests) =>
      Math.sqrt((Math.max(rate, 0.002) * (1 - Math.min(rate, 0.998))) / Math.max(1, requests)),
    isLarge: (before, now) => Math.abs(now - before) >= 0.005 && isTimes(before, now, 1.5),
    smoothing: 0.005,
    weight: 1,
  },
  {
    kind: "latency",
    valuesOf: ({ p95Ms }) => p95Ms,
    spreadMin: (p95) => 0.1 * p95,
    isLarge: (before, now) => Math.abs(now - before) >= 1 && isTimes(before, now, 1.25),
    smoothing: 1,
    weight: 1,
  },
  {
    kind: "throughput",
    valuesOf: ({ requestsPerSecond }) => requestsPerSecond,
    spreadMin: (rate) => 0.1 * rate,
    isLarge: (before, now) => isTimes(before, now, 1.5),
    smoothing: 1 / 60,
    // More or less traffic is rarely a fault by itself.
    weight: 0.5,
  },
];

function isTimes(before: number, now: number, times: number): boolean {
  return now >= before * times || now * times <= before;
}

/** Whether there was enough before to compare with: something ran in half of the steps. */
export function isComparable({ before, services }: ComparedSteps): boolean {
  const busy = Array.from({ length: before }, (_, step) =>
    services.some(({ requestsPerSecond }) => (requestsPerSecond[step] ?? 0) > 0),
  ).filter(Boolean).length;
  return before >= STEPS_MIN && busy >= before / 2;
}

/**
 * What changed in the later range, the largest and surest first; none where the ranges cannot be compared.
 * A change is a run of steps up to the end whose mean lies at least four spreads away from the middle of the
 * steps before, and by as much as its measure asks. Its score is how many times it doubled, by how sure it is;
 * what became better, and what is only traffic, counts half.
 */
export function changesOf(compared: ComparedSteps): ServiceChange[] {
  if (!isComparable(compared)) return [];
  return compared.services
    .flatMap((service) => {
      const whole = comingOrGoing(service, compared);
      return whole === undefined ? movesOf(service, compared) : [whole];
    })
    .toSorted((a, b) => b.score - a.score || (a.service < b.service ? -1 : 1));
}

/** A service that was not there before, or that has nothing asked of it any more. */
function comingOrGoing(service: ServiceSteps, compared: ComparedSteps): ServiceChange | undefined {
  const { before, stepMs } = compared;
  const rates = service.requestsPerSecond;
  const [earlier, later] = [rates.slice(0, before), rates.slice(before)];
  const requests = (steps: readonly number[]): number => (sum(steps) * stepMs) / 1_000;
  const first = rates.findIndex((rate) => rate > 0);
  const last = rates.findLastIndex((rate) => rate > 0);
  const change = { service: service.service, evidence: null, isWorse: true };
  if (first >= before && requests(later) >= REQUESTS_MIN) {
    const [now, since] = [mean(rates.slice(first)), at(first, compared)];
    return { ...change, kind: "new", isWorse: false, before: null, now, ...since, score: 1 };
  }
  const present = earlier.filter((rate) => rate > 0).length;
  const isQuiet = rates.length - 1 - last >= RUN_MIN;
  if (isQuiet && present >= before * PRESENT_SHARE && requests(earlier) >= REQUESTS_MIN) {
    const since = at(last + 1, compared);
    return { ...change, kind: "gone", before: mean(earlier), now: null, ...since, score: 3 };
  }
  return undefined;
}

function at(step: number, { startMs, stepMs }: ComparedSteps): { sinceMs: number } {
  return { sinceMs: startMs + step * stepMs };
}

function movesOf(service: ServiceSteps, compared: ComparedSteps): ServiceChange[] {
  return MEASURES.flatMap((measure) => {
    const change = moveOf(service, measure, compared);
    return change === undefined ? [] : [change];
  });
}

interface Run {
  readonly step: number;
  readonly now: number;
  /** In spreads, below nought for a fall. */
  readonly distance: number;
}

function moveOf(
  service: ServiceSteps,
  measure: Measure,
  compared: ComparedSteps,
): ServiceChange | undefined {
  const values = measure.valuesOf(service);
  const weights = service.requestsPerSecond;
  const earlier = values.slice(0, compared.before).filter((value) => value !== null);
  const requestsBefore = (sum(weights.slice(0, compared.before)) * compared.stepMs) / 1_000;
  if (earlier.length < STEPS_MIN || requestsBefore < REQUESTS_MIN) return undefined;
  // Errors are rare: the middle step of a service with a few has none.
  const centre = measure.kind === "errors" ? mean(earlier) : median(earlier);
  const requestsOfStep = requestsBefore / compared.before;
  const spread = Math.max(
    spreadOf(earlier, centre),
    measure.spreadMin(centre, requestsOfStep),
    // What never moved at all is not infinitely sure.
    measure.smoothing / 10,
  );
  const runs = runsOf(values, weights, compared, measure).map(({ step, now, steps }): Run => ({
    step,
    now,
    distance: ((now - centre) / spread) * Math.sqrt(Math.min(steps, RUN_COUNTED_MAX)),
  }));
  const run = beginningOf(runs);
  if (run === undefined || Math.abs(run.distance) < EVIDENCE_MIN) return undefined;
  if (!measure.isLarge(centre, run.now)) return undefined;
  return changeOf(service.service, measure, centre, run, compared);
}

/** Every run of steps from within the later range to its end, with the mean of what it holds. */
function runsOf(
  values: readonly (number | null)[],
  rates: readonly number[],
  { before, stepMs }: ComparedSteps,
  { kind }: Measure,
): { step: number; now: number; steps: number }[] {
  const runs: { step: number; now: number; steps: number }[] = [];
  let [total, weight, steps, requests] = [0, 0, 0, 0];
  for (let step = values.length - 1; step >= before; step--) {
    const value = values[step];
    requests += ((rates[step] ?? 0) * stepMs) / 1_000;
    if (value === null || value === undefined) continue;
    // An error counts alike in whichever step it was; so does a step, where it is about time or traffic.
    const own = kind === "errors" ? rates[step]! : 1;
    total += value * own;
    weight += own;
    steps++;
    const isSure = steps >= RUN_MIN && (requests >= REQUESTS_MIN || kind === "throughput");
    if (isSure && weight > 0) runs.push({ step, now: total / weight, steps });
  }
  return runs;
}

/** The run that tells most; of those that tell almost as much the longest, for that is when it began. */
function beginningOf(runs: readonly Run[]): Run | undefined {
  const most = Math.max(0, ...runs.map(({ distance }) => Math.abs(distance)));
  return runs.findLast(({ distance }) => Math.abs(distance) >= 0.95 * most);
}

function changeOf(
  service: string,
  { kind, smoothing, weight }: Measure,
  before: number,
  { step, now, distance }: Run,
  compared: ComparedSteps,
): ServiceChange {
  const doublings = Math.abs(Math.log2((now + smoothing) / (before + smoothing)));
  const evidence = Math.abs(distance);
  // A fall of traffic may be an outage further up; a rise is load.
  const isWorse = kind === "throughput" ? now < before : now > before;
  const half = isWorse ? 1 : 0.5;
  const sureness = evidence / (evidence + EVIDENCE_MIN);
  const score = weight * half * Math.min(doublings, 5) * sureness;
  return { service, kind, isWorse, before, now, ...at(step, compared), evidence, score };
}

/** How far values usually lie from the centre: the median distance, scaled to a standard deviation. */
function spreadOf(values: readonly number[], centre: number): number {
  return 1.4826 * median(values.map((value) => Math.abs(value - centre)));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
