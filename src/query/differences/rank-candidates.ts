import { DIFFERENCE_LIMITS } from "#core/limits.ts";
import { type Bits, likeness } from "./bits.ts";
import type { Candidate, Finding, TraceSample } from "./candidate.ts";
import { CallTree, placeOf } from "./call-tree.ts";
import {
  adjusted,
  fisherExact,
  leastChance,
  leastDifference,
  type Share,
  shareOf,
  tellingChance,
} from "./statistics.ts";

/** A finding with what speaks for it. */
export interface Difference {
  readonly finding: Finding;
  readonly selection: Share;
  readonly baseline: Share;
  /** 0 to 1: how surely and how far it sets the selection apart, and how much of it. */
  readonly score: number;
  /** How likely it is by chance, for all that was compared. */
  readonly chance: number;
  /** Ids of selected traces that show it. */
  readonly examples: readonly string[];
}

/** The first of what says the same, with the others. */
export interface RankedDifference extends Difference {
  readonly alike: readonly Difference[];
}

interface Judged extends Difference {
  readonly candidate: Candidate;
  /** The traces, of both sides, in which it shows. */
  readonly showing: Bits;
  readonly showingSelected: Bits;
}

/** Above this chance nothing is claimed. */
const CHANCE_MAX = 0.01;
/** Shares that are less apart than this do not set anything apart, however sure it is. */
const APART_MIN = 0.05;
/** How much it counts that a finding is about all of the selection and not a small part of it. */
const REACH_POWER = 0.25;
/** Findings whose traces are so much the same say the same. */
const ALIKE_MIN = 0.9;
/** Two of what a service does otherwise belong together from here on. */
const SAME_SERVICE_ALIKE_MIN = 0.5;
/** What shows in so much of the same traces as something further down follows from that. */
const FOLLOWS_MIN = 0.6;
const FOLLOWS_FACTOR = 0.5;

/**
 * Judges candidates and ranks what holds. What a fault does to those that call the faulty service
 * is put behind what it does to the service itself, and what says the same is told once.
 */
export function rankCandidates(
  sample: TraceSample,
  candidates: readonly Candidate[],
): RankedDifference[] {
  const families = Map.groupBy(candidates, ({ finding }) => familyOf(finding));
  const held = [...families.values()].flatMap((family) => judge(sample, family));
  return groups(behindTheirCauses(held, new CallTree(sample)));
}

/** Kinds are corrected for one another's number apart: many attributes must not drown a few errors. */
function familyOf({ kind }: Finding): string {
  return kind === "network" ? "time" : kind === "operation" ? "service" : kind;
}

function judge(sample: TraceSample, family: readonly Candidate[]): Judged[] {
  const tested = family.flatMap((candidate) => {
    const { selection, baseline } = sharesOf(sample, candidate);
    if (candidate.chance !== undefined)
      return [{ candidate, selection, baseline, chance: candidate.chance }];
    return [{ candidate, selection, baseline, chance: fisherExact(selection, baseline) }];
  });
  const telling = tellingTests(tested);
  const chances = adjusted(telling.map(({ chance }) => chance));
  return telling.flatMap((test, at) => {
    const chance = chances[at]!;
    const apart = Math.abs(shareOf(test.selection) - shareOf(test.baseline));
    if (chance > CHANCE_MAX || apart < APART_MIN) return [];
    return [judged(sample, { ...test, chance })];
  });
}

interface Test {
  readonly candidate: Candidate;
  readonly selection: Share;
  readonly baseline: Share;
  readonly chance: number;
}

/** The tests that could tell anything. */
function tellingTests(tested: readonly Test[]): Test[] {
  const least = tested.map(({ candidate, selection, baseline }) =>
    candidate.chance === undefined ? leastChance(selection, baseline) : 0,
  );
  const most = tellingChance(least, CHANCE_MAX);
  return tested.filter((_, at) => least[at]! <= most);
}

function sharesOf(
  { selected }: TraceSample,
  { context, present }: Candidate,
): { selection: Share; baseline: Share } {
  const selection = { with: present.countWith(selected), of: context.countWith(selected) };
  const baseline = { with: present.count - selection.with, of: context.count - selection.of };
  return { selection, baseline };
}

