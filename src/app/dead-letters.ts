import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "#core/clock.ts";
import type { DeadLetterBox } from "#pipeline/delivery/dead-letter-boxes.ts";
import { DeadLetters } from "#pipeline/delivery/dead-letters.ts";
import type { RunningGraph } from "#pipeline/graph/running-graph.ts";
import { nodeFiles } from "#pipeline/journal/files.ts";

/** The dead letters of every destination of a running graph. */
export function deadLetterBoxes({ pipelines }: Pick<RunningGraph, "pipelines">): DeadLetterBox[] {
  return pipelines.flatMap((pipeline) =>
    pipeline.destinations.map((destination) => ({
      pipeline: pipeline.name,
      destination: destination.name,
      letters: destination.deadLetters,
      replay: (ids: readonly string[]) => destination.replay(ids),
    })),
  );
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
  const boxes: DeadLetterBox[] = [];
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
      const replay: DeadLetterBox["replay"] = async (ids) => ({
        delivered: 0,
        failed: ids.map((id) => ({ id, reason: NO_SERVER })),
      });
      // A type has no point, so that the first one stands for the slash of a name.
      boxes.push({ pipeline, destination: name.replace(".", "/"), letters, replay });
    }
  return {
    boxes,
    async close() {
      await Promise.all(opened.map((letters) => letters.close()));
    },
  };
}

async function foldersIn(path: string): Promise<string[]> {
  if (!existsSync(path)) return [];
  const entries = await readdir(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
