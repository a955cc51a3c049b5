import { DIFFERENCE_LIMITS } from "#core/limits.ts";
import { Bits } from "./bits.ts";
import { bitsAt, type Candidate, TRACES_MIN, type TraceSample } from "./candidate.ts";
import { type Operation, operationKey, type PlacedSpan } from "./sampled-trace.ts";
import { mean } from "./statistics.ts";

/** Services and operations that take part in more, or fewer, of the traces. */
export function presenceCandidates(sample: TraceSample): Candidate[] {
  const { all: context } = sample;
  const services = [...sample.ofService].map(([service, present]): Candidate => ({
    finding: { kind: "service", service },
    context,
    present,
  }));
  const operations = [...sample.ofOperation].map(([key, present]): Candidate => ({
    finding: { kind: "operation", ...sample.operations.get(key)! },
    context,
    present,
  }));
  return [...services, ...operations];
}

/** Operations at which errors begin: that fail though nothing that they call does. */
export function errorCandidates(sample: TraceSample): Candidate[] {
  const failed = new Map<string, Bits>();
  for (const [place, spans] of sample.placed.entries())
    for (const span of spans)
      if (span.isErrorOrigin) bitsAt(failed, operationKey(span), sample.size).add(place);
  return [...failed].flatMap(([key, present]) => {
    const context = sample.ofOperation.get(key)!;
    if (!sample.isEnough(context)) return [];
    return [{ finding: { kind: "error", ...sample.operations.get(key)! }, context, present }];
  });
}

/** One operation's calls of another. */
interface Edge {
  readonly caller: Operation;
  readonly callee: Operation;
  /** Calls of each trace's spans of the caller. */
  readonly calls: Map<number, number>;
}

/** Operations that call others more often, less often or not at all. */
export function callCandidates(sample: TraceSample): Candidate[] {
  const edges = new Map<string, Edge>();
  const spans = new Map<string, Map<number, number>>();
  for (const [place, placed] of sample.placed.entries())
    for (const span of placed) addCalls(edges, spans, span, place);
  return [...edges.values()].flatMap((edge) => {
    const perSpan = new Map<number, number>();
    for (const [place, count] of spans.get(operationKey(edge.caller))!)
      perSpan.set(place, (edge.calls.get(place) ?? 0) / count);
    const split = sample.split(perSpan);
    if (split === undefined) return [];
    const { context, present, chance } = split;
    const [selectionCalls, baselineCalls] = [true, false].map((isSelected) =>
      mean([...perSpan].filter(([p]) => sample.selected.has(p) === isSelected).map(([, n]) => n)),
    ) as [number, number];
    const finding = {
      kind: "calls",
      ...operationOf(edge.caller),
      callee: edge.callee,
      selectionCalls,
      baselineCalls,
    } as const;
    return [{ finding, context, present, chance }];
  });
}

function operationOf({ service, operation }: Operation): Operation {
  return { service, operation };
}

function addCalls(
  edges: Map<string, Edge>,
  spans: Map<string, Map<number, number>>,
  span: PlacedSpan,
  place: number,
): void {
  const caller = operationKey(span);
  let counts = spans.get(caller);
  if (counts === undefined) spans.set(caller, (counts = new Map<number, number>()));
  counts.set(place, (counts.get(place) ?? 0) + 1);
  for (const callee of span.calls) {
    const key = `${caller}\n${operationKey(callee)}`;
    let edge = edges.get(key);
    if (edge === undefined) {
      if (edges.size >= DIFFERENCE_LIMITS.edgesMax) continue;
      edges.set(key, (edge = { caller: span, callee, calls: new Map() }));
    }
    edge.calls.set(place, (edge.calls.get(place) ?? 0) + 1);
  }
}

/** A line that an operation writes. */
interface Line {
  readonly service: string;
  readonly operation: string;
  readonly severity: number;
  readonly text: string;
  readonly present: Bits;
}

/** What operations write to logs in these traces: lines that come more often, or are missing. */
export function logCandidates(sample: TraceSample): Candidate[] {
  const lines = new Map<string, Line>();
  const logging = new Bits(sample.size);
  for (const [place, { spans, logs }] of sample.traces.entries()) {
    const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
    if (logs.length > 0) logging.add(place);
    for (const { spanId, service, severity, text } of logs) {
      const operation = names.get(spanId) ?? "";
      const key = `${operationKey({ service, operation })}\n${text}`;
      let line = lines.get(key);
      if (line === undefined) {
        if (lines.size >= DIFFERENCE_LIMITS.logTextsMax) continue;
        const present = new Bits(sample.size);
        lines.set(key, (line = { service, operation, severity, text, present }));
      }
      line.present.add(place);
    }
  }
  return [...lines.values()].flatMap(({ present, ...line }) => {
    const ofOperation = sample.ofOperation.get(operationKey(line));
    const ofService = sample.ofService.get(line.service);
    const context = (ofOperation ?? ofService ?? sample.all).and(logging);
    if (present.count < TRACES_MIN || !sample.isEnough(context)) return [];
    return [{ finding: { kind: "log", ...line }, context, present: present.and(context) }];
  });
}
