import { randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "#pipeline/journal/replace-file.ts";

const KEY_BYTES = 32;

/** The key that page cursors are signed with: made once, and kept in the data folder. */
export async function readCursorKey(dataDir: string): Promise<Buffer> {
  const folder = join(dataDir, "state");
  const file = join(folder, "cursor-key");
  const found = await readFile(file).catch(() => undefined);
  if (found?.length === KEY_BYTES) return found;
  const key = randomBytes(KEY_BYTES);
  await mkdir(folder, { recursive: true });
  await replaceFile(file, key, 0o600);
  return key;
}
