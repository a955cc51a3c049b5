import { resolve } from "node:path";
import { CONFIG_VARIABLE } from "#config/draft.ts";
import { DEFAULT_FILE, loadConfig, type LoadedConfig } from "#config/load.ts";
import { type GraphSpec, NO_COMPONENTS } from "#pipeline/graph/graph-spec.ts";
import type { CommandInput } from "./command-line.ts";
import { readGraph, takenAddresses } from "./graph.ts";

/** The option that every command with a configuration has. */
export const CONFIG_OPTION = { config: { type: "string", short: "c" } } as const;

export const CONFIG_OPTION_HELP =
  "  -c, --config <file>  The configuration file; SIGHTGLASS_CONFIG or ./sightglass.yaml when left out.";

/** A configuration with its graph judged. */
export interface Configuration extends LoadedConfig {
  readonly components: GraphSpec;
}

/** Where a configuration comes from, and comes from again when it was changed. */
export interface ConfigurationSource {
  /** Absolute path of its file, which need not be there. */
  readonly path: string;
  /**
   * Reads the file and the environment, or `text` as if it stood in the file.
   *
   * @throws ConfigError with everything that is wrong.
   */
  read(text?: string): Promise<Configuration>;
}

/** The configuration that the command line names. */
export function configurationSource({ options }: CommandInput): ConfigurationSource {
  const file = typeof options["config"] === "string" ? options["config"] : undefined;
  return {
    path: resolve(file ?? process.env[CONFIG_VARIABLE] ?? DEFAULT_FILE),
    async read(text) {
      let components = NO_COMPONENTS;
      const loaded = await loadConfig({
        ...(file === undefined ? {} : { file }),
        ...(text === undefined ? {} : { text }),
        async judgeGraph(written, settings) {
          const parsed = await readGraph(written, takenAddresses(settings));
          if (!parsed.success) return parsed.problems;
          components = parsed.graph;
          return [];
        },
      });
      return { ...loaded, components };
    },
  };
}

/** Loads the configuration that the command line names. @throws ConfigError */
export function configOf(input: CommandInput): Promise<Configuration> {
  return configurationSource(input).read();
}
