import { systemClock } from "#core/clock.ts";
import { openStore } from "#store/store.ts";
import type { Command } from "../command-line.ts";
import { CONFIG_OPTION, CONFIG_OPTION_HELP, configOf } from "../config-option.ts";
import { openDataFolder } from "../data-folder.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { migrateStore, storeOptions } from "../store-opening.ts";

export const command: Command = {
  usage: "migrate [--config <file>]",
  summary: "Brings the store of a stopped server to this version's schema. A start does the same.",
  help: CONFIG_OPTION_HELP,
  options: CONFIG_OPTION,
  words: [0, 0],
  async run(input) {
    const { settings } = await configOf(input);
    const folder = await openDataFolder(settings.dataDir, Date.now());
    try {
      const store = await openStore(storeOptions(settings, systemClock));
      try {
        const { applied, retention } = await migrateStore(store);
        const done =
          applied.length === 0 ? "The schema was current." : `Applied: ${applied.join(", ")}.`;
        console.log(
          retention.length === 0 ? done : `${done} Retention changed: ${retention.length} tables.`,
        );
      } finally {
        await store.close();
      }
    } finally {
      await folder.release();
    }
    return EXIT_CODES.ok;
  },
};
