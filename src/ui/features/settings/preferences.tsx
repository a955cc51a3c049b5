import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { Panel } from "../../components/panel.tsx";
import { ThemeSwitch } from "../../components/theme-switch.tsx";
import { areCharacterKeysOn, setCharacterKeys } from "../../lib/commands.ts";
import { useZone } from "../../lib/use-zone.ts";
import { browserZone, knownZones, zoneOf, zoneWords } from "../../lib/zone.ts";

/** What this browser, or this address, remembers: nobody else sees it. */
export function Preferences() {
  const [areKeysOn, setKeysOn] = useState(areCharacterKeysOn);
  return (
    <Panel title="Preferences" note="Of this browser; nobody else sees them">
      <ul className="px-3 py-1 sm:px-4">
        <li className="flex items-center justify-between gap-3 border-b border-line py-2">
          Light, dark, or as the system has it
          <ThemeSwitch />
        </li>
        <li className="flex items-center justify-between gap-3 border-b border-line py-2">
          <label htmlFor="preferred-zone">
            Times are shown in
            <span className="block text-2xs text-faint">
              It stands in the address, and goes with links.
            </span>
          </label>
          <ZoneSelect />
        </li>
        <li className="py-2">
          <label className="flex items-center justify-between gap-3">
            <span>
              Single keys run commands
              <span className="block text-2xs text-faint">Press ? for all keys.</span>
            </span>
            <input
              type="checkbox"
              checked={areKeysOn}
              onChange={(event) => {
                setCharacterKeys(event.target.checked);
                setKeysOn(event.target.checked);
              }}
              className="size-4 accent-accent"
            />
          </label>
        </li>
      </ul>
    </Panel>
  );
}

function ZoneSelect() {
  const zone = useZone();
  const navigate = useNavigate();
  const zones = useMemo(() => knownZones(), []);
  return (
    <select
      id="preferred-zone"
      value={zone ?? ""}
      onChange={(event) => {
        const chosen = zoneOf(event.target.value);
        void navigate({
          to: ".",
          search: (search) => ({ ...search, zone: chosen }),
          replace: true,
        });
      }}
      className="h-7 max-w-48 rounded-md border border-line bg-surface px-1.5 text-xs hover:border-line-strong"
    >
      <option value="">This browser's zone ({zoneWords(browserZone())})</option>
      {zones.map((one) => (
        <option key={one} value={one}>
          {zoneWords(one)}
        </option>
      ))}
    </select>
  );
}
