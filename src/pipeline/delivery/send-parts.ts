import { messageOf, PermanentError } from "#core/errors.ts";
import { EndpointRefusedError, PartialDeliveryError } from "./delivery.ts";

/** What one request carries: rows of a delivery, by their places in it. */
export interface Part {
  readonly places: readonly number[];
  /** What takes it, where a delivery has several targets: what refuses one part refuses all that go there. */
  readonly target?: string;
  /** Whether it rests on the parts before it that have its target: once one is not taken, it waits. */
  readonly isOrdered?: boolean;
}

/** A row that will never be taken, and why. */
export type Refusal = PartialDeliveryError["refused"][number];

export interface SendPartsOptions {
  /** Rows that are in no part since they cannot be sent. */
  readonly refused?: readonly Refusal[];
  /**
   * Whether the parts after one that failed for now are sent all the same. Not when left out, since all
   * have to be sent within one attempt, and what failed may have taken long.
   */
  readonly goesOn?: boolean;
}

/**
 * Sends a delivery that takes several requests, one after the other, and says of each row what became
 * of it: none that was taken is sent again because of another.
 *
 * | a part fails with | its rows | the parts after it |
 * |---|---|---|
 * | `EndpointRefusedError` | dead | dead unsent where they have the same target, sent where not |
 * | any other `PermanentError` | dead where it is one row, else to be cut in two | sent, but for ordered ones of its target |
 * | any other error | to be sent again | to be sent again, unless `goesOn` |
 *
 * @param rows How many rows the delivery has.
 * @param send Resolves with those rows of the part that were refused, if any.
 * @throws the error of the part itself when nothing of the delivery was settled.
 * @throws PartialDeliveryError when only something was; its cause is a failure that passes, or else the
 *   refusal of what is to be cut.
 */
export async function sendParts<P extends Part>(
  rows: number,
  parts: readonly P[],
  send: (part: P) => Promise<readonly Refusal[]>,
  options: SendPartsOptions = {},
): Promise<void> {
  const fates = new PartFates(options);
  for (const part of parts) {
    if (fates.isSettledUnsent(part)) continue;
    try {
      fates.dead.push(...(await send(part)));
    } catch (error) {
      fates.failed(part, error);
    }
  }
  const error = fates.errorFor(rows);
  if (error !== undefined) throw error;
}

/** What became of the parts so far. */
class PartFates {
  readonly dead: Refusal[];
  readonly #goesOn: boolean;
  readonly #again: number[] = [];
  /** Targets that refuse whatever it is. */
  readonly #closed = new Map<string | undefined, EndpointRefusedError>();
  /** Rows that are dead for that. */
  #closedRows = 0;
  /** Targets of ordered parts that were not taken. */
  readonly #held = new Set<string | undefined>();
  /** The first failure that passes. */
  #passing: Error | undefined;
  /** The first refusal of what is to be cut. */
  #refusal: PermanentError | undefined;
  /** That of a part of one row. */
  #rowRefusal: PermanentError | undefined;

  constructor({ refused = [], goesOn = false }: SendPartsOptions) {
    this.dead = [...refused];
    this.#goesOn = goesOn;
  }

  /** Whether it is known what becomes of a part without its being sent. */
  isSettledUnsent({ places, target }: Part): boolean {
    const closed = this.#closed.get(target);
    if (closed !== undefined) {
      this.#bury(places, closed);
      this.#closedRows += places.length;
      return true;
    }
    const waits = this.#held.has(target) || (this.#passing !== undefined && !this.#goesOn);
    if (waits) this.#again.push(...places);
    return waits;
  }

  failed({ places, target, isOrdered = false }: Part, thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(messageOf(thrown));
    if (error instanceof EndpointRefusedError) {
      this.#closed.set(target, error);
      this.#closedRows += places.length;
      this.#bury(places, error);
      return;
    }
    if (error instanceof PermanentError && places.length === 1 && !isOrdered) {
      this.#rowRefusal = error;
      this.#bury(places, error);
      return;
    }
    this.#again.push(...places);
    if (isOrdered) this.#held.add(target);
    if (error instanceof PermanentError) this.#refusal ??= error;
    else this.#passing ??= error;
  }

  /** What is to be said of a delivery of so many rows; undefined when all were taken. */
  errorFor(rows: number): Error | undefined {
    const failure = this.#passing ?? this.#refusal;
    if (failure !== undefined) {
      if (this.#again.length === rows) return failure;
      const outcome = { again: this.#again, refused: this.dead };
      return new PartialDeliveryError(failure.message, outcome, { cause: failure });
    }
    if (this.dead.length === 0) return undefined;
    if (this.#closedRows === rows) return this.#closed.values().next().value;
    if (this.#rowRefusal !== undefined && rows === 1) return this.#rowRefusal;
    const outcome = { again: [], refused: this.dead };
    return new PartialDeliveryError(`refused: ${this.dead[0]!.reason}`, outcome);
  }

  #bury(places: readonly number[], { message }: Error): void {
    for (const place of places) this.dead.push({ index: place, reason: message });
  }
}
