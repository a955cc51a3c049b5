import { type Batch, dropAll, keptRows } from "#core/batch.ts";
import { SightglassError } from "#core/errors.ts";
import type { OnError, Processor } from "../component.ts";

/** A processor in its place in a pipeline. */
export interface ChainMember {
  readonly name: string;
  readonly processor: Processor;
  readonly onError: OnError;
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

  constructor(members: readonly ChainMember[]) {
    this.places = members.map((member) => new Place(member));
  }

  get length(): number {
    return this.places.length;
  }

  /**
   * Has every processor from the `first` on change the batch.
   *
   * @throws SightglassError `overloaded` when one fails that says so: the sender may try again.
   */
  process(batch: Batch, first = 0): void {
    for (let at = first; at < this.places.length; at++) {
      // A batch without rows is nobody's work.
      if (keptRows(batch) === 0) return;
      const place = this.places[at]!;
      place.process(batch, this.onFailure);
    }
  }

  counts(): ProcessorCounts[] {
    return this.places.map(({ member, rowsIn, rowsOut, failures }) => ({
      name: member.name,
      rowsIn,
      rowsOut,
      failures,
    }));
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

  process(batch: Batch, onFailure: ProcessorChain["onFailure"]): void {
    this.rowsIn += keptRows(batch);
    try {
      this.member.processor.process(batch);
    } catch (error) {
      this.failures++;
      onFailure(this.member.name, error);
      this.settle(batch, error);
    }
    this.rowsOut += keptRows(batch);
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
