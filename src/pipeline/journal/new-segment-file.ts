import { dirname } from "node:path";
import { reasonOf } from "./files.ts";
import type { JournalFile, JournalFiles } from "./files.ts";
import type { SpareSegments } from "./spare-segments.ts";

// The file of a segment that is being begun: a new one, or a spare that is written over.

export interface NewSegmentFile {
  readonly file: JournalFile;
  /** What the file is long. */
  readonly fileBytes: number;
  /** The name that a spare keeps until its first group is durable. */
  readonly sparePath?: string | undefined;
}

/** Rejects with `EEXIST` when there is something under `path`, whichever kind of file it would be. */
export async function openNewFile(
  files: JournalFiles,
  spares: SpareSegments,
  path: string,
): Promise<NewSegmentFile> {
  if (spares.nextBytes > 0) {
    await expectNone(files, path);
    const spare = await spares.open();
    if (spare !== undefined) return spare;
  }
  return { file: await files.open(path, "create"), fileBytes: 0 };
}

/** A rename would replace what has the name already. */
async function expectNone(files: JournalFiles, path: string): Promise<void> {
  let file: JournalFile;
  try {
    file = await files.open(path, "read");
  } catch (error) {
    if (reasonOf(error) === "ENOENT") return;
    throw error;
  }
  await file.close();
  throw Object.assign(new Error("EEXIST: the segment's name is taken"), { code: "EEXIST" });
}

/**
 * Makes the name durable, when the first group is. A spare gets the name only now: until then opening
 * takes it for a spare, and removes it.
 */
export async function publishNewFile(
  files: JournalFiles,
  { sparePath }: Pick<NewSegmentFile, "sparePath">,
  path: string,
): Promise<void> {
  if (sparePath !== undefined) await files.rename(sparePath, path);
  await files.syncFolder(dirname(path));
}

/** Removes it under the name that it has: of a rename that failed nobody knows whether it came about. */
export async function removeNewFile(
  files: JournalFiles,
  { sparePath }: Pick<NewSegmentFile, "sparePath">,
  path: string,
): Promise<void> {
  try {
    if (sparePath !== undefined) {
      await files.remove(sparePath);
      return;
    }
  } catch (error) {
    if (reasonOf(error) !== "ENOENT") throw error;
  }
  await files.remove(path);
}
