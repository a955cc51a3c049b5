import { loadConfig, type LoadedConfig } from "#config/load.ts";
import type { CommandInput } from "./command-line.ts";

/** The option that every command with a configuration has. */
export const CONFIG_OPTION = { config: { type: "string", short: "c" } } as const;

export const CONFIG_OPTION_HELP =
  "  -c, --config <file>  The configuration file; SIGHTGLASS_CONFIG or ./sightglass.yaml when left out.";

/** Loads the configuration that the command line names. @throws ConfigError */
export function configOf({ options }: CommandInput): Promise<LoadedConfig> {
  const { config } = options;
  return loadConfig(typeof config === "string" ? { file: config } : {});
}
