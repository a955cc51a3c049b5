import type { Candidate, TraceSample } from "./candidate.ts";
import { operationKey, type PlacedSpan } from "./sampled-trace.ts";
import { mean, median } from "./statistics.ts";

/** Time that is laid at the door of a service. */
interface Stretch {
  readonly kind: "time" | "network";
  readonly service: string;
  readonly operation: string;
  /** What its duration is compared with: others of the same key. */
  readonly key: string;
  readonly place: number;
  readonly ns: number;
}

/** All stretches of one service and kind. */
interface Owner {
  readonly kind: "time" | "network";
  readonly service: string;
  readonly stretches: Stretch[];
}

/** A median below this has no digits to compare by. */
const NS_MIN = 1_000;
/** Services whose time changed by less than this factor are not told. */
const FACTOR_MIN = 1.1;
/** Below this share of the usual duration, what the selection takes longer is not worth explaining. */
const EXTRA_SHARE_MIN = 0.1;
/** What a service's time explains at least, for its reach not to vanish. */
const REACH_MIN = 0.02;

/**
 * Where time passes that does not pass elsewhere: in services themselves, apart from what they call,
 * and on the way to and from them. Each stretch is compared with the usual one of its operation, so that
 * a mixture of other operations is not taken for slowness.
 */
export function timeCandidates(sample: TraceSample): Candidate[] {
  const owners = new Map<string, Owner>();
  for (const [place, spans] of sample.placed.entries())
    for (const span of spans) for (const stretch of stretchesOf(span, place)) add(owners, stretch);
  const usual = usualNs(
    sample,
    [...owners.values()].flatMap(({ stretches }) => stretches),
  );
  const extraNs = extraOf(sample);
  return [...owners.values()].flatMap((owner) => ofOwner(sample, owner, usual, extraNs));
}

/** A client's span is on the way when the other side has a span; else the client is all that is known. */
function stretchesOf(placed: PlacedSpan, place: number): Stretch[] {
  const { service, operation, selfNs: ns, reaches: other } = placed;
  if (other === undefined)
    return [{ kind: "time", service, operation, key: operationKey(placed), place, ns }];
  const key = `${service}\n${operationKey(other)}`;
  const way = { kind: "network", operation: other.operation, key, place, ns } as const;
  return [
    { ...way, service },
    { ...way, service: other.service },
  ];
}

function add(owners: Map<string, Owner>, stretch: Stretch): void {
  const { kind, service } = stretch;
  const key = `${kind}\n${service}`;
  let owner = owners.get(key);
  if (owner === undefined) owners.set(key, (owner = { kind, service, stretches: [] }));
  owner.stretches.push(stretch);
}

/** The median of each key in the baseline. */
function usualNs(sample: TraceSample, stretches: readonly Stretch[]): Map<string, number> {
  const byKey = new Map<string, number[]>();
  for (const { kind, key, place, ns } of stretches) {
    if (sample.selected.has(place)) continue;
    const values = byKey.get(`${kind}\n${key}`);
    if (values === undefined) byKey.set(`${kind}\n${key}`, [ns]);
    else values.push(ns);
  }
  return new Map([...byKey].map(([key, values]) => [key, Math.max(NS_MIN, median(values))]));
}

/** Nanoseconds that the selection's traces take longer than the others; undefined when hardly any. */
function extraOf(sample: TraceSample): number | undefined {
  const [selected, others] = [true, false].map((isSelected) =>
    mean(
      sample.traces
        .filter((trace) => trace.isSelected === isSelected)
        .map(({ spans }) => Math.max(0, ...spans.map(({ durationNs }) => durationNs))),
    ),
  ) as [number, number];
  return selected - others > EXTRA_SHARE_MIN * others ? selected - others : undefined;
}

function ofOwner(
  sample: TraceSample,
  owner: Owner,
  usual: ReadonlyMap<string, number>,
  extraNs: number | undefined,
): Candidate[] {
  const known = owner.stretches.filter(({ kind, key }) => usual.has(`${kind}\n${key}`));
  const usualOf = ({ kind, key }: Stretch): number => usual.get(`${kind}\n${key}`)!;
  const byTrace = new Map<number, number[]>();
  for (const stretch of known) {
    const ratio = Math.log(Math.max(stretch.ns, NS_MIN) / usualOf(stretch));
    const ratios = byTrace.get(stretch.place);
    if (ratios === undefined) byTrace.set(stretch.place, [ratio]);
    else ratios.push(ratio);
  }
  const split = sample.split(new Map([...byTrace].map(([place, ratios]) => [place, mean(ratios)])));
  if (split === undefined) return [];
  const selected = known.filter(({ place }) => sample.selected.has(place));
  const excess = (stretch: Stretch): number => stretch.ns - usualOf(stretch);
  const operation = mostOf(selected, excess);
  const inOperation = known.filter((stretch) => stretch.operation === operation);
  const medianOf = (isSelected: boolean): number =>
    median(
      inOperation
        .filter(({ place }) => sample.selected.has(place) === isSelected)
        .map(({ ns }) => ns),
    );
  const [selectionNs, baselineNs] = [medianOf(true), medianOf(false)];
  const factor = Math.max(selectionNs, NS_MIN) / Math.max(baselineNs, NS_MIN);
  if (Math.max(factor, 1 / factor) < FACTOR_MIN) return [];
  const excessOf = (isSelected: boolean): number =>
    known
      .filter(({ place }) => sample.selected.has(place) === isSelected)
      .reduce((sum, stretch) => sum + excess(stretch), 0) /
    (isSelected ? sample.selected.count : sample.size - sample.selected.count);
  const ownExtraNs = excessOf(true) - excessOf(false);
  const shareOfExtra = extraNs === undefined ? undefined : Math.min(1, ownExtraNs / extraNs);
  const { context, present, chance } = split;
  return [
    {
      finding: {
        kind: owner.kind,
        service: owner.service,
        operation,
        selectionNs,
        baselineNs,
        ...(shareOfExtra === undefined || shareOfExtra <= 0 ? {} : { shareOfExtra }),
      },
      context,
      present,
      chance,
      ...(shareOfExtra === undefined ? {} : { reach: Math.max(REACH_MIN, shareOfExtra) }),
    },
  ];
}

/** The operation with most of the excess. */
function mostOf(stretches: readonly Stretch[], excess: (stretch: Stretch) => number): string {
  const sums = new Map<string, number>();
  for (const stretch of stretches)
    sums.set(stretch.operation, (sums.get(stretch.operation) ?? 0) + Math.abs(excess(stretch)));
  let [most, operation] = [-1, ""];
  for (const [name, sum] of sums) if (sum > most) [most, operation] = [sum, name];
  return operation;
}
