import type { QueryContext } from "../query-context.ts";
import { attributeCandidates } from "./attribute-candidates.ts";
import {
  callCandidates,
  errorCandidates,
  logCandidates,
  presenceCandidates,
} from "./behaviour-candidates.ts";
import { TraceSample } from "./candidate.ts";
import type { Comparison } from "./difference-statements.ts";
import { rankCandidates, type RankedDifference } from "./rank-candidates.ts";
import { readSample, type SideSize } from "./read-sample.ts";
import type { SampledTrace } from "./sampled-trace.ts";
import { timeCandidates } from "./time-candidates.ts";

/** How a selection of traces differs from the others, what sets it apart most first. */
export interface Differences {
  readonly selection: SideSize;
  readonly baseline: SideSize;
  readonly differences: readonly RankedDifference[];
}

/** Compares the traces of selected spans with those of others. */
export async function findDifferences(
  context: QueryContext,
  comparison: Comparison,
): Promise<Differences> {
  const { traces, selection, baseline } = await readSample(context, comparison);
  return { selection, baseline, differences: rankDifferences(traces) };
}

/** What sets the selected ones of these traces apart; nothing where nothing does beyond chance. */
export function rankDifferences(traces: readonly SampledTrace[]): RankedDifference[] {
  const sample = new TraceSample(traces);
  return rankCandidates(sample, [
    ...presenceCandidates(sample),
    ...errorCandidates(sample),
    ...callCandidates(sample),
    ...timeCandidates(sample),
    ...attributeCandidates(sample),
    ...logCandidates(sample),
  ]);
}
