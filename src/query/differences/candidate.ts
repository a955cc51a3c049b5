import { Bits } from "./bits.ts";
import { type Operation, operationKey, type PlacedSpan, placedSpans } from "./sampled-trace.ts";
import type { SampledTrace } from "./sampled-trace.ts";
import { widestSplit } from "./statistics.ts";

/** What may set traces apart, as it is told. */
export type Finding =
  | { readonly kind: "service"; readonly service: string }
  | ({ readonly kind: "operation" | "error" } & Operation)
  | AttributeFinding
  | TimeFinding
  | CallsFinding
  | LogFinding;

export interface AttributeFinding {
  readonly kind: "attribute";
  /** Of the span, or of the one that has the event. */
  readonly service: string;
  readonly level: "resource" | "span" | "event";
  readonly key: string;
  /** Undefined for a range of numbers. */
  readonly value?: string;
  /** Numbers above this one. */
  readonly above?: number;
  /** Numbers of at most this one. */
  readonly atMost?: number;
}

/** Time that passes in a service itself, or on the way to and from it. */
export interface TimeFinding {
  readonly kind: "time" | "network";
  readonly service: string;
  /** Where most of it passes. */
  readonly operation: string;
  /** Medians of a span, in nanoseconds. */
  readonly selectionNs: number;
  readonly baselineNs: number;
  /** What of the selection's extra time it makes up; undefined where the selection is not slower. */
  readonly shareOfExtra?: number;
}

/** An operation that makes other calls than it does elsewhere. */
export interface CallsFinding extends Operation {
  readonly kind: "calls";
  readonly callee: Operation;
  /** Calls for each span of the operation, on average. */
  readonly selectionCalls: number;
  readonly baselineCalls: number;
}

/** A line of the log that an operation writes; its name is empty where the line tells no span. */
export interface LogFinding extends Operation {
  readonly kind: "log";
  readonly severity: number;
  readonly text: string;
}

/** A finding before it is judged. */
export interface Candidate {
  readonly finding: Finding;
  /** The traces that could have it. */
  readonly context: Bits;
  /** Those of them that do. */
  readonly present: Bits;
  /** How likely the difference is by chance, where a threshold was chosen; else it is worked out. */
  readonly chance?: number;
  /** How much of the selection it explains, where that is not the share of its traces. */
  readonly reach?: number;
}

/** Fewer traces than this on either side are not compared. */
export const TRACES_MIN = 4;

/** The traces of both sides, with what all comparisons need worked out once. */
export class TraceSample {
  readonly traces: readonly SampledTrace[];
  readonly placed: readonly (readonly PlacedSpan[])[];
  readonly selected: Bits;
  readonly all: Bits;
  /** The traces with a span of the service. */
  readonly ofService = new Map<string, Bits>();
  /** The traces with a span of the operation, by its key. */
  readonly ofOperation = new Map<string, Bits>();
  readonly operations = new Map<string, Operation>();

  constructor(traces: readonly SampledTrace[]) {
    this.traces = traces;
    this.placed = traces.map(({ spans }) => placedSpans(spans));
    this.selected = Bits.of(traces.length, (place) => traces[place]!.isSelected);
    this.all = Bits.of(traces.length, () => true);
    for (const [place, spans] of this.placed.entries())
      for (const { service, operation } of spans) {
        const key = operationKey({ service, operation });
        this.operations.set(key, { service, operation });
        bitsAt(this.ofService, service, this.size).add(place);
        bitsAt(this.ofOperation, key, this.size).add(place);
      }
  }

  get size(): number {
    return this.traces.length;
  }

  /** Whether both sides have enough of these traces to be compared. */
  isEnough(context: Bits): boolean {
    const inSelection = context.countWith(this.selected);
    return inSelection >= TRACES_MIN && context.count - inSelection >= TRACES_MIN;
  }

  /**
   * A candidate of numbers, one for each trace that has one: the split where both sides are furthest
   * apart. Undefined where they are not, or are too few.
   */
  split(values: ReadonlyMap<number, number>): SplitTraces | undefined {
    const context = Bits.of(this.size, (place) => values.has(place));
    if (!this.isEnough(context)) return undefined;
    const side = (isSelected: boolean): Float64Array =>
      Float64Array.from(
        [...values].filter(([place]) => this.selected.has(place) === isSelected).map(([, v]) => v),
      );
    const split = widestSplit(side(true), side(false));
    if (split === undefined) return undefined;
    const { threshold, isAbove, chance } = split;
    const present = Bits.of(this.size, (place) => {
      const value = values.get(place);
      return value !== undefined && value > threshold === isAbove;
    });
    return { context, present, chance, threshold, isAbove };
  }
}

export interface SplitTraces {
  readonly context: Bits;
  readonly present: Bits;
  readonly chance: number;
  readonly threshold: number;
  readonly isAbove: boolean;
}

/** The bits of a key, new ones at first. */
export function bitsAt(map: Map<string, Bits>, key: string, size: number): Bits {
  let bits = map.get(key);
  if (bits === undefined) map.set(key, (bits = new Bits(size)));
  return bits;
}
