import { releaseBatch } from "#core/batch.ts";
import type { Push, Undo } from "../component.ts";
import type { ProcessorChain } from "./processor-chain.ts";

/**
 * Puts processors before a push: what a processor makes of a batch is what becomes durable.
 *
 * @param first the place of the first processor that works on it: one that made a batch of its own
 *   is not asked about it, nor are those before it.
 */
export function processedPush(chain: ProcessorChain, push: Push, first = 0): Push {
  return async (batch, org) => {
    const undos: Undo[] = [];
    try {
      try {
        chain.process(batch, org, { first, undos });
      } catch (error) {
        releaseBatch(batch);
        throw error;
      }
      await push(batch, org);
    } catch (error) {
      for (const undo of undos.reverse()) undo();
      throw error;
    }
  };
}
