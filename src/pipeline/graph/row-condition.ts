import type { Batch } from "#core/batch.ts";
import { amongRows } from "#core/edit/among-rows.ts";
import { compileConditions } from "../expression/condition.ts";

/**
 * The condition under which a processor is given a row (`when`). To it the other rows are as if they had been
 * dropped: none of them is changed, nor what it shares with rows that are.
 */
export class RowCondition {
  private readonly conditions: ReturnType<typeof compileConditions>;

  /** @throws ExpressionError where `source` is no condition on the rows of any signal. */
  constructor(source: string) {
    this.conditions = compileConditions(source);
  }

  /**
   * Has `work` done on the rows for which the condition is true. For those of a signal that it is not about,
   * it is not.
   *
   * @returns What `work` gives; undefined, and it was not called, where there is no such row.
   */
  among<T>(batch: Batch, work: () => T): T | undefined {
    const condition = this.conditions[batch.signal];
    if (condition === undefined) return undefined;
    condition.bind(batch);
    return amongRows(batch, (row) => condition.evaluate(row), work);
  }
}
