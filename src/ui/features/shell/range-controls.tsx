import { useNavigate, useSearch } from "@tanstack/react-router";
import { IconButton } from "../../components/button.tsx";
import { EarlierIcon, ZoomOutIcon } from "../../components/nav-icons.tsx";
import { TimeRangePicker } from "../../components/time-range-picker.tsx";
import { useCommands } from "../../lib/commands.ts";
import { shifted, zoomedOut } from "../../lib/range-moves.ts";
import { useZone } from "../../lib/use-zone.ts";
import { useSetRange, useViewRange } from "../../lib/view-range.ts";
import type { Zone } from "../../lib/zone.ts";

/** The range of the page: chosen, a step back or forth, zoomed out. */
export function RangeControls() {
  const range = useViewRange();
  const zone = useZone();
  const setRange = useSetRange();
  const navigate = useNavigate();
  const { from } = useSearch({ from: "__root__" });
  const onZone = (chosen: Zone): void => {
    void navigate({
      to: ".",
      search: (search) => ({ ...search, zone: chosen }),
      replace: true,
      resetScroll: false,
    });
  };
  const back = (): void => setRange(shifted(range, "back", Date.now()));
  const forth = (): void => setRange(shifted(range, "forth", Date.now()));
  const out = (): void => setRange(zoomedOut(range, Date.now()));
  const group = "Time range";
  useCommands([
    { id: "range.back", title: "Earlier by half the range", group, keys: "[", run: back },
    { id: "range.forth", title: "Later by half the range", group, keys: "]", run: forth },
    { id: "range.out", title: "Twice as long a range", group, keys: "-", run: out },
  ]);
  return (
    <div role="group" aria-label="Time range" className="flex min-w-0 items-center gap-0.5">
      <IconButton label="Earlier by half the range" onClick={back} className="max-md:hidden">
        <EarlierIcon className="size-3.5" />
      </IconButton>
      <TimeRangePicker range={range} zone={zone} onRange={setRange} onZone={onZone} />
      <IconButton
        label="Later by half the range"
        onClick={forth}
        disabled={from === undefined}
        className="disabled:opacity-40 max-md:hidden"
      >
        <EarlierIcon className="size-3.5 rotate-180" />
      </IconButton>
      <IconButton label="Twice as long a range" onClick={out} className="max-md:hidden">
        <ZoomOutIcon className="size-3.5" />
      </IconButton>
    </div>
  );
}
