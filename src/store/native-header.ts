import { open } from "node:fs/promises";
import { PermanentError } from "#core/errors.ts";
import type { BlockInsert } from "./block-writer.ts";

/** A varint of 32 bits takes at most this many bytes. */
const VARINT_BYTES_MAX = 5;

/**
 * Checks that a file's first block has as many columns as the insert names. The engine refuses a
 * column that it does not know, but fills one that is missing with defaults, silently; where the
 * numbers are equal, one missing means one unknown.
 */
export async function assertColumnCount({ path, columns }: BlockInsert): Promise<void> {
  const found = await readColumnCount(path);
  if (found === columns.length) return;
  throw new PermanentError(
    `${path}: the file has ${found ?? "no"} columns, the insert names ${columns.length}`,
  );
}

/** A Native block starts with its number of columns as a varint. */
async function readColumnCount(path: string): Promise<number | undefined> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(VARINT_BYTES_MAX),
      0,
      VARINT_BYTES_MAX,
      0,
    );
    let value = 0;
    for (let index = 0; index < bytesRead; index++) {
      const byte = buffer[index]!;
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    return undefined;
  } finally {
    await file.close();
  }
}
