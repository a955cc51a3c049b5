import type { Batch } from "#core/batch.ts";

/** Sees the rows that become durable. */
export interface RowWatch {
  /**
   * Looks at batches of one signal before they are encoded: they are gone afterwards. Returns what to call
   * once their rows are durable; undefined where that does not matter. It must not throw.
   */
  look(batches: readonly Batch[], org: string): (() => void) | undefined;
}
