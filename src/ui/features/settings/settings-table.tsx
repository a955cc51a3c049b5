import type { SettingsAnswer } from "#api/contract/settings.ts";
import { useState } from "react";
import { Nothing } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { Head } from "../../components/table.tsx";
import { Name, Value } from "../../components/text.tsx";

/** Every setting with what it is and where that was written. */
export function SettingsTable({ settings: { file, data } }: { settings: SettingsAnswer }) {
  const [text, setText] = useState("");
  const wanted = text.toLowerCase();
  const shown = data.filter(({ path, description, value }) =>
    [path, description, value].some((one) => one.toLowerCase().includes(wanted)),
  );
  return (
    <Panel
      title="What is configured"
      note={file ?? "No file: the defaults hold, but for variables of the environment"}
      actions={
        <input
          type="search"
          aria-label="Find a setting"
          placeholder="Find a setting"
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="h-7 w-40 rounded-md border border-line bg-surface px-2 text-xs hover:border-line-strong"
        />
      }
    >
      {shown.length === 0 ? (
        <Nothing
          title={data.length === 0 ? "Nothing is known of the settings" : "No setting is like that"}
        >
          {data.length === 0
            ? "This server was started by a program that has settings of its own."
            : "Search for a part of its name or of what it does."}
        </Nothing>
      ) : (
        <div className="overflow-x-auto" role="region" aria-label="Settings" tabIndex={0}>
          <table className="w-full min-w-[44rem] text-xs">
            <thead>
              <tr className="border-b border-line">
                <Head className="pl-3 sm:pl-4">Setting</Head>
                <Head>Value</Head>
                <Head>From</Head>
                <Head>What it is</Head>
              </tr>
            </thead>
            <tbody>
              {shown.map((setting) => (
                <SettingRow key={setting.path} setting={setting} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function SettingRow({ setting }: { setting: SettingsAnswer["data"][number] }) {
  const { path, value, origin, description, env } = setting;
  const isDefault = origin === "default";
  return (
    <tr className="border-b border-line align-top last:border-0">
      <th scope="row" className="py-1.5 pr-2 pl-3 text-left font-mono font-normal sm:pl-4">
        {path}
      </th>
      <td
        className={`max-w-56 px-2 py-1.5 font-mono ${isDefault ? "text-muted" : "font-semibold"}`}
      >
        <Value value={value} />
      </td>
      <td className="max-w-48 px-2 py-1.5 text-muted">
        <Name value={origin} />
      </td>
      <td className="px-2 py-1.5 text-muted">
        {description}
        {env === null ? null : (
          <>
            {" "}
            <code className="whitespace-nowrap">{env}</code>
          </>
        )}
      </td>
    </tr>
  );
}
