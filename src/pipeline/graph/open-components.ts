import type { Clock } from "#core/clock.ts";
import type { TimeWindow } from "#core/rejections.ts";
import type { Signal } from "#core/signal.ts";
import type { ComponentMeters } from "#telemetry/component-meters.ts";
import type { Logger } from "#telemetry/log.ts";
import type { ComponentContext, Processor, Push } from "../component.ts";
import type { GraphSpec, PipelineSpec } from "./graph-spec.ts";
import { processedPush } from "./processed-push.ts";
import { ProcessorChain } from "./processor-chain.ts";

/** What the process gives to every component. */
export interface Surroundings {
  readonly log: Logger;
  readonly meters: ComponentMeters;
  readonly clock: Clock;
  readonly random: () => number;
  /** The times that rows of a signal may have now. */
  readonly timeWindow: (signal: Signal) => TimeWindow;
}

/** What one component is given, whatever its kind. */
export function contextOf(name: string, surroundings: Surroundings): ComponentContext {
  const { log, meters, clock, random } = surroundings;
  const component = { component: name };
  return { name, log: log.child(component), meter: meters.of(name), clock, random };
}

/** The processors of a pipeline, made and not started. */
export interface OpenChain {
  readonly chain: ProcessorChain;
  /** For batches that receivers bring. */
  readonly push: Push;
  /** Starts them in their order; when one fails, those that had started are stopped again. */
  start(): Promise<void>;
  /** Idempotent. Never rejects: what fails is told to the log. */
  stop(): Promise<void>;
}

/** Makes the processors of a pipeline, before `push`, which makes batches durable. */
export function openChain(
  graph: GraphSpec,
  pipeline: PipelineSpec,
  push: Push,
  surroundings: Surroundings,
): OpenChain {
  const members = pipeline.processors.map((name, place) => {
    const { create, onError } = graph.processors.get(name)!;
    const emit: Push = (batch, org) => processedPush(chain, push, place + 1)(batch, org);
    const { timeWindow } = surroundings;
    const processor = create({ ...contextOf(name, surroundings), emit, timeWindow });
    return { name, processor, onError };
  });
  const chain: ProcessorChain = new ProcessorChain(members);
  chain.onFailure = (processor, error) =>
    surroundings.log.error("A processor failed", { processor, error });
  observeChain(chain, surroundings);

  const started: { name: string; processor: Processor }[] = [];
  const stop = async (): Promise<void> => {
    for (const { name, processor } of started.splice(0).reverse()) {
      try {
        await processor.stop?.();
      } catch (error) {
        surroundings.log.error("A processor did not stop as it should", { processor: name, error });
      }
    }
  };
  return {
    chain,
    push: chain.length === 0 ? push : processedPush(chain, push),
    stop,
    async start() {
      try {
        for (const member of members) {
          started.push(member);
          await member.processor.start?.();
        }
      } catch (error) {
        await stop();
        throw error;
      }
    },
  };
}

function observeChain(chain: ProcessorChain, { meters }: Surroundings): void {
  for (const [place, { name }] of chain.counts().entries()) {
    const rows = (): { rowsIn: number; rowsOut: number; failures: number } =>
      chain.counts()[place]!;
    meters.of(name).observedCounter(
      {
        name: "processor_rows_total",
        help: "Rows that processors were given, and that they left.",
        unit: "{row}",
        labels: ["direction"],
      },
      () => [
        { value: rows().rowsIn, labels: { direction: "in" } },
        { value: rows().rowsOut, labels: { direction: "out" } },
      ],
    );
    meters
      .of(name)
      .observedCounter(
        { name: "processor_failures_total", help: "Batches at which processors failed." },
        () => [{ value: rows().failures }],
      );
  }
}
