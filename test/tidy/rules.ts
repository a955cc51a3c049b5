import { extname } from "node:path/posix";
import type { AllowedUse } from "./exceptions.ts";
import { componentOf, folderOf, layerOf, mayImport } from "./layers.ts";
import { type Finding, isTest, resolveImport, type SourceFile } from "./source-file.ts";

/** Imports that the architecture's table does not allow. */
export function forbiddenImports(file: SourceFile): Finding[] {
  if (isTest(file.path)) return [];
  const from = layerOf(file.path);
  if (from === undefined) return [at(file, 1, "is in no layer of the import table")];
  const findings: Finding[] = [];
  for (const { specifier, line } of file.imports) {
    const target = resolveImport(file.path, specifier);
    if (target === undefined) continue;
    const to = layerOf(target);
    if (to === undefined)
      findings.push(at(file, line, `imports ${specifier}, which is in no layer`));
    else if (!mayImport(from, to)) findings.push(at(file, line, `${from} may not import ${to}`));
  }
  return findings;
}

/** Imports written otherwise than `#layer/file.ts` across layers and relatively within one. */
export function misspeltImports(file: SourceFile): Finding[] {
  if (!file.path.startsWith("src/")) return [];
  const findings: Finding[] = [];
  const from = layerOf(file.path);
  for (const { specifier, line } of file.imports) {
    const target = resolveImport(file.path, specifier);
    if (target === undefined) continue;
    const to = layerOf(target);
    const within = from !== undefined && to !== undefined && folderOf(from) === folderOf(to);
    if (within && specifier.startsWith("#") && from === to) {
      findings.push(at(file, line, `${specifier} is in the same layer: import it relatively`));
    }
    if (!within && specifier.startsWith(".")) {
      findings.push(
        at(file, line, `${specifier} is in another layer: import it as #layer/file.ts`),
      );
    }
    if (extname(target) === "") findings.push(at(file, line, `${specifier} has no extension`));
  }
  return findings;
}

/** Imports of one component, or feature of the pages, by another. */
export function siblingImports(file: SourceFile): Finding[] {
  if (isTest(file.path)) return [];
  const own = componentOf(file.path);
  if (own === undefined) return [];
  return file.imports.flatMap(({ specifier, line }) => {
    const other = componentOf(resolveImport(file.path, specifier) ?? "");
    const sameFolder =
      other?.slice(0, other.lastIndexOf("/")) === own.slice(0, own.lastIndexOf("/"));
    if (other === undefined || other === own || !sameFolder) return [];
    return [at(file, line, `${own} imports its sibling ${other}`)];
  });
}

