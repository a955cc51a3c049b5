import type { ComponentPulse } from "./live.ts";
import type { PipelinesAnswer } from "./pipelines.ts";

/** How the components of a pipeline are doing, in their order: what is told of them every few seconds. */
export function componentPulses({
  receivers,
  processors,
  destinations,
}: PipelinesAnswer["data"][number]): ComponentPulse[] {
  const none = { queue: null, breaker: null, deadLetters: null };
  return [
    ...receivers.map(({ name, status, rates }): ComponentPulse => {
      return { kind: "receiver", name, status, ...rates, ...none };
    }),
    ...processors.map(({ name, status, rates, queue }): ComponentPulse => {
      return { kind: "processor", name, status, ...rates, ...none, queue };
    }),
    ...destinations.map(({ name, status, rates, queue, breaker, deadLetters }): ComponentPulse => {
      const { in: rowsIn, out, dropped } = rates;
      const letters = deadLetters?.count ?? null;
      const own = { in: rowsIn, out, dropped, queue, breaker, deadLetters: letters };
      return { kind: "destination", name, status, ...own };
    }),
  ];
}
