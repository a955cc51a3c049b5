import { GROUP_LIMITS } from "#core/limits.ts";

/** Bytes of one record of the output, about; only a trace's spans of one record of the input may be more. */
export const PORTION_BYTES_MAX = 8 * 1024 * 1024;
/** Traces that one record of the output settles. */
const PORTION_TRACES_MAX = 32_768;

/** A trace that was decided, or what came late of one. */
export interface DecidedTrace {
  readonly key: string;
  readonly org: string;
  /** How many traces it stands for: 0 was dropped. */
  readonly weight: number;
  /** The records of the input that have spans of it, and how many: sequence, spans, sequence, spans … */
  readonly records: readonly number[];
  readonly spans: number;
  /** About what its spans take. */
  readonly bytes: number;
}

/** What is settled by one record of the output: of one organization, all or nothing. */
export interface Portion {
  readonly org: string;
  /** The last record of the input that has spans of these traces: all of theirs up to there are settled. */
  readonly through: number;
  readonly traces: readonly DecidedTrace[];
}

/** Cuts what is to be settled, in its order, into portions. */
export function portionsOf(decided: readonly DecidedTrace[]): Portion[] {
  const open = new Map<string, OpenPortion>();
  const portions: Portion[] = [];
  const close = (org: string): void => {
    const portion = open.get(org);
    if (portion !== undefined) portions.push(portionOf(org, portion.traces));
    open.delete(org);
  };
  for (const trace of decided) {
    const { org } = trace;
    if (trace.weight > 0 && isOver(trace.spans, trace.bytes)) {
      // One after the other: what is settled of the trace goes up with them.
      for (const part of cutByRecords(trace)) portions.push(portionOf(org, [part]));
      continue;
    }
    let portion = open.get(org);
    if (portion !== undefined && !hasRoom(portion, trace)) {
      close(org);
      portion = undefined;
    }
    if (portion === undefined) open.set(org, (portion = new OpenPortion()));
    portion.add(trace);
  }
  for (const org of open.keys()) close(org);
  return portions;
}

/** The same in two portions; undefined where it is one trace's spans of one record. */
export function halves({ org, traces }: Portion): [Portion, Portion] | undefined {
  const parts = traces.length > 1 ? traces : cutByRecords(traces[0]!);
  if (parts.length < 2) return undefined;
  const middle = parts.length >> 1;
  const [first, second] = [parts.slice(0, middle), parts.slice(middle)];
  if (traces.length > 1) return [portionOf(org, first), portionOf(org, second)];
  return [portionOf(org, [joined(first)]), portionOf(org, [joined(second)])];
}

class OpenPortion {
  readonly traces: DecidedTrace[] = [];
  spans = 0;
  bytes = 0;

  add(trace: DecidedTrace): void {
    this.traces.push(trace);
    if (trace.weight === 0) return;
    this.spans += trace.spans;
    this.bytes += trace.bytes;
  }
}

function hasRoom(portion: OpenPortion, trace: DecidedTrace): boolean {
  if (portion.traces.length >= PORTION_TRACES_MAX) return false;
  return trace.weight === 0 || !isOver(portion.spans + trace.spans, portion.bytes + trace.bytes);
}

function isOver(spans: number, bytes: number): boolean {
  return spans > GROUP_LIMITS.rowsMax || bytes > PORTION_BYTES_MAX;
}

function portionOf(org: string, traces: readonly DecidedTrace[]): Portion {
  const through = traces.reduce((last, { records }) => Math.max(last, records.at(-2)!), 0);
  return { org, through, traces };
}

/** A trace in parts, a record of the input each, in their order. */
function cutByRecords(trace: DecidedTrace): DecidedTrace[] {
  const parts: DecidedTrace[] = [];
  for (let i = 0; i < trace.records.length; i += 2) {
    const spans = trace.records[i + 1]!;
    const records = trace.records.slice(i, i + 2);
    parts.push({ ...trace, records, spans, bytes: (trace.bytes * spans) / trace.spans });
  }
  return parts;
}

function joined(parts: readonly DecidedTrace[]): DecidedTrace {
  return {
    ...parts[0]!,
    records: parts.flatMap(({ records }) => records),
    spans: parts.reduce((sum, { spans }) => sum + spans, 0),
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
