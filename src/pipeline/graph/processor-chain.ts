import { type Batch, dropAll, keptRows } from "#core/batch.ts";
import { SightglassError } from "#core/errors.ts";
import type { OnError, Outcome, Processor } from "../component.ts";
import type { ComponentTap } from "../live/component-tap.ts";
import type { RowNumber } from "../live/row-samples.ts";
import { DroppedRows } from "./dropped-rows.ts";
import type { RowCondition } from "./row-condition.ts";

/** A processor in its place in a pipeline. */
export interface ChainMember {
  readonly name: string;
  readonly processor: Processor;
  readonly onError: OnError;
  /** Which rows it is given; the others pass by it. Without a condition, all are. */
  readonly when?: RowCondition | undefined;
  /** Looks at what it is given and leaves. */
  readonly tap?: ComponentTap | undefined;
}

/**
 * Told of rows that a processor dropped, while the batch still has them. What it gives back is called when
 * what is left of the batch is durable; when the batch is refused after all, nothing was dropped.
 */
export type OnDropped = (
  processor: string,
  batch: Batch,
  rows: readonly RowNumber[],
) => Outcome["accepted"];

/** What one processor has seen since it was put in its place. */
export interface ProcessorCounts {
  readonly name: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly failures: number;
}

/** How one processor fares. */
export interface ProcessorFailures {
  /** Rows at which it failed, in whichever batch. */
  readonly rowsFailed: number;
  /** Whether it failed at the last batch. */
  readonly isFailing: boolean;
}

const REFUSED_RETRY_SECONDS = 5;

/** The processors of a pipeline, one after the other, each counted. */
export class ProcessorChain {
  /** Told of each failure, with the name of the processor. It must not throw. */
  onFailure: (name: string, error: unknown) => void = () => {};
  /** Told of what is dropped; looking for it costs something, so that without it nobody looks. */
  onDropped: OnDropped | undefined;
  private readonly places: Place[];

  /** @param before the chain that this one takes the place of: counts of processors in both go on. */
  constructor(members: readonly ChainMember[], before?: ProcessorChain) {
    this.places = members.map((member) => before?.placeOf(member.processor) ?? new Place(member));
  }

  get length(): number {
    return this.places.length;
  }

  /**
   * Has every processor from the `first` on change the batch of the organization `org`.
   *
   * @param outcomes gets who is to be told what became of the batch, in the order of the processors.
   * @throws SightglassError `overloaded` when one fails that says so: the sender may try again.
   */
  process(
    batch: Batch,
    org: string,
    { first = 0, outcomes }: { readonly first?: number; readonly outcomes: Outcome[] },
  ): void {
    for (let at = first; at < this.places.length; at++) {
      // A batch without rows is nobody's work.
      if (keptRows(batch) === 0) return;
      const place = this.places[at]!;
      const dropped = this.onDropped === undefined ? undefined : new DroppedRows(batch);
      const outcome = place.process(batch, org, this.onFailure);
      if (outcome !== undefined) outcomes.push(outcome);
      if (dropped !== undefined) this.tellDropped(place.member.name, batch, dropped, outcomes);
    }
  }

  private tellDropped(
    processor: string,
    batch: Batch,
    dropped: DroppedRows,
    outcomes: Outcome[],
  ): void {
    const rows = dropped.since();
    if (rows.length === 0) return;
    const accepted = this.onDropped?.(processor, batch, rows);
    if (accepted !== undefined) outcomes.push({ accepted });
  }

  counts(): ProcessorCounts[] {
    return this.places.map((place) => place.counts());
  }

  /** In the order of the processors. */
  failures(): ProcessorFailures[] {
    return this.places.map(({ rowsFailed, isFailing }) => ({ rowsFailed, isFailing }));
  }

  /** Undefined for a processor that is not in it. */
  countsOf(processor: Processor): ProcessorCounts | undefined {
    return this.placeOf(processor)?.counts();
  }

  private placeOf(processor: Processor): Place | undefined {
    return this.places.find(({ member }) => member.processor === processor);
  }
}

class Place {
  readonly member: ChainMember;
  rowsIn = 0;
  rowsOut = 0;
  failures = 0;
  rowsFailed = 0;
  isFailing = false;

  constructor(member: ChainMember) {
    this.member = member;
  }

  counts(): ProcessorCounts {
    const { member, rowsIn, rowsOut, failures } = this;
    return { name: member.name, rowsIn, rowsOut, failures };
  }

  process(batch: Batch, org: string, onFailure: ProcessorChain["onFailure"]): Outcome | undefined {
    const { when, tap } = this.member;
    const work = (): Outcome | undefined => this.work(batch, org, onFailure);
    const seen = tap === undefined ? work : () => tap.around(batch, org, work);
    return when === undefined ? seen() : when.among(batch, seen);
  }

  private work(
    batch: Batch,
    org: string,
    onFailure: ProcessorChain["onFailure"],
  ): Outcome | undefined {
    const rows = keptRows(batch);
    this.rowsIn += rows;
    let outcome: Outcome | undefined;
    try {
      outcome = outcomeOf(this.member.processor.process(batch, org));
      this.isFailing = false;
    } catch (error) {
      this.failures++;
      this.rowsFailed += rows;
      this.isFailing = true;
      onFailure(this.member.name, error);
      this.settle(batch, error);
    }
    this.rowsOut += keptRows(batch);
    return outcome;
  }

  private settle(batch: Batch, error: unknown): void {
    const { name, onError } = this.member;
    if (onError === "pass") return;
    if (onError === "drop") {
      dropAll(batch);
      return;
    }
    throw new SightglassError("overloaded", `the processor ${name} failed: send it again`, {
      cause: error,
      retryAfterSeconds: REFUSED_RETRY_SECONDS,
    });
  }
}

function outcomeOf(given: ReturnType<Processor["process"]>): Outcome | undefined {
  if (typeof given === "function") return { refused: given };
  return given ?? undefined;
}
