import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { z } from "zod";
import type { ConfigDocument } from "./document.ts";
import { foundText, nearest, type ConfigProblem } from "./problems.ts";
import {
  resolveReferences,
  scalarOf,
  type Environment,
  type UnresolvedReference,
} from "./references.ts";
import { isReserved, isServiceVariable, reservedProblems } from "./reserved.ts";
import { settingsSchema, type Settings } from "./schema.ts";
import type { ListedSetting } from "./setting-list.ts";

/** The sections of a configuration that make up its graph of components, as plain values. */
export interface WrittenSections {
  readonly receivers?: unknown;
  readonly processors?: unknown;
  readonly destinations?: unknown;
  readonly pipelines?: unknown;
}

/** One thing that is wrong with a graph. */
export interface SectionProblem {
  readonly path: readonly string[];
  /** When left out, the value at the path is told. */
  readonly found?: string;
  readonly allowed: string;
  /** Names, one of which may have been meant. */
  readonly known?: readonly string[];
}

/** Judges the sections of components, beside all other settings. It may be called again with some texts turned into numbers or flags. */
export type JudgeGraph = (
  written: WrittenSections,
  settings: Settings,
) => Promise<readonly SectionProblem[]>;

/** The environment variable that names the file, and so is no setting of it. */
export const CONFIG_VARIABLE = "SIGHTGLASS_CONFIG";
const SECRET_BYTES_MAX = 64 * 1024;

/** The settings as they were written, before they are judged. */
export class Draft {
  readonly problems: ConfigProblem[] = [];
  /** The sections of components and pipelines, which others judge: they are not in the settings. */
  readonly graph: WrittenSections;
  private readonly root: Record<string, unknown>;
  private readonly document: ConfigDocument | undefined;
  private readonly listed: readonly ListedSetting[];
  private readonly fromText: Set<string>;
  private readonly variables = new Map<string, string>();
  /** Settings that were written, by path. */
  private readonly written = new Set<string>();
  /** Settings with a problem that makes any other of theirs a repetition. */
  private readonly unresolved = new Set<string>();

  constructor(
    document: ConfigDocument | undefined,
    listed: readonly ListedSetting[],
    environment: Environment,
    files: ReadonlyMap<string, string> = new Map(),
  ) {
    this.document = document;
    this.listed = listed;
    const { value, fromText, unresolved } = resolveReferences(document?.value, environment, files);
    this.fromText = new Set(fromText);
    for (const reference of unresolved) this.addUnresolved(reference);
    this.root = isSection(value) ? value : {};
    this.graph = takeGraph(this.root);
    if (!isSection(value) && value !== undefined)
      this.add([], foundText(value), "a section of settings");
    this.overlay(environment);
    for (const { path } of listed)
      if (getIn(this.root, path) !== undefined) this.written.add(keyOf(path));
  }

  /** Where the setting at `path` was written. */
  where(path: readonly PropertyKey[]): string {
    const variable = this.variables.get(keyOf(path));
    return variable ?? this.document?.where(path) ?? "configuration";
  }

  /** `default`, or where the setting was written. */
  origin(path: readonly string[]): string {
    return this.isWritten(path) ? this.where(path) : "default";
  }

  add(path: readonly PropertyKey[], found: string, allowed: string, hint?: string): void {
    const problem = { where: this.where(path), path: path.map(String).join("."), found, allowed };
    this.problems.push(hint === undefined ? problem : { ...problem, hint });
  }

  /** Replaces `file:<path>` in secrets by what stands in the file. */
  async readSecretFiles(folder: string): Promise<void> {
    for (const { path, meta } of this.listed) {
      const value = getIn(this.root, path);
      if (meta.secret !== true || typeof value !== "string" || !value.startsWith("file:")) continue;
      const secret = await readSmallFile(resolve(folder, value.slice("file:".length)));
      if (secret === undefined) {
        this.add(path, value, "the path of a small, readable file");
        this.unresolved.add(keyOf(path));
      } else setIn(this.root, path, secret);
    }
  }

