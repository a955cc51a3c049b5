import type { Batch } from "#core/batch.ts";
import { copyBatch } from "#core/copy-batch.ts";
import type { Push } from "../component.ts";
import type { ComponentTap } from "../live/component-tap.ts";

/**
 * Where the batches of one receiver go. Several pipelines get a copy each, and the receiver has its
 * answer when all have it durably. Which they are may change while it works.
 */
export class FanOut {
  targets: readonly Push[];
  /** What is seen of what comes. */
  readonly tap: ComponentTap;
  readonly push: Push;

  constructor(tap: ComponentTap, targets: readonly Push[] = []) {
    this.targets = targets;
    this.tap = tap;
    this.push = tap.tapped((batch, org) => this.spread(batch, org));
  }

  private spread(batch: Batch, org: string): Promise<void> {
    const { targets } = this;
    const [first] = targets;
    if (first === undefined) return Promise.reject(new RangeError("a receiver without a pipeline"));
    return targets.length === 1
      ? first(batch, org)
      : this.copy(first, targets.slice(1), batch, org);
  }

  /**
   * Rejects as the first that refused: others may have kept their copy, so that what is sent again is
   * there twice. There is no other way, short of refusing what each of them could take.
   */
  private async copy(
    first: Push,
    others: readonly Push[],
    batch: Batch,
    org: string,
  ): Promise<void> {
    const copies = others.map((): Batch => copyBatch(batch));
    const outcomes = await Promise.allSettled([
      first(batch, org),
      ...others.map((target, index) => target(copies[index]!, org)),
    ]);
    const refused = outcomes.find((outcome) => outcome.status === "rejected");
    if (refused !== undefined) throw refused.reason;
  }
}
