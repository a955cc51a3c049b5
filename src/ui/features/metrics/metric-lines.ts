import {
  type AlignedLine,
  alignPoints,
  gridOf,
  type StepGrid,
} from "#core/formula/aligned-lines.ts";
import { evaluateFormula } from "#core/formula/evaluate-formula.ts";
import type { FormulaError } from "#core/formula/formula-node.ts";
import { parseFormula } from "#core/formula/parse-formula.ts";
import type { ChartExemplar } from "../../charts/plot.ts";
import type { ChartValue } from "../../charts/stacking.ts";
import type { MetricAnswer } from "../../lib/api/metrics.ts";
import type { ApiFailure } from "../../lib/api/request.ts";
import type { Unit } from "../../lib/units.ts";
import { unitOf } from "./aggregations.ts";
import type { MetricsView, QueryId, QueryView } from "./metric-view.ts";

/** What came of one query: its answer, or why there is none; and that of the time it is compared with. */
export interface QueryOutcome {
  readonly query: QueryView;
  readonly answer: MetricAnswer | undefined;
  readonly failure: ApiFailure | undefined;
  readonly before: { readonly answer: MetricAnswer; readonly shiftMs: number } | undefined;
}

/** Everything that was asked for one view, over one time range. */
export interface ViewOutcome {
  readonly fromMs: number;
  readonly toMs: number;
  readonly queries: readonly QueryOutcome[];
}

/** A line of a chart before it has a colour. */
export interface NamedLine {
  readonly name: string;
  readonly values: readonly ChartValue[];
  /** Of the time before. */
  readonly isDashed: boolean;
}

/** Lines of one unit, which share a chart. */
export interface LineGroup {
  /** Of what the lines are. */
  readonly title: string;
  readonly unit: Unit;
  readonly lines: readonly NamedLine[];
  readonly exemplars: readonly ChartExemplar[];
}

/** What a view draws, and what it leaves out. */
export interface DrawnView {
  /** Unix seconds, for the lines of every group. */
  readonly times: readonly number[];
  readonly stepMs: number;
  readonly groups: readonly LineGroup[];
  /** A fault for each formula that has one, by its place. */
  readonly faults: ReadonlyMap<number, FormulaError>;
  /** Lines that there are beside those drawn; the server may have even more. */
  readonly left: number;
  readonly isTruncated: boolean;
}

/** Exemplars that a chart marks; more would hide its lines. */
const EXEMPLARS_MAX = 100;

/** Lines with what they are about. */
interface Output {
  readonly title: string;
  readonly unit: Unit;
  readonly lines: readonly NamedLine[];
  readonly exemplars: readonly ChartExemplar[];
  readonly left: number;
}

/** Works out what a view draws from what was asked for it. */
export function drawnView(view: MetricsView, outcome: ViewOutcome): DrawnView {
  const answered = outcome.queries.filter(({ answer }) => answer !== undefined);
  const grid = gridOfAll(answered, outcome);
  const { stepMs } = grid;
  const aligned = new Map<QueryId, readonly AlignedLine[]>(
    answered.map(({ query, answer }) => [query.id, alignedLines(answer!, grid, 0)]),
  );
  const isOnly = view.queries.length + view.formulas.length === 1;
  const outputs = answered
    .filter(({ query }) => !query.isHidden)
    .map((one) => outputOf(one, aligned.get(one.query.id)!, grid, view.top, isOnly));
  const faults = new Map<number, FormulaError>();
  for (const [place, text] of view.formulas.entries()) {
    const found = formulaOutput(text, aligned, grid, view);
    if ("message" in found) faults.set(place, found);
    else outputs.push(found);
  }
  return {
    times: Array.from({ length: grid.count }, (_, step) => (grid.firstMs + step * stepMs) / 1_000),
    stepMs,
    groups: byUnit(outputs),
    faults,
    left: outputs.reduce((sum, { left }) => sum + left, 0),
    isTruncated: answered.some(({ answer }) => answer!.truncated),
  };
}

/** A grid with a place for each step; of lines that were thinned out, two for each pixel. */
function gridOfAll(answered: readonly QueryOutcome[], { fromMs, toMs }: ViewOutcome): StepGrid {
  const stepMs = Math.max(1_000, ...answered.map(({ answer }) => answer!.stepMs));
  const pixelMs = Math.max(...answered.map(({ answer }) => answer!.resolutionMs));
  if (!(pixelMs > stepMs)) return gridOf(fromMs, toMs, stepMs);
  const count = 2 * Math.ceil((toMs - fromMs) / pixelMs);
  return { firstMs: fromMs, stepMs: pixelMs / 2, count };
}

/** The lines of an answer on a grid, `shiftMs` later than they were. */
export function alignedLines(answer: MetricAnswer, grid: StepGrid, shiftMs: number): AlignedLine[] {
  // All queries of a view have one step: a grid of another is one of pixels.
  const align = grid.stepMs === answer.stepMs ? alignPoints : alignExtremes;
  return answer.data.map(({ labels, points }) => ({
    labels,
    values: align(
      points.map(([time, value]) => [Date.parse(time) + shiftMs, Number(value)] as const),
      grid,
    ),
  }));
}

/** Of each pixel, which has two places, the first and the last point: of thinned lines they are all. */
function alignExtremes(
  points: readonly (readonly [timeMs: number, value: number])[],
  { firstMs, stepMs, count }: StepGrid,
): (number | null)[] {
  const values: (number | null)[] = Array.from({ length: count }, () => null);
  for (const [timeMs, value] of points) {
    // The first step may begin before the range.
    const place = 2 * Math.max(0, Math.floor((timeMs - firstMs) / (2 * stepMs)));
    if (place >= count || !Number.isFinite(value)) continue;
    values[place] ??= value;
    values[place + 1] = value;
  }
  return values;
}

