import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Settings } from "#config/schema.ts";
import type { Push, Receiver } from "#pipeline/component.ts";
import { DEFAULT_PIPELINE, type GraphSpec } from "#pipeline/graph/graph-spec.ts";
import { contextOf, type Surroundings } from "#pipeline/graph/open-components.ts";

/** The receivers of a graph, but for OTLP, made and not started. */
export interface OpenReceivers {
  /** Starts them one after the other. @throws SightglassError of the first that cannot. */
  start(): Promise<void>;
  /** Stops all that were started. Idempotent. Never rejects: what fails is told to the log. */
  stop(): Promise<void>;
  /** Those that were started, by name, with where they listen. */
  views(): { name: string; addresses: string[] }[];
}

/** Makes the receivers; what they bring goes to `push`. */
export function openReceivers(
  graph: GraphSpec,
  push: Push,
  settings: Pick<Settings, "dataDir">,
  surroundings: Surroundings,
): OpenReceivers {
  const { timeWindow } = surroundings;
  const names = graph.pipelines.get(DEFAULT_PIPELINE)!.receivers;
  const receivers = names.flatMap((name) => {
    const spec = graph.receivers.get(name);
    if (spec === undefined) return [];
    const stateFolder = join(settings.dataDir, "state", "receivers", name.replace("/", "."));
    const context = { ...contextOf(name, surroundings), push, timeWindow, stateFolder };
    return [{ name, stateFolder, receiver: spec.create(context) }];
  });
  const started: { name: string; receiver: Receiver }[] = [];

  return {
    async start() {
      for (const { name, stateFolder, receiver } of receivers) {
        await mkdir(stateFolder, { recursive: true });
        started.push({ name, receiver });
        await receiver.start();
        const addresses = receiver.addresses?.() ?? [];
        surroundings.log.info("A receiver has started", {
          receiver: name,
          addresses: addresses.join(", "),
        });
      }
    },
    async stop() {
      const stopping = started.splice(0).map(async ({ name, receiver }) => {
        try {
          await receiver.stop();
        } catch (error) {
          surroundings.log.error("A receiver did not stop as it should", { receiver: name, error });
        }
      });
      await Promise.all(stopping);
    },
    views: () =>
      started.map(({ name, receiver }) => ({
        name,
        addresses: [...(receiver.addresses?.() ?? [])],
      })),
  };
}
