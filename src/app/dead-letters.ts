import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "#core/clock.ts";
import { BlockLetters } from "#destinations/store/block-letters.ts";
import { DEAD_FOLDER } from "#destinations/store/store-destination.ts";
import type { DeadLetterBox } from "#pipeline/delivery/dead-letter-boxes.ts";
import { DeadLetters } from "#pipeline/delivery/dead-letters.ts";
import { componentOfFile } from "#pipeline/graph/component-names.ts";
import { BUILT_IN, DEFAULT_PIPELINE } from "#pipeline/graph/graph-spec.ts";
import type { RunningGraph } from "#pipeline/graph/running-graph.ts";
import { nodeFiles } from "#pipeline/journal/files.ts";
import { PipelineFolders } from "./pipeline-folders.ts";

const [STORE] = BUILT_IN.destinations;

/** The dead letters of every destination of a running graph, the store included. */
export function deadLetterBoxes({ pipelines }: Pick<RunningGraph, "pipelines">): DeadLetterBox[] {
  return pipelines.flatMap((running) => {
    const pipeline = running.name;
    const { storeLetters } = running;
    const ofStore =
      storeLetters === undefined
        ? []
        : [
            {
              pipeline,
              destination: STORE,
              letters: storeLetters.deadLetters,
              replay: (ids: readonly string[]) => storeLetters.replay(ids),
            },
          ];
    const others = running.destinations.map((destination) => ({
      pipeline,
      destination: destination.name,
      letters: destination.deadLetters,
      replay: (ids: readonly string[]) => destination.replay(ids),
    }));
    return [...ofStore, ...others];
  });
}

/** Dead letters in a data folder that no server uses. */
export interface StoredBoxes {
  readonly boxes: readonly DeadLetterBox[];
  close(): Promise<void>;
}

const NO_SERVER = "no server runs that could send it";

/**
 * Opens the dead letters of a data folder that the caller has locked, those of destinations that are
 * configured no longer included. None goes for its age: that is the server's to decide.
 */
export async function openStoredBoxes(dataDir: string): Promise<StoredBoxes> {
  const boxes: DeadLetterBox[] = await storeBoxes(dataDir);
  const opened: DeadLetters[] = [];
  for (const pipeline of await foldersIn(join(dataDir, "delivery")))
    for (const name of await foldersIn(join(dataDir, "delivery", pipeline, "dead-letters"))) {
      const letters = new DeadLetters({
        folder: join(dataDir, "delivery", pipeline, "dead-letters", name),
        files: nodeFiles,
        clock: systemClock,
        bytesMax: Number.MAX_SAFE_INTEGER,
        ageMsMax: Number.MAX_SAFE_INTEGER,
        onDropped: () => {},
      });
      await letters.open();
      opened.push(letters);
      const destination = componentOfFile(name);
      boxes.push({ pipeline, destination, letters, replay: cannotReplay });
    }
  return {
    boxes,
    async close() {
      await Promise.all(opened.map((letters) => letters.close()));
    },
  };
}

const cannotReplay: DeadLetterBox["replay"] = async (ids) => ({
  delivered: 0,
  failed: ids.map((id) => ({ id, reason: NO_SERVER })),
});

/** Those of the stores of all pipelines that there ever were. */
async function storeBoxes(dataDir: string): Promise<DeadLetterBox[]> {
  const folders = new PipelineFolders(dataDir);
  const others = await foldersIn(join(folders.store(DEFAULT_PIPELINE), "pipelines"));
  const boxes: DeadLetterBox[] = [];
  for (const pipeline of [DEFAULT_PIPELINE, ...others]) {
    const folder = join(folders.store(pipeline), DEAD_FOLDER);
    const letters = new BlockLetters({ folder, clock: systemClock });
    await letters.open();
    boxes.push({ pipeline, destination: STORE, letters, replay: cannotReplay });
  }
  return boxes;
}

async function foldersIn(path: string): Promise<string[]> {
  if (!existsSync(path)) return [];
  const entries = await readdir(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
