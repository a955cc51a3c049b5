import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { formatAddress, isLoopback, type Address } from "#core/address.ts";
import { parseDocument, type ConfigDocument } from "./document.ts";
import {
  CONFIG_VARIABLE,
  Draft,
  getIn,
  type JudgeGraph,
  readSmallFile,
  sizeOf,
  type WrittenSections,
} from "./draft.ts";
import { ConfigError, foundText, type ConfigProblem } from "./problems.ts";
import { type Environment, referencedFiles } from "./references.ts";
import { settingsSchema, type Settings } from "./schema.ts";
import { listSettings, type ListedSetting } from "./setting-list.ts";

/** The configuration of this process, and where each setting of it came from. */
export interface LoadedConfig {
  readonly settings: Settings;
  /** The file that was read, if there was one. */
  readonly file: string | undefined;
  /** The sections of components and pipelines, with the references in them resolved; they were judged. */
  readonly graph: WrittenSections;
  /** One entry a setting, in the order of the documentation; secrets are not shown. */
  readonly explanation: readonly ExplainedSetting[];
}

export interface ExplainedSetting {
  readonly path: string;
  readonly value: string;
  /** `default`, the environment variable, or the file with its line. */
  readonly origin: string;
  readonly description: string;
  /** The environment variable that sets it too. */
  readonly env: string | null;
}

export interface LoadOptions {
  /** `process.env` when left out. */
  readonly environment?: Environment;
  /** Folder that relative paths start from; the working folder when left out. */
  readonly folder?: string;
  /** A file that must exist; it wins over SIGHTGLASS_CONFIG. */
  readonly file?: string;
  /** What is to be read as if it stood in the file. */
  readonly text?: string;
  /** Judges the sections of components; without it they are not looked at. */
  readonly judgeGraph?: JudgeGraph;
}

/** Read from the working folder when it is there and no other file is named. */
export const DEFAULT_FILE = "sightglass.yaml";
const FILE_BYTES_MAX = 1024 * 1024;

/**
 * Reads the file and the environment into one typed value; the environment wins over the file.
 *
 * @throws ConfigError with every problem that was found, each with its place, what was found there and
 * what is allowed.
 */
export async function loadConfig(options: LoadOptions = {}): Promise<LoadedConfig> {
  const environment = options.environment ?? process.env;
  const folder = options.folder ?? process.cwd();
  const listed = listSettings(settingsSchema);
  const file = await findFile(options, environment, folder);
  const document = await documentOf(file, options.text, folder);

  const files = await readReferencedFiles(document?.value, folder);
  const draft = new Draft(document, listed, environment, files);
  await draft.readSecretFiles(folder);
  const settings = draft.parse();
  if (options.judgeGraph !== undefined) await draft.judgeGraph(options.judgeGraph, settings);
  const problems = [...draft.problems, ...crossProblems(settings, folder, draft)];
  if (problems.length > 0) throw new ConfigError(problems);

  const resolved = { ...settings, dataDir: resolve(folder, settings.dataDir) };
  const { graph } = draft;
  return { settings: resolved, graph, file, explanation: explain(resolved, listed, draft) };
}

/** Contents of the files that texts name as `${file:path}`; those that cannot be read are left out. */
async function readReferencedFiles(value: unknown, folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const name of referencedFiles(value)) {
    const content = await readSmallFile(resolve(folder, name));
    if (content !== undefined) files.set(name, content);
  }
  return files;
}

async function findFile(
  { file }: LoadOptions,
  environment: Environment,
  folder: string,
): Promise<string | undefined> {
  const named = file ?? environment[CONFIG_VARIABLE];
  if (named !== undefined) return named;
  return (await sizeOf(resolve(folder, DEFAULT_FILE))) === undefined ? undefined : DEFAULT_FILE;
}

async function documentOf(
  file: string | undefined,
  text: string | undefined,
  folder: string,
): Promise<ConfigDocument | undefined> {
  if (text !== undefined) return parseDocument(text, file ?? DEFAULT_FILE);
  return file === undefined ? undefined : readDocument(resolve(folder, file), file);
}

async function readDocument(path: string, name: string): Promise<ConfigDocument> {
  const bytes = await sizeOf(path);
  if (bytes === undefined || bytes > FILE_BYTES_MAX) {
    const found = bytes === undefined ? "no such file" : `${bytes} bytes`;
    const allowed = `a readable YAML or JSON file of at most ${FILE_BYTES_MAX} bytes`;
    throw new ConfigError([
      { where: name === "" ? CONFIG_VARIABLE : name, path: "", found, allowed },
    ]);
  }
  return parseDocument(await readFile(path, "utf8"), name);
}

/** Problems that only the whole configuration shows. */
function crossProblems(settings: Settings, folder: string, draft: Draft): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const add = (path: readonly string[], found: string, allowed: string): void => {
    problems.push({ where: draft.where(path), path: path.join("."), found, allowed });
  };
  const dataDir = resolve(folder, settings.dataDir);
  // The engine would read these characters as a pattern of several paths.
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[{}*?,\u0000-\u001f]|::/.test(dataDir))
    add(["dataDir"], foundText(dataDir), "a path without { } * ? , :: and control characters");

  const taken = new Map<string, string>();
  for (const { path, endpoint } of doors(settings)) {
    const text = formatAddress(endpoint);
    if (!draft.isWritten(["token"]) && !isLoopback(endpoint.host)) {
      const allowed =
        "a loopback address such as 127.0.0.1 or [::1], or any address with a token set (SIGHTGLASS_TOKEN)";
      add(path, `"${text}", which others can reach, and no token`, allowed);
    }
    const other = endpoint.port === 0 ? undefined : taken.get(text);
    if (other !== undefined)
      add(path, `"${text}", which is the address of ${other} too`, "an address of its own");
    taken.set(text, path.join("."));
  }
  return problems;
}

function doors(settings: Settings): { path: readonly string[]; endpoint: Address }[] {
  const { http, receivers } = settings;
  return [
    { path: ["http", "endpoint"], endpoint: http.endpoint },
    { path: ["receivers", "otlp", "http", "endpoint"], endpoint: receivers.otlp.http.endpoint },
    { path: ["receivers", "otlp", "grpc", "endpoint"], endpoint: receivers.otlp.grpc.endpoint },
  ];
}

function explain(
  settings: Settings,
  listed: readonly ListedSetting[],
  draft: Draft,
): ExplainedSetting[] {
  return listed
    .filter(({ keys }) => keys === undefined)
    .map(({ path, meta }) => ({
      path: path.join("."),
      value: valueText(getIn(settings, path), meta.secret === true),
      origin: draft.origin(path),
      description: meta.description,
      env: meta.env ?? null,
    }));
}

function valueText(value: unknown, secret: boolean): string {
  if (value === undefined) return "none";
  if (secret) return "(set, not shown)";
  if (isAddress(value)) return formatAddress(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isAddress(value: unknown): value is Address {
  return typeof value === "object" && value !== null && "host" in value && "port" in value;
}
