import { readdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";

/** How long what was closed may take to be gone. */
const GONE_MS_MAX = 3_000;
const LOOK_MS = 5;

/** What keeps this process alive now, by kind: sockets, listeners, timers, files under way. */
export function activeResources(): ReadonlyMap<string, number> {
  const kinds = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  return kinds;
}

/** What is there beyond `before`, such as `TCPServerWrap`. */
function added(before: ReadonlyMap<string, number>): string[] {
  return [...activeResources()]
    .filter(([kind, count]) => count > (before.get(kind) ?? 0))
    .map(([kind]) => kind);
}

/** Nothing was opened since `before`: this is judged at once. */
export function expectNothingOpened(before: ReadonlyMap<string, number>): void {
  expect(added(before)).toEqual([]);
}

/** All that was opened since `before` is gone, or soon is. */
export async function expectNothingLeft(before: ReadonlyMap<string, number>): Promise<void> {
  for (let waited = 0; waited < GONE_MS_MAX && added(before).length > 0; waited += LOOK_MS)
    await delay(LOOK_MS);
  expect(added(before)).toEqual([]);
}

export async function expectNoFiles(folder: string): Promise<void> {
  expect(await readdir(folder, { recursive: true })).toEqual([]);
}
