import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readCursorKey } from "./cursor-key.ts";

it("is made once, and nobody else may read it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sightglass-key-"));
  try {
    const key = await readCursorKey(folder);
    expect(key).toHaveLength(32);
    expect(await readCursorKey(folder)).toEqual(key);
    const state = join(folder, "state");
    expect(readdirSync(state)).toEqual(["cursor-key"]);
    expect(statSync(join(state, "cursor-key")).mode & 0o777).toBe(0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
