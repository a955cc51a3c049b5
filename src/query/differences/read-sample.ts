import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { DIFFERENCE_LIMITS } from "#core/limits.ts";
import { SPAN_KINDS, SPAN_STATUSES } from "#core/vocabulary.ts";
import { z } from "zod";
import { bigintText } from "../cursor.ts";
import { type QueryContext, read } from "../query-context.ts";
import { type Attributes, readResources } from "../stored-attributes.ts";
import type { TimeRange } from "../time-range.ts";
import { stretchesOf } from "../trace-search-statements.ts";
import {
  comparedLogsStatement,
  comparedSpansStatement,
  type Comparison,
  sidesStatement,
  traceSizesStatement,
} from "./difference-statements.ts";
import { logShape } from "./log-shape.ts";
import type { SampledAttribute, SampledLog, SampledSpan, SampledTrace } from "./sampled-trace.ts";

/** How many traces a side has (by their sampling weights), and how many of them were looked at. */
export interface SideSize {
  readonly traces: number;
  readonly tracesSampled: number;
  readonly spansSampled: number;
}

export interface ReadSample {
  readonly traces: readonly SampledTrace[];
  readonly selection: SideSize;
  readonly baseline: SideSize;
}

const sideRow = z.object({
  selected: z.coerce.number(),
  traces: z.number(),
  sample: z.array(z.tuple([z.number(), z.string()])),
});

const sizeRow = z.object({
  trace: z.string(),
  start_ns: bigintText,
  last_start_ns: bigintText,
  spans: z.coerce.number(),
});

const texts = z.array(z.string());
const spanRow = z.object({
  trace: z.string(),
  span: z.string(),
  parent: z.string(),
  service: z.string(),
  name: z.string(),
  kind: z.enum(SPAN_KINDS),
  status: z.enum(SPAN_STATUSES),
  resource: z.string(),
  start: z.number(),
  duration: z.number(),
  keys: texts,
  vals: texts,
  types: z.string(),
  event_names: texts,
  event_keys: z.array(texts),
  event_vals: z.array(texts),
});
type SpanRow = z.infer<typeof spanRow>;

const logRow = z.object({
  trace: z.string(),
  span: z.string(),
  service: z.string(),
  severity: z.number(),
  text: z.string(),
});

/** A trace that was chosen, on its side. */
interface Chosen {
  readonly trace: string;
  readonly startNs: bigint;
  readonly lastStartNs: bigint;
  readonly spans: number;
  readonly isSelected: boolean;
}

/** Reads a bounded sample of the traces of both sides, each trace whole, with its logs. */
export async function readSample(
  context: QueryContext,
  comparison: Comparison,
): Promise<ReadSample> {
  const sides = await read(context, sidesStatement(context.org, comparison), sideRow);
  const chosen = await choose(context, sides);
  const size = (isSelected: boolean): SideSize => {
    const own = chosen.filter((trace) => trace.isSelected === isSelected);
    return {
      traces: sides.find(({ selected }) => (selected === 1) === isSelected)?.traces ?? 0,
      tracesSampled: own.length,
      spansSampled: own.reduce((sum, { spans }) => sum + spans, 0),
    };
  };
  const [selection, baseline] = [size(true), size(false)];
  if (selection.tracesSampled === 0 || baseline.tracesSampled === 0)
    return { traces: [], selection, baseline };
  return { traces: await readTraces(context, chosen), selection, baseline };
}

/** The traces of the sample of each side, as far as their spans fit. */
async function choose(
  context: QueryContext,
  sides: readonly z.infer<typeof sideRow>[],
): Promise<Chosen[]> {
  const ids = sides.flatMap(({ sample }) => sample.map(([, trace]) => trace));
  if (ids.length === 0) return [];
  const rows = await read(context, traceSizesStatement(context.org, ids), sizeRow);
  const sizes = new Map(rows.map((row) => [row.trace, row]));
  return sides.flatMap(({ selected, sample }) => {
    const chosen: Chosen[] = [];
    let room = DIFFERENCE_LIMITS.spansMax;
    for (const [, trace] of sample) {
      const row = sizes.get(trace);
      // One that is far larger than others would take the place of many.
      if (row === undefined || row.spans > room) continue;
      room -= row.spans;
      const { start_ns: startNs, last_start_ns: lastStartNs, spans } = row;
      chosen.push({ trace, startNs, lastStartNs, spans, isSelected: selected === 1 });
    }
    return chosen;
  });
}

