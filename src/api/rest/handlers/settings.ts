import type { QueryContext } from "#query/query-context.ts";
import type { SETTINGS_ROUTES } from "../../contract/settings-routes.ts";
import type { RetentionAnswer, SettingsAnswer } from "../../contract/settings.ts";
import type { HandlersOf } from "../route-request.ts";

/** What the configuration is told from. */
export interface SettingsSources {
  readonly settings: () => SettingsAnswer;
  readonly retention: (context: QueryContext) => Promise<RetentionAnswer>;
}

export function settingsHandlers({
  settings,
  retention,
}: SettingsSources): HandlersOf<keyof typeof SETTINGS_ROUTES> {
  return {
    listSettings: () => settings(),
    getRetention: ({ context }) => retention(context),
  };
}
