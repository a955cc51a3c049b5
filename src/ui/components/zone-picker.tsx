import { useMemo, useState } from "react";
import { fitting } from "../lib/fuzzy.ts";
import { browserZone, knownZones, offsetText, type Zone, zoneWords } from "../lib/zone.ts";
import { Button } from "./button.tsx";
import { ComboList, type ComboOption } from "./combo-list.tsx";

/** Zones that are offered for what is typed. */
const ZONES_SHOWN_MAX = 30;

/** The zone in which times are shown: the browser's, UTC, or any other by its name. */
export function ZonePicker(props: {
  zone: Zone;
  /** Offsets are those of this moment. */
  nowMs: number;
  onZone: (zone: Zone) => void;
}) {
  const { zone, nowMs, onZone } = props;
  const [isSearching, setSearching] = useState(false);
  const choose = (chosen: Zone): void => {
    setSearching(false);
    onZone(chosen);
  };
  const isOther = zone !== undefined && zone !== "UTC";
  return (
    <div className="flex flex-col gap-2">
      <div role="group" aria-label="Zone of times" className="flex flex-wrap items-center gap-1.5">
        <span className="mr-1 text-xs font-medium">Zone</span>
        <Button pressed={zone === undefined} onClick={() => choose(undefined)}>
          Browser: {withOffset(browserZone(), nowMs)}
        </Button>
        <Button pressed={zone === "UTC"} onClick={() => choose("UTC")}>
          UTC
        </Button>
        <Button
          pressed={isOther}
          aria-expanded={isSearching}
          onClick={() => setSearching(!isSearching)}
        >
          {isOther ? withOffset(zone, nowMs) : "Another…"}
        </Button>
      </div>
      {isSearching ? <ZoneSearch nowMs={nowMs} onZone={choose} /> : null}
    </div>
  );
}

function withOffset(zone: string, nowMs: number): string {
  const offset = offsetText(nowMs, zone);
  return offset === zone ? zone : `${zoneWords(zone)}, ${offset}`;
}

interface ZoneOption extends ComboOption {
  readonly zone: string;
}

function ZoneSearch({ nowMs, onZone }: { nowMs: number; onZone: (zone: string) => void }) {
  const [text, setText] = useState("");
  const zones = useMemo(() => knownZones(), []);
  const options = fitting(text, zones, zoneWords, ZONES_SHOWN_MAX).map((zone): ZoneOption => ({
    id: zone,
    zone,
    group: text === "" ? "All zones" : "Zones",
    content: (
      <>
        <span className="min-w-0 flex-1 truncate">{zoneWords(zone)}</span>
        <span className="shrink-0 text-xs text-faint">{offsetText(nowMs, zone)}</span>
      </>
    ),
  }));
  return (
    <div className="overflow-clip rounded-md border border-line">
      <ComboList
        label="Search a zone"
        placeholder="A city or a region: Tokyo, New York, Europe"
        text={text}
        onText={setText}
        options={options}
        onPick={({ zone }) => onZone(zone)}
        nothing="No zone is called so"
        listClass="max-h-44"
      />
    </div>
  );
}