function outputOf(
  { query, answer, before }: QueryOutcome,
  aligned: readonly AlignedLine[],
  grid: StepGrid,
  top: number,
  isOnly: boolean,
): Output {
  const { type, unit, aggregation } = answer!;
  const nameOf = (labels: AlignedLine["labels"]): string =>
    (isOnly ? "" : `${query.id.toUpperCase()} · `) + (labelsText(labels) ?? answer!.name);
  const { kept, left } = largest(aligned, top);
  const lines = kept.map(({ labels, values }) => ({
    name: nameOf(labels),
    values,
    isDashed: false,
  }));
  return {
    title: query.metric,
    unit: unitOf(type, unit, aggregation),
    lines: [...lines, ...linesBefore(before, kept, grid, nameOf)],
    exemplars: exemplarsOf(answer!, kept, grid),
    left,
  };
}

/** The same lines of the time before, so far as they were there. */
function linesBefore(
  before: QueryOutcome["before"],
  kept: readonly AlignedLine[],
  grid: StepGrid,
  nameOf: (labels: AlignedLine["labels"]) => string,
): NamedLine[] {
  if (before === undefined) return [];
  const wanted = new Set(kept.map(({ labels }) => JSON.stringify(labels)));
  return alignedLines(before.answer, grid, before.shiftMs)
    .filter(({ labels }) => wanted.has(JSON.stringify(labels)))
    .map(({ labels, values }) => ({ name: `${nameOf(labels)} (before)`, values, isDashed: true }));
}

function formulaOutput(
  text: string,
  aligned: ReadonlyMap<QueryId, readonly AlignedLine[]>,
  grid: StepGrid,
  view: MetricsView,
): Output | FormulaError {
  const parsed = parseFormula(text);
  if (!parsed.ok) return parsed.errors[0]!;
  const result = evaluateFormula(parsed.formula, aligned, grid.count);
  if (!result.ok) return result.errors[0]!;
  const { kept, left } = largest(result.lines, view.top);
  const lines = kept.map(({ labels, values }) => {
    const words = labelsText(labels);
    return { name: words === undefined ? text : `${text} · ${words}`, values, isDashed: false };
  });
  return { title: text, unit: view.unit ?? "", lines, exemplars: [], left };
}

/** The values of a line's labels; undefined where it has none. */
function labelsText(labels: AlignedLine["labels"]): string | undefined {
  const values = Object.values(labels);
  return values.length === 0
    ? undefined
    : values.map((value) => (value === "" ? "(none)" : value)).join(" · ");
}

/** The lines with the highest averages, in that order. */
function largest(
  lines: readonly AlignedLine[],
  top: number,
): { kept: readonly AlignedLine[]; left: number } {
  const measured = lines.map((line) => ({ line, size: average(line.values) }));
  const kept = measured
    .toSorted((one, other) => other.size - one.size)
    .slice(0, top)
    .map(({ line }) => line);
  return { kept, left: lines.length - kept.length };
}

function average(values: readonly (number | null)[]): number {
  const present = values.filter((value) => value !== null);
  return present.reduce((sum, value) => sum + Math.abs(value), 0) / Math.max(1, present.length);
}

/**
 * The measured values with a trace, of the lines that are drawn. One of a counter is how much it grew by, which is on
 * no axis of rates: it is put on its line.
 */
function exemplarsOf(
  answer: MetricAnswer,
  kept: readonly AlignedLine[],
  grid: StepGrid,
): ChartExemplar[] {
  const isOnAxis =
    answer.type !== "sum" && !["rate", "count", "sum"].includes(answer.aggregation ?? "");
  const byLabels = new Map(kept.map(({ labels, values }) => [JSON.stringify(labels), values]));
  return answer.data
    .flatMap(({ labels, exemplars }) => {
      const values = byLabels.get(JSON.stringify(labels));
      if (values === undefined) return [];
      return exemplars.flatMap(({ time, value, traceId, spanId }) => {
        const timeMs = Date.parse(time);
        const onLine = values[Math.floor((timeMs - grid.firstMs) / grid.stepMs)] ?? null;
        const shown = isOnAxis ? Number(value) : onLine;
        if (traceId === null || shown === null || !Number.isFinite(shown)) return [];
        const label = [labelsText(labels), `trace ${traceId.slice(0, 8)}`]
          .filter(Boolean)
          .join(" · ");
        return [{ timeMs, value: shown, label, traceId, spanId: spanId ?? undefined }];
      });
    })
    .toSorted((one, other) => other.timeMs - one.timeMs)
    .slice(0, EXEMPLARS_MAX);
}

/** A step without a point between two that have one is no gap: exports come a little early or late. */
function bridged(line: NamedLine): NamedLine {
  const { values } = line;
  const isHole = (at: number): boolean =>
    values[at] === null && (values[at - 1] ?? null) !== null && (values[at + 1] ?? null) !== null;
  if (!values.some((_, at) => isHole(at))) return line;
  return { ...line, values: values.map((value, at) => (isHole(at) ? undefined : value)) };
}

/** One axis measures one unit: outputs of the same unit share a chart, in the order of their first. */
function byUnit(outputs: readonly Output[]): LineGroup[] {
  const groups = new Map<Unit, LineGroup>();
  for (const { title, unit, lines, exemplars } of outputs) {
    const before = groups.get(unit) ?? { title: "", unit, lines: [], exemplars: [] };
    groups.set(unit, {
      title: before.title === "" ? title : `${before.title}, ${title}`,
      unit,
      lines: [...before.lines, ...lines.map(bridged)],
      exemplars: [...before.exemplars, ...exemplars],
    });
  }
  return [...groups.values()];
}
