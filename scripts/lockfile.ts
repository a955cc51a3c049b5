// npm records only those optional packages that its registry served on the day. Packages with a
// binary for each platform then lack the other platforms, `npm ci` refuses the lockfile, and a Mac
// gets no binary at all. This names every platform of every such package, without a checksum, which
// only the platform's own npm can know.
import { readFile } from "node:fs/promises";
import { z } from "zod";

const Lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      dev: z.boolean().optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
const Json = z.record(z.string(), z.unknown());

const SYSTEMS = new Set(["android", "darwin", "freebsd", "linux", "openharmony", "win32"]);
const LIBCS: Readonly<Record<string, string>> = { gnu: "glibc", musl: "musl" };

/** Where Node would look for `name` when the package in `folder` asks for it, nearest first. */
function* lookups(folder: string, name: string): Generator<string> {
  let at = folder;
  while (at !== "") {
    yield `${at}/node_modules/${name}`;
    const parent = at.lastIndexOf("/node_modules/");
    at = parent === -1 ? "" : at.slice(0, parent);
  }
  yield `node_modules/${name}`;
}

/** What npm must know to leave a package out elsewhere; undefined if the name tells no platform. */
export function platformOf(name: string): Record<string, string[]> | undefined {
  const words = name.slice(name.lastIndexOf("/") + 1).split("-");
  if (words.includes("wasm32")) return { cpu: ["wasm32"] };
  const at = words.findIndex((word) => SYSTEMS.has(word));
  const system = words[at];
  const cpu = words[at + 1];
  if (system === undefined || cpu === undefined) return undefined;
  const libc = LIBCS[words[at + 2] ?? ""];
  return { os: [system], cpu: [cpu], ...(system === "linux" && libc ? { libc: [libc] } : {}) };
}

/** The same lockfile, each entry as npm writes it, with one more for each platform package it lacks. */
export function withEveryPlatform(text: string): string {
  const lockfile = Json.parse(JSON.parse(text));
  const known = Lockfile.parse(lockfile).packages;
  const missing = new Map<string, object>();
  for (const [folder, { dev, optionalDependencies }] of Object.entries(known)) {
    for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
      if (lookups(folder, name).some((path) => path in known)) continue;
      const platform = platformOf(name);
      if (platform === undefined) continue;
      const entry = { version, ...platform, optional: true, ...(dev ? { dev } : {}) };
      missing.set(`node_modules/${name}`, sortedByKey(entry, ["version"]));
    }
  }
  const packages = { ...Json.parse(lockfile.packages), ...Object.fromEntries(missing) };
  return `${JSON.stringify({ ...lockfile, packages: sortedByKey(packages) }, null, 2)}\n`;
}

/** As npm sorts: by name, but for the keys that come first. */
function sortedByKey(object: object, first: readonly string[] = []): object {
  const rank = (key: string): string => (first.includes(key) ? `0${key}` : `1${key}`);
  const byRank = ([left]: [string, unknown], [right]: [string, unknown]): number =>
    rank(left).localeCompare(rank(right), "en");
  return Object.fromEntries(Object.entries(object).sort(byRank));
}

export const path = "package-lock.json";

export async function render(): Promise<string> {
  return withEveryPlatform(await readFile(new URL(`../${path}`, import.meta.url), "utf8"));
}
