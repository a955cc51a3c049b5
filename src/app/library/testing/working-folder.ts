import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Event = Readonly<Record<string, unknown>>;

/** Has the process work in a new folder, as a program of a user does in its own; returns what undoes that. */
export function enterFolder(): () => void {
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), "sightglass-program-"));
  process.chdir(folder);
  return () => {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  };
}

/** The events of a file, one a line; none of one that is not there yet. */
export function eventsOf(path: string): Event[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event);
}
