import { copyFile, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import type { Document } from "yaml";
import { parseDocument } from "#config/document.ts";
import { maskSecrets, unmask } from "#config/mask.ts";
import { ConfigError } from "#config/problems.ts";
import type { PipelineConfigAnswer, PipelineVerdict } from "#api/contract/pipeline-config.ts";
import type { PipelineConfig } from "#api/rest/handlers/pipeline-config.ts";
import { InvalidRequest } from "#api/rest/invalid-request.ts";
import { SightglassError } from "#core/errors.ts";
import { changeText, type GraphChange } from "#pipeline/graph/graph-changes.ts";
import type { RunningGraph } from "#pipeline/graph/running-graph.ts";
import { settingsOfComponents } from "./components.ts";
import type { ConfigurationSource } from "./config-option.ts";
import type { ConfigReload, StagedFile } from "./config-reload.ts";

/** The sections of a configuration that make up its graph. */
const SECTIONS = ["receivers", "processors", "destinations", "pipelines"] as const;
type Sections = Readonly<Partial<Record<(typeof SECTIONS)[number], unknown>>>;
/** Receivers that have settings of their own, which are no part of the graph. */
const BUILT_IN_RECEIVER = "otlp";
const FILE_MODE = 0o600;
/** How messages call the text that is given. */
const GIVEN = "the request";

/** The graph as it is written: shown, judged and replaced, while the file stays the one truth. */
export class GraphConfig implements PipelineConfig {
  private readonly source: ConfigurationSource;
  private readonly reload: ConfigReload;
  private readonly graph: Pick<RunningGraph, "compare">;

  constructor(
    source: ConfigurationSource,
    reload: ConfigReload,
    graph: Pick<RunningGraph, "compare">,
  ) {
    this.source = source;
    this.reload = reload;
    this.graph = graph;
  }

  /** As it is written in the file: references as they stand there, other secrets masked. */
  async show(): Promise<PipelineConfigAnswer> {
    const text = await this.readText();
    const sections = text === undefined ? {} : await sectionsOf(text, this.source.path);
    const { path } = this.source;
    const graph = await masked(sections);
    const isJson = path.endsWith(".json");
    const shown = isJson ? `${JSON.stringify(graph, undefined, 2)}\n` : await yamlOf(graph);
    return { file: text === undefined ? null : path, graph, text: shown };
  }

  /** What a graph, in YAML or JSON, would change. Changes nothing. */
  async validate(given: string): Promise<PipelineVerdict> {
    try {
      const { components } = await this.source.read(await this.textWith(given));
      const changes = this.graph.compare(components).map(changeText);
      return { valid: true, changes, problems: [] };
    } catch (error) {
      if (error instanceof ConfigError)
        return { valid: false, changes: [], problems: await placed(error.problems, given) };
      throw error;
    }
  }

  /**
   * Makes the running graph the given one, and writes it to the file, of which a copy stays as `.bak`.
   *
   * @throws InvalidRequest with all that is wrong with it, or why it cannot work: then nothing changes.
   */
  async replace(given: string): Promise<string[]> {
    try {
      const text = await this.textWith(given);
      const changes = await this.reload.replace(text, () => this.stage(text));
      return changes.map((change: GraphChange) => changeText(change));
    } catch (error) {
      if (error instanceof ConfigError) throw new InvalidRequest(error.problems.map(faultOf));
      if (error instanceof SightglassError)
        throw new SightglassError("bad_request", error.message, { cause: error });
      throw error;
    }
  }

  /** The file with the given graph in the place of its own; comments of all else stay. */
  private async textWith(given: string): Promise<string> {
    const { path } = this.source;
    const before = (await this.readText()) ?? "";
    const written = await sectionsOf(before, path);
    const sections = unmask(await sectionsOf(given, GIVEN), written) as Sections;
    const { parseDocument: parseYaml } = await import("yaml");
    const document: Document = parseYaml(before);
    if (document.contents === null) document.contents = document.createNode({});
    const otlp: unknown = document.getIn(["receivers", BUILT_IN_RECEIVER], true);
    for (const name of SECTIONS) {
      if (sections[name] === undefined) document.delete(name);
      else document.set(name, document.createNode(sections[name]));
    }
    if (otlp !== undefined) document.setIn(["receivers", BUILT_IN_RECEIVER], otlp);
    if (!path.endsWith(".json")) return document.toString();
    return `${JSON.stringify(document.toJS(), undefined, 2)}\n`;
  }

  private async stage(text: string): Promise<StagedFile> {
    const { path } = this.source;
    const found = await stat(path).catch(() => undefined);
    await writeFile(`${path}.new`, text, { mode: found?.mode ?? FILE_MODE, flush: true });
    return {
      async commit() {
        if (found !== undefined) await copyFile(path, `${path}.bak`);
        await rename(`${path}.new`, path);
      },
      discard: () => rm(`${path}.new`, { force: true }),
    };
  }

  private readText(): Promise<string | undefined> {
    return readFile(this.source.path, "utf8").catch(() => undefined);
  }
}

/** The graph that is written in a text, without what is no part of it. */
async function sectionsOf(text: string, name: string): Promise<Sections> {
  const { value } = await parseDocument(text, name);
  if (value === null || value === undefined) return {};
  if (!isSection(value)) {
    const allowed = `the sections ${SECTIONS.join(", ")}`;
    throw new ConfigError([{ where: name, path: "", found: "no sections", allowed }]);
  }
  const sections: Record<string, unknown> = {};
  for (const section of SECTIONS)
    if (value[section] !== undefined) sections[section] = value[section];
  const { receivers } = sections;
  if (isSection(receivers) && BUILT_IN_RECEIVER in receivers) {
    const { [BUILT_IN_RECEIVER]: _, ...others } = receivers;
    if (Object.keys(others).length === 0) delete sections["receivers"];
    else sections["receivers"] = others;
  }
  return sections;
}

async function masked(sections: Sections): Promise<PipelineConfigAnswer["graph"]> {
  const schemas = await settingsOfComponents(sections);
  const shown: Partial<Record<(typeof SECTIONS)[number], Record<string, unknown>>> = {};
  for (const kind of SECTIONS) {
    const section = sections[kind];
    if (!isSection(section)) continue;
    const settingsOf = kind === "pipelines" ? () => ({}) : schemas[kind];
    shown[kind] = Object.fromEntries(
      Object.entries(section).map(([name, settings]) => [
        name,
        maskSecrets(settings, settingsOf(name.split("/", 1)[0]!) ?? {}),
      ]),
    );
  }
  return shown;
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function yamlOf(graph: PipelineConfigAnswer["graph"]): Promise<string> {
  const { stringify } = await import("yaml");
  return Object.keys(graph).length === 0 ? "" : stringify(graph);
}

/** What is wrong with a graph, each with its line in the text that was given. */
async function placed(
  problems: ConfigError["problems"],
  given: string,
): Promise<PipelineVerdict["problems"]> {
  const document = await parseDocument(given, GIVEN).catch(() => undefined);
  return problems.map((problem) => {
    const { where, path } = problem;
    const place = path === "" ? where : document?.where(path.split("."));
    const line = new RegExp(`^${GIVEN}:(\\d+)$`).exec(place ?? "")?.[1];
    return { ...faultOf(problem), line: line === undefined ? null : Number(line) };
  });
}

function faultOf({ where, path, found, allowed }: ConfigError["problems"][number]) {
  return { where: path === "" ? where : path, found, allowed };
}
