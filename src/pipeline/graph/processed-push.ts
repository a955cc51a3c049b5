import { releaseBatch } from "#core/batch.ts";
import type { Outcome, Push } from "../component.ts";
import type { ProcessorChain } from "./processor-chain.ts";

/**
 * Puts processors before a push: what a processor makes of a batch is what becomes durable.
 *
 * @param first the place of the first processor that works on it: one that made a batch of its own
 *   is not asked about it, nor are those before it.
 */
export function processedPush(chain: ProcessorChain, push: Push, first = 0): Push {
  return async (batch, org) => {
    const outcomes: Outcome[] = [];
    try {
      try {
        chain.process(batch, org, { first, outcomes });
      } catch (error) {
        releaseBatch(batch);
        throw error;
      }
      await push(batch, org);
    } catch (error) {
      for (const outcome of outcomes.reverse()) outcome.refused?.();
      throw error;
    }
    for (const outcome of outcomes) outcome.accepted?.();
  };
}
