import type { Command } from "../command-line.ts";
import { CONFIG_OPTION, CONFIG_OPTION_HELP, configOf } from "../config-option.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { textTable } from "../text-table.ts";

export const command: Command = {
  usage: "check [--config <file>] [--json]",
  summary: "Judges the configuration, and shows where each setting comes from. Starts nothing.",
  help: [CONFIG_OPTION_HELP, "      --json           The same as JSON."].join("\n"),
  options: { ...CONFIG_OPTION, json: { type: "boolean" } },
  words: [0, 0],
  async run(input) {
    const { file, explanation, components } = await configOf(input);
    const pipelines = [...components.pipelines.values()];
    if (input.options["json"] === true) {
      console.log(
        JSON.stringify({ file: file ?? null, settings: explanation, pipelines }, undefined, 2),
      );
      return EXIT_CODES.ok;
    }
    console.log(
      file === undefined ? "No configuration file; the defaults hold." : `${file} is valid.`,
    );
    const rows = explanation.map(({ path, value, origin }) => [path, value, origin]);
    console.log(`\n${textTable([["setting", "value", "from"], ...rows])}`);
    for (const { name, receivers, processors, destinations } of pipelines) {
      const ways = [receivers, processors, destinations].filter((names) => names.length > 0);
      console.log(`\npipeline ${name}: ${ways.map((names) => names.join(", ")).join(" → ")}`);
      for (const one of processors) told(one, "is given", components.processors.get(one)?.when);
      for (const one of destinations) told(one, "is sent", components.destinations.get(one)?.when);
    }
    return EXIT_CODES.ok;
  },
};

function told(name: string, verb: string, when: string | undefined): void {
  if (when !== undefined) console.log(`  ${name} ${verb} rows only where ${when}`);
}
