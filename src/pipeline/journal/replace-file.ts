import { rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { nodeFiles } from "./files.ts";

/**
 * Puts a content into a file's place: whoever reads it, after a loss of power too, finds the content of before or
 * this one, whole. Durable when it resolves. What a crash leaves ends in `.partial`.
 *
 * @param mode who may do what with the file; whatever the process gives by itself when left out.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  mode?: number,
): Promise<void> {
  await writeFile(`${path}.partial`, content, { mode, flush: true });
  await rename(`${path}.partial`, path);
  await nodeFiles.syncFolder(dirname(path));
}
