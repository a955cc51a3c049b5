import { loadConfig, type LoadedConfig } from "#config/load.ts";
import { type GraphSpec, NO_COMPONENTS } from "#pipeline/graph/graph-spec.ts";
import type { CommandInput } from "./command-line.ts";
import { readGraph } from "./graph.ts";

/** The option that every command with a configuration has. */
export const CONFIG_OPTION = { config: { type: "string", short: "c" } } as const;

export const CONFIG_OPTION_HELP =
  "  -c, --config <file>  The configuration file; SIGHTGLASS_CONFIG or ./sightglass.yaml when left out.";

/** A configuration with its graph judged. */
export interface Configuration extends LoadedConfig {
  readonly components: GraphSpec;
}

/** Loads the configuration that the command line names. @throws ConfigError */
export async function configOf({ options }: CommandInput): Promise<Configuration> {
  const { config } = options;
  let components = NO_COMPONENTS;
  const loaded = await loadConfig({
    ...(typeof config === "string" ? { file: config } : {}),
    async judgeGraph(written) {
      const parsed = await readGraph(written);
      if (!parsed.success) return parsed.problems;
      components = parsed.graph;
      return [];
    },
  });
  return { ...loaded, components };
}