  /**
   * The typed value. When there are problems, which were added, every wrong setting of it has its
   * default, so that the whole can still be judged for problems between settings.
   */
  parse(): Settings {
    let result = settingsSchema.safeParse(this.root);
    if (!result.success && this.coerceTexts(result.error.issues))
      result = settingsSchema.safeParse(this.root);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      this.addIssue(issue);
      for (const path of placesOf(issue)) removeIn(this.root, path);
    }
    return settingsSchema.parse(this.root);
  }

  /**
   * Has the graph judged, and adds what is wrong with it. Texts that came from references are given
   * the type that was expected, as for every setting.
   */
  async judgeGraph(judge: JudgeGraph, settings: Settings): Promise<void> {
    let problems = await judge(this.graph, settings);
    let changed = false;
    for (const { path } of problems) {
      const found = getIn(this.graph, path);
      const scalar =
        typeof found === "string" && this.fromText.has(keyOf(path)) ? scalarOf(found) : undefined;
      if (scalar === undefined) continue;
      setIn(this.graph as Record<string, unknown>, path, scalar);
      changed = true;
    }
    if (changed) problems = await judge(this.graph, settings);
    for (const { path, found, allowed, known } of problems) {
      if (this.unresolved.has(keyOf(path))) continue;
      const near = known === undefined ? undefined : nearest(path.at(-1) ?? "", known);
      const hint = near === undefined ? undefined : `Did you mean ${near}?`;
      this.add(path, found ?? shownValue(getIn(this.graph, path)), allowed, hint);
    }
  }

  /** Whether the setting at `path` was written, rightly or wrongly. */
  isWritten(path: readonly string[]): boolean {
    return this.written.has(keyOf(path));
  }

  private addUnresolved({ path, written, kind }: UnresolvedReference): void {
    this.unresolved.add(keyOf(path));
    if (kind === "env")
      this.add(
        path,
        `${written}, which is not set`,
        "the name of an environment variable that is set",
      );
    else if (kind === "file") this.add(path, written, "the path of a small, readable file");
    else {
      const hint = /^\$\{(?<name>\w+)\}$/.exec(written)?.groups!["name"];
      this.add(
        path,
        `${written}, which is no reference`,
        "${env:NAME} for an environment variable, ${file:path} for what stands in a file, and $${ where ${ is meant as it stands",
        hint === undefined ? undefined : `Did you mean \${env:${hint}}?`,
      );
    }
  }

  private overlay(environment: Environment): void {
    const known = new Map<string, readonly string[]>();
    for (const { path, meta } of this.listed) if (meta.env !== undefined) known.set(meta.env, path);
    for (const [name, value] of Object.entries(environment)) {
      if (value === undefined || !name.startsWith("SIGHTGLASS_") || name === CONFIG_VARIABLE)
        continue;
      if (isReserved(name)) {
        this.problems.push(...reservedProblems(name, value));
        continue;
      }
      const path = known.get(name);
      if (path === undefined) {
        if (isServiceVariable(name, value)) continue;
        this.addUnknownVariable(name, [CONFIG_VARIABLE, ...known.keys()]);
        continue;
      }
      this.variables.set(keyOf(path), name);
      this.fromText.add(keyOf(path));
      setIn(this.root, path, value);
    }
  }

  private addUnknownVariable(name: string, known: readonly string[]): void {
    const near = nearest(name, known);
    this.problems.push({
      where: name,
      path: "",
      found: "an unknown environment variable",
      allowed: known.join(", "),
      ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
    });
  }

  /** Gives texts of the environment the type that was expected of them; whether anything changed. */
  private coerceTexts(issues: readonly z.core.$ZodIssue[]): boolean {
    let changed = false;
    for (const { path } of issues) {
      const found = getIn(this.root, path);
      if (typeof found !== "string" || !this.fromText.has(keyOf(path))) continue;
      const scalar = scalarOf(found);
      if (scalar === undefined) continue;
      setIn(this.root, path.map(String), scalar);
      changed = true;
    }
    return changed;
  }

  private addIssue(issue: z.core.$ZodIssue): void {
    const { path } = issue;
    const listed = this.listed.find((entry) => keyOf(entry.path) === keyOf(path));
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) this.addUnknownKey(path, key, listed?.keys ?? []);
      return;
    }
    if (this.unresolved.has(keyOf(path))) return;
    const value = getIn(this.root, path);
    const secret = listed?.meta.secret === true;
    const found =
      secret && typeof value === "string"
        ? `a text of ${value.length} characters`
        : foundText(value);
    this.add(path, found, issue.message);
  }

  private addUnknownKey(path: readonly PropertyKey[], key: string, known: readonly string[]): void {
    const near = nearest(key, known);
    const hint = near === undefined ? undefined : `Did you mean ${near}?`;
    this.add([...path, key], "an unknown setting", known.join(", "), hint);
  }
}

