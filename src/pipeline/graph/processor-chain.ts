import { type Batch, dropAll, keptRows } from "#core/batch.ts";
import { SightglassError } from "#core/errors.ts";
import type { OnError, Processor, Undo } from "../component.ts";

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
   * Has every processor from the `first` on change the batch of the organization `org`.
   *
   * @param undos gets what takes back what processors remember of the batch, in the order of the processors.
   * @throws SightglassError `overloaded` when one fails that says so: the sender may try again.
   */
  process(
    batch: Batch,
    org: string,
    { first = 0, undos }: { readonly first?: number; readonly undos: Undo[] },
  ): void {
    for (let at = first; at < this.places.length; at++) {
      // A batch without rows is nobody's work.
      if (keptRows(batch) === 0) return;
      const place = this.places[at]!;
      const undo = place.process(batch, org, this.onFailure);
      if (undo !== undefined) undos.push(undo);
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

  process(batch: Batch, org: string, onFailure: ProcessorChain["onFailure"]): Undo | undefined {
    this.rowsIn += keptRows(batch);
    let undo: Undo | undefined;
    try {
      undo = this.member.processor.process(batch, org) ?? undefined;
    } catch (error) {
      this.failures++;
      onFailure(this.member.name, error);
      this.settle(batch, error);
    }
    this.rowsOut += keptRows(batch);
    return undo;
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
