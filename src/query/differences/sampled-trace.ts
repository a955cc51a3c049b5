import type { SpanKind, SpanStatus } from "#core/vocabulary.ts";

/** One attribute as it is compared: by its text. */
export interface SampledAttribute {
  readonly key: string;
  readonly value: string;
  readonly isNumber: boolean;
}

/** What of a span is compared. */
export interface SampledSpan {
  readonly spanId: string;
  /** Zeros for a root. */
  readonly parentId: string;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  /** Nanoseconds from the start of the sample's time range. */
  readonly startNs: number;
  readonly durationNs: number;
  readonly resource: readonly SampledAttribute[];
  readonly attributes: readonly SampledAttribute[];
  readonly events: readonly { name: string; attributes: readonly SampledAttribute[] }[];
}

export interface SampledLog {
  /** The span within which it was written. */
  readonly spanId: string;
  readonly service: string;
  readonly severity: number;
  readonly text: string;
}

/** A trace of the sample, whole as far as it was read. */
export interface SampledTrace {
  readonly traceId: string;
  readonly isSelected: boolean;
  readonly spans: readonly SampledSpan[];
  readonly logs: readonly SampledLog[];
}

/** A service and one of its operations. */
export interface Operation {
  readonly service: string;
  readonly operation: string;
}

export function operationKey({ service, operation }: Operation): string {
  return `${service}\n${operation}`;
}

/** A span in its place in the trace. */
export interface PlacedSpan extends Operation {
  readonly span: SampledSpan;
  /** Nanoseconds in which none of its children ran. */
  readonly selfNs: number;
  /** It failed, and nothing that it called did. */
  readonly isErrorOrigin: boolean;
  /** What it called; a client's span counts as what it reached, where that has spans. */
  readonly calls: readonly Operation[];
  /** Of a client's span: the span of the other side. */
  readonly reaches: Operation | undefined;
  /** The operations above it, the nearest first. */
  readonly above: readonly Operation[];
}

/** How far up the operations above a span are told. */
const ABOVE_MAX = 32;

/** Puts the spans of a trace in their places. */
export function placedSpans(spans: readonly SampledSpan[]): PlacedSpan[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const children = new Map<string, SampledSpan[]>();
  for (const span of spans) {
    const siblings = children.get(span.parentId);
    if (siblings === undefined) children.set(span.parentId, [span]);
    else siblings.push(span);
  }
  const childrenOf = (span: SampledSpan): readonly SampledSpan[] => children.get(span.spanId) ?? [];
  return spans.map((span) => ({
    span,
    ...operationOf(span),
    selfNs: selfTime(span, childrenOf(span)),
    isErrorOrigin: span.status === "error" && !anyFailed(span, childrenOf),
    calls: childrenOf(span).map((child) => otherSide(child, childrenOf) ?? operationOf(child)),
    reaches: otherSide(span, childrenOf),
    above: operationsAbove(span, byId),
  }));
}

function operationOf({ service, name }: SampledSpan): Operation {
  return { service, operation: name };
}

/** The nanoseconds of a span that are in none of its children, which may overlap and outlive it. */
function selfTime(span: SampledSpan, children: readonly SampledSpan[]): number {
  const endNs = span.startNs + span.durationNs;
  let [selfNs, coveredNs] = [span.durationNs, span.startNs];
  for (const child of children.toSorted((a, b) => a.startNs - b.startNs)) {
    const fromNs = Math.max(child.startNs, coveredNs);
    const toNs = Math.min(child.startNs + child.durationNs, endNs);
    if (toNs <= fromNs) continue;
    selfNs -= toNs - fromNs;
    coveredNs = toNs;
  }
  return Math.max(0, selfNs);
}

type ChildrenOf = (span: SampledSpan) => readonly SampledSpan[];

/** Whether a child failed, or what a child called that is not told as failed itself. */
function anyFailed(span: SampledSpan, childrenOf: ChildrenOf): boolean {
  return childrenOf(span).some(
    (child) =>
      child.status === "error" ||
      (child.kind === "client" && childrenOf(child).some(({ status }) => status === "error")),
  );
}

/** What a client's span reached, where that has a span; some instrumentations do not tell the kind. */
function otherSide(span: SampledSpan, childrenOf: ChildrenOf): Operation | undefined {
  if (span.kind === "internal" || span.kind === "server" || span.kind === "consumer")
    return undefined;
  const other = childrenOf(span).find(({ service }) => service !== span.service);
  return other === undefined ? undefined : operationOf(other);
}

function operationsAbove(
  span: SampledSpan,
  byId: ReadonlyMap<string, SampledSpan>,
): readonly Operation[] {
  const above: Operation[] = [];
  let parent = byId.get(span.parentId);
  while (parent !== undefined && above.length < ABOVE_MAX) {
    above.push(operationOf(parent));
    parent = byId.get(parent.parentId);
  }
  return above;
}