function judged(sample: TraceSample, test: Test): Judged {
  const { candidate, selection, baseline, chance } = test;
  const { context, present, finding } = candidate;
  const isMore = shareOf(selection) > shareOf(baseline);
  const showing = isMore ? present : context.without(present);
  const showingSelected = showing.and(sample.selected);
  const reach = candidate.reach ?? showingSelected.count / Math.max(1, sample.selected.count);
  return {
    candidate,
    finding,
    selection,
    baseline,
    chance,
    score:
      leastDifference(selection, baseline) *
      reach ** REACH_POWER *
      (isRecovery(finding, isMore) ? RECOVERY_FACTOR : 1),
    showing,
    showingSelected,
    examples: showingSelected
      .first(DIFFERENCE_LIMITS.examplesMax)
      .map((place) => sample.traces[place]!.traceId),
  };
}

/** What went better in the selection is hardly why somebody selected it. */
const RECOVERY_FACTOR = 0.5;
const ERROR_SEVERITY = 17;

function isRecovery(finding: Finding, isMore: boolean): boolean {
  switch (finding.kind) {
    case "time":
    case "network":
      return finding.selectionNs < finding.baselineNs;
    case "error":
      return !isMore;
    case "log":
      return (
        !isMore && (finding.severity >= ERROR_SEVERITY || /\b(ERROR|FATAL)\b/.test(finding.text))
      );
    default:
      return false;
  }
}

/** Attributes of OpenTelemetry's conventions that tell how a span ended: they follow from a fault. */
const OUTCOMES: ReadonlySet<string> = new Set([
  "error.type",
  "http.response.status_code",
  "http.status_code",
  "rpc.response.status_code",
  "rpc.grpc.status_code",
  "db.response.status_code",
  "otel.status_code",
]);

/** Whether it is something that a service does, which may be because of another. */
function isBehaviour(finding: Finding): boolean {
  const { kind } = finding;
  if (kind === "attribute") return finding.level === "event" || OUTCOMES.has(finding.key);
  return kind === "error" || kind === "calls" || kind === "log" || kind === "time";
}

function behindTheirCauses(held: readonly Judged[], tree: CallTree): Judged[] {
  const behaviours = held.filter(({ finding }) => isBehaviour(finding));
  const follows = (one: Judged): boolean => {
    const place = placeOf(one.finding);
    const least = FOLLOWS_MIN * one.showingSelected.count;
    return behaviours.some(
      (cause) =>
        cause !== one &&
        one.finding.kind !== "time" &&
        cause.score >= FOLLOWS_FACTOR * one.score &&
        tree.isBelow(placeOf(cause.finding), place) &&
        cause.showingSelected.countWith(one.showingSelected) >= least,
    );
  };
  return held
    .map((one) =>
      isBehaviour(one.finding) && follows(one)
        ? { ...one, score: one.score * FOLLOWS_FACTOR }
        : one,
    )
    .toSorted((a, b) => b.score - a.score);
}

function groups(ranked: readonly Judged[]): RankedDifference[] {
  const found: { head: Judged; alike: Difference[] }[] = [];
  for (const one of ranked) {
    if (one.score <= 0) continue;
    const group = found.find(({ head }) => saysTheSame(head, one));
    if (group === undefined) {
      if (found.length < DIFFERENCE_LIMITS.differencesMax) found.push({ head: one, alike: [] });
    } else if (group.alike.length < DIFFERENCE_LIMITS.alikeMax) group.alike.push(plain(one));
  }
  return found.map(({ head, alike }) => ({ ...plain(head), alike }));
}

function plain({ finding, selection, baseline, score, chance, examples }: Judged): Difference {
  return { finding, selection, baseline, score, chance, examples };
}

function saysTheSame(head: Judged, one: Judged): boolean {
  if (likeness(head.showing, one.showing) >= ALIKE_MIN) return true;
  const [a, b] = [head.finding, one.finding];
  if (a.service !== b.service) return false;
  if (a.kind === "attribute" && b.kind === "attribute" && a.level === b.level && a.key === b.key)
    return true;
  if (!isBehaviour(a) || !isBehaviour(b)) return false;
  return (
    a.kind === b.kind ||
    likeness(head.showingSelected, one.showingSelected) >= SAME_SERVICE_ALIKE_MIN
  );
}