/** What runs in production imports packages that a production install has. */
export function missingPackages(file: SourceFile, dependencies: ReadonlySet<string>): Finding[] {
  if (isTest(file.path) || layerOf(file.path) === "ui") return [];
  return file.imports.flatMap(({ specifier, line }) => {
    if (/^(#|\.|node:)/.test(specifier)) return [];
    const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
    return dependencies.has(name) ? [] : [at(file, line, `${name} is not among the dependencies`)];
  });
}

const UNTELLING = ["util", "utils", "helper", "helpers", "common", "manager", "misc"];
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
const MIGRATION = /^\d{4}_[a-z0-9_]+\.sql$/;

/** A component's folder is called as its type in a configuration, which may have underscores. */
const COMPONENT_NAME = /^src\/(receivers|processors|destinations)\/([a-z0-9]+(_[a-z0-9]+)*)\//;

/** Names of files and folders that are not kebab-case, or that say nothing. */
export function badNames(path: string): Finding[] {
  const findings: Finding[] = [];
  const place = { path, line: 1 };
  if (/\/(fixtures|testdata|snapshots|__snapshots__)\//.test(path)) return findings;
  const segments = path.split("/");
  const kebab = (name: string): boolean => KEBAB.test(name) || MIGRATION.test(name);
  const component = COMPONENT_NAME.exec(path)?.[2];
  for (const segment of segments) {
    if (segment === component) continue;
    const isDocument = /^[A-Z_]+\.md$/.test(segment);
    if (!isDocument && !kebab(segment))
      findings.push({ ...place, what: `${segment} is not kebab-case` });
    const untelling = segment.split(/[-.]/).find((word) => UNTELLING.includes(word));
    if (untelling) findings.push({ ...place, what: `"${untelling}" does not say what is in it` });
  }
  return findings;
}

/** Files that only pass on what others export. */
export function barrels(file: SourceFile): Finding[] {
  const isIndex = /\/index\.tsx?$/.test(file.path);
  return isIndex || file.onlyReexports ? [at(file, 1, "is a barrel: import the file itself")] : [];
}

export function usesOfAny(file: SourceFile): Finding[] {
  return file.anyLines.map((line) => at(file, line, "any: parse it with a schema, or say unknown"));
}

/** Marks of unfinished work. Their words are put together, so that this file passes its own rule. */
export function unfinishedMarks(path: string, text: string): Finding[] {
  const mark = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX"].join("|")})\\b`);
  return matchingLines(path, text, mark, (found) => `${found}: finish it, or open an issue`);
}

/** Lint findings and type errors that were silenced without saying why. */
export function silentSuppressions(file: SourceFile): Finding[] {
  const directive =
    /^[\s*]*(oxlint-disable|eslint-disable|@ts-expect-error|@ts-ignore|@ts-nocheck)/;
  return file.comments
    .filter(({ text }) => directive.test(text) && !/ -- \w|@ts-expect-error:? \w/.test(text))
    .map(({ line }) => at(file, line, "a suppression without its reason (-- why)"));
}

export function tooLong(
  path: string,
  text: string,
  exceptions: Readonly<Record<string, string>>,
): Finding[] {
  const lines = text.split("\n").length - 1;
  if (lines <= 500 || path in exceptions) return [];
  return [{ path, line: lines, what: `has ${lines} lines; 500 are the bound` }];
}

const ONLY_BELOW_APP = new Set([
  "Date.now",
  "new Date()",
  "Math.random",
  "performance.now",
  "process.hrtime",
]);

/** Clock, random, environment, console and network, used where they should have been given. */
export function bannedUses(
  file: SourceFile,
  doors: Readonly<Record<string, readonly string[]>>,
  allowed: readonly AllowedUse[],
): Finding[] {
  if (isTest(file.path)) return [];
  const layer = layerOf(file.path);
  return file.uses.flatMap(({ name, line }) => {
    const browserClock = layer === "ui" && ONLY_BELOW_APP.has(name);
    const inApp = layer === "app" && (ONLY_BELOW_APP.has(name) || name === "console");
    const behindDoor = doors[name]?.some((folder) => file.path.startsWith(folder)) ?? false;
    const excepted = allowed.some(({ path, use }) => path === file.path && use === name);
    if (browserClock || inApp || behindDoor || excepted) return [];
    return [at(file, line, `${name} is given, not reached for`)];
  });
}

/** Files of `src/` that no entry leads to, by imports and by names in strings (workers, styles). */
export function unreachable(files: readonly SourceFile[], entries: readonly string[]): Finding[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const pending = [...entries];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const file = byPath.get(path);
    if (file === undefined || reached.has(path)) continue;
    reached.add(path);
    for (const specifier of [...file.imports.map((one) => one.specifier), ...file.strings]) {
      const target = resolveImport(path, specifier);
      if (target !== undefined) pending.push(target);
      else if (byPath.has(specifier)) pending.push(specifier);
    }
  }
  return files
    .filter(({ path }) => path.startsWith("src/") && !reached.has(path))
    .map((file) => at(file, 1, "is reached from nowhere"));
}

/** Imports, beneath `entry`, that would bring `banned` into what is sent to the browser. */
export function bundled(files: readonly SourceFile[], entry: string, banned: string): Finding[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  /** Each file with the one that imports it. */
  const reached = new Map([[entry, ""]]);
  const findings: Finding[] = [];
  // What is added while it runs is visited, too.
  for (const [path, importer] of reached) {
    const file = byPath.get(path);
    for (const { specifier, line, isType } of file?.imports ?? []) {
      if (file === undefined || isType) continue;
      const target = resolveImport(path, specifier);
      if (target !== undefined && !reached.has(target)) reached.set(target, path);
      if (specifier === banned || specifier.startsWith(`${banned}/`))
        findings.push(at(file, line, `brings ${banned} into the pages, through ${importer}`));
    }
  }
  return findings;
}

/** What ties a committed file to one machine: its folders, and the host that packages came from. */
export function machineTraces(
  path: string,
  text: string,
  ownFolders: readonly string[],
): Finding[] {
  const own = ownFolders.map((folder) => folder.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const patterns = [
    ...own.map((folder) => `${folder}(?![\\w-])`),
    "(?<![\\w.:*-])/(root|work|home/\\w+|Users/\\w+)/[\\w.-]",
    "registry\\.(npmjs|yarnpkg|npmmirror)",
    `"${"resolved"}":`,
  ];
  return matchingLines(path, text, new RegExp(patterns.join("|")), (found) => `names ${found}`);
}

function matchingLines(
  path: string,
  text: string,
  pattern: RegExp,
  what: (found: string) => string,
): Finding[] {
  if (!pattern.test(text)) return [];
  return text.split("\n").flatMap((content, index) => {
    const found = pattern.exec(content)?.[0];
    return found === undefined ? [] : [{ path, line: index + 1, what: what(found) }];
  });
}

function at(file: SourceFile, line: number, what: string): Finding {
  return { path: file.path, line, what };
}
