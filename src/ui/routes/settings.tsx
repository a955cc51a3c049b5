import { Link } from "@tanstack/react-router";
import { Failure, Loading } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { Endpoints } from "../features/settings/endpoints.tsx";
import { Preferences } from "../features/settings/preferences.tsx";
import { Retention } from "../features/settings/retention.tsx";
import { SettingsTable } from "../features/settings/settings-table.tsx";
import { askSettings } from "../lib/api/settings.ts";
import { useAbout, usePolled } from "../lib/queries.ts";

/** `/settings`: where telemetry is sent, how long it is kept, what is configured, and what this browser prefers. */
export function SettingsPage() {
  const about = useAbout();
  const settings = usePolled({ key: ["settings"], ask: askSettings, everyMs: false });
  return (
    <div className="mx-auto w-full max-w-[96rem] px-3 py-4 sm:px-5">
      <h1 className="text-lg font-semibold tracking-tight">Settings</h1>
      <p className="mt-0.5 max-w-prose text-muted">
        Sightglass is configured by a file and by variables of the environment. What can be changed
        while it runs, the{" "}
        <Link to="/pipelines" search={{ tab: "configuration" }} className="text-accent underline">
          pipelines
        </Link>
        , is changed there.
      </p>
      <div className="mt-3 grid items-start gap-3 xl:grid-cols-[2fr_3fr]">
        <div className="flex min-w-0 flex-col gap-3">
          {about.data === undefined ? (
            <Loading rows={3} label="Endpoints are asked for" />
          ) : (
            <Endpoints about={about.data} />
          )}
          <Preferences />
        </div>
        <Retention file={settings.data?.file ?? null} />
        <div className="min-w-0 xl:col-span-2">
          {settings.error !== null ? (
            <Panel title="What is configured">
              <Failure error={settings.error.error} onRetry={() => void settings.refetch()} />
            </Panel>
          ) : settings.data === undefined ? (
            <Loading rows={8} label="Settings are asked for" />
          ) : (
            <SettingsTable settings={settings.data} />
          )}
        </div>
      </div>
    </div>
  );
}
