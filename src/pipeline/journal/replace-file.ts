import { rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { nodeFiles } from "./files.ts";

/**
 * Puts a text into a file's place: whoever reads it, after a loss of power too, finds the text of before or this
 * one, whole. Durable when it resolves. What a crash leaves ends in `.partial`.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.partial`, text, { flush: true });
  await rename(`${path}.partial`, path);
  await nodeFiles.syncFolder(dirname(path));
}