async function readTraces(
  context: QueryContext,
  chosen: readonly Chosen[],
): Promise<SampledTrace[]> {
  const { org } = context;
  const zeroNs = chosen.reduce(
    (least, { startNs }) => (startNs < least ? startNs : least),
    chosen[0]!.startNs,
  );
  const [rows, logs] = await Promise.all([
    read(context, comparedSpansStatement(org, chosen, zeroNs), spanRow),
    read(context, comparedLogsStatement(org, chosen), logRow),
  ]);
  const ids = new Set(rows.map(({ resource }) => resource));
  const resources = await readResources(context, rangeOf(chosen), ids);
  const plain = new Map([...resources].map(([id, values]) => [id, plainAttributes(values)]));
  const spansOf = Map.groupBy(rows, ({ trace }) => trace);
  const logsOf = Map.groupBy(wholeTraces(logs), ({ trace }) => trace);
  return chosen.map(({ trace, isSelected }) => ({
    traceId: trace,
    isSelected,
    spans: (spansOf.get(trace) ?? []).map((row) => sampledSpan(row, plain)),
    logs: (logsOf.get(trace) ?? []).map(sampledLog),
  }));
}

function rangeOf(chosen: readonly Chosen[]): TimeRange {
  const stretches = stretchesOf(chosen);
  return { fromNs: stretches[0]!.fromNs, toNs: stretches.at(-1)!.toNs };
}

/** The trace at which the bound cut is left out: what is missing in it would seem not to be written. */
function wholeTraces(logs: readonly z.infer<typeof logRow>[]) {
  if (logs.length < DIFFERENCE_LIMITS.logsMax) return logs;
  const last = logs.at(-1)!.trace;
  return logs.filter(({ trace }) => trace !== last);
}

function sampledLog({ span, service, severity, text }: z.infer<typeof logRow>): SampledLog {
  return { spanId: span, service, severity, text: logShape(text) };
}

function sampledSpan(
  row: SpanRow,
  resources: ReadonlyMap<string, readonly SampledAttribute[]>,
): SampledSpan {
  const { keys, vals, types } = row;
  return {
    spanId: row.span,
    parentId: row.parent,
    service: row.service,
    name: row.name,
    kind: row.kind,
    status: row.status,
    startNs: row.start,
    durationNs: row.duration,
    resource: resources.get(row.resource) ?? [],
    attributes: compared(
      keys.map((key, at) => ({ key, value: vals[at]!, isNumber: isNumber(types.charCodeAt(at)) })),
    ),
    events: row.event_names.map((name, event) => ({
      name,
      attributes: compared(
        row.event_keys[event]!.map((key, at) => ({
          key,
          value: row.event_vals[event]![at]!,
          isNumber: false,
        })),
      ),
    })),
  };
}

function isNumber(type: number): boolean {
  return type === ATTRIBUTE_TYPES.int || type === ATTRIBUTE_TYPES.double;
}

function compared(attributes: readonly SampledAttribute[]): SampledAttribute[] {
  return attributes.filter(({ value }) => value.length <= DIFFERENCE_LIMITS.valueCharactersMax);
}

/** A resource's attributes by their text; the service is told with each finding anyway. */
function plainAttributes(attributes: Attributes): SampledAttribute[] {
  const entries = Object.entries(attributes).filter(([key]) => key !== "service.name");
  return compared(
    entries.map(([key, value]) => ({
      key,
      value: typeof value === "string" ? value : JSON.stringify(value),
      isNumber: typeof value === "number",
    })),
  );
}
