import { type Batch, dropAll, keptRows } from "#core/batch.ts";
import { SightglassError } from "#core/errors.ts";
import type { OnError, Outcome, Processor } from "../component.ts";
import type { ComponentTap } from "../live/component-tap.ts";
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

/** What one processor has seen since it was put in its place. */
export interface ProcessorCounts {
  readonly name: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly failures: number;
}

const REFUSED_RETRY_SECONDS = 5;

/** The processors of a pipeline, one after the other, each counted. */
export class ProcessorChain {
  /** Told of each failure, with the name of the processor. It must not throw. */
  onFailure: (name: string, error: unknown) => void = () => {};
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
      const outcome = place.process(batch, org, this.onFailure);
      if (outcome !== undefined) outcomes.push(outcome);
    }
  }

  counts(): ProcessorCounts[] {
    return this.places.map((place) => place.counts());
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
    this.rowsIn += keptRows(batch);
    let outcome: Outcome | undefined;
    try {
      outcome = outcomeOf(this.member.processor.process(batch, org));
    } catch (error) {
      this.failures++;
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