/** Receivers that have settings of their own in the schema. */
const RECEIVERS_WITH_SETTINGS: readonly string[] = ["otlp"];

/** Takes the sections that are no settings out of the root. */
function takeGraph(root: Record<string, unknown>): WrittenSections {
  const graph: { -readonly [Key in keyof WrittenSections]: unknown } = {};
  for (const key of ["processors", "destinations", "pipelines"] as const) {
    if (root[key] !== undefined) graph[key] = root[key];
    delete root[key];
  }
  const { receivers } = root;
  if (!isSection(receivers)) return graph;
  const others = Object.keys(receivers).filter((key) => !RECEIVERS_WITH_SETTINGS.includes(key));
  if (others.length === 0) return graph;
  const taken: Record<string, unknown> = {};
  for (const key of others) {
    taken[key] = receivers[key];
    delete receivers[key];
  }
  return { ...graph, receivers: taken };
}

/** What a component's setting is, without the text itself: which of them are secrets is not known here. */
function shownValue(value: unknown): string {
  return typeof value === "string" ? `a text of ${value.length} characters` : foundText(value);
}

/** The text of a file such as of a secret, without a line's end; undefined when it is large or cannot be read. */
export async function readSmallFile(path: string): Promise<string | undefined> {
  const bytes = await sizeOf(path);
  if (bytes === undefined || bytes > SECRET_BYTES_MAX) return undefined;
  const text = await readFile(path, "utf8").catch(() => undefined);
  return text?.replace(/\r?\n$/, "");
}

/** Bytes of a regular file that can be seen, else undefined. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? found.size : undefined;
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function keyOf(path: readonly PropertyKey[]): string {
  return path.map(String).join("\0");
}

/** The value at `path`, or undefined where there is none. */
export function getIn(root: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** Sets a value below `root`, making the sections on the way. What is no section stays, and is judged later. */
function setIn(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let section = root;
  for (const key of path.slice(0, -1)) {
    const next = section[key] ?? {};
    if (!isSection(next)) return;
    section[key] = next;
    section = next;
  }
  const last = path.at(-1);
  if (last !== undefined) section[last] = value;
}

/** The settings that an issue is about. */
function placesOf(issue: z.core.$ZodIssue): PropertyKey[][] {
  if (issue.code !== "unrecognized_keys") return [issue.path];
  return issue.keys.map((key) => [...issue.path, key]);
}

/** Takes the setting at `path` out; of a list, the whole list. */
function removeIn(root: Record<string, unknown>, path: readonly PropertyKey[]): void {
  let section = root;
  for (const [depth, key] of path.map(String).entries()) {
    const next = section[key];
    if (depth === path.length - 1 || !isSection(next)) {
      delete section[key];
      return;
    }
    section = next;
  }
}
