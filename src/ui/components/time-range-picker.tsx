import { useId, useState, type ReactNode, type SubmitEvent } from "react";
import { parseRangeText } from "../lib/range-text.ts";
import { bounds } from "../lib/range-moves.ts";
import { spanText } from "../lib/time.ts";
import { rangeWords, type TimeRange } from "../lib/time-range.ts";
import { offsetText, startOfDay, type Zone, zoneWords } from "../lib/zone.ts";
import { AbsoluteRange } from "./absolute-range.tsx";
import { SortIcon } from "./icons.tsx";
import { ClockIcon } from "./nav-icons.tsx";
import { Popover } from "./popover.tsx";
import { ZonePicker } from "./zone-picker.tsx";

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

const CHOICES: readonly number[] = [
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  30 * DAY,
];

interface PickerProps {
  readonly range: TimeRange;
  readonly zone: Zone;
  readonly onRange: (range: TimeRange) => void;
  readonly onZone: (zone: Zone) => void;
}

/** The time range of the page and its zone: chosen, typed, or set from one moment to another. */
export function TimeRangePicker(props: PickerProps) {
  const { range, zone } = props;
  return (
    <Popover
      title="Time range"
      button={
        <>
          <ClockIcon className="size-3.5 max-sm:hidden" />
          <span className="sr-only">Time range: </span>
          <span className="truncate">{shortWords(range, zone)}</span>
          {zone === undefined ? null : (
            <span className="shrink-0 text-faint max-sm:sr-only">
              {zoneWords(zone).replace(/^.*\//, "")}
            </span>
          )}
          <SortIcon className="size-3" />
        </>
      }
      buttonClass="inline-flex h-7 min-w-0 items-center gap-1.5 rounded-md border border-line bg-surface px-2 text-xs font-medium whitespace-nowrap text-muted hover:border-line-strong hover:bg-hover hover:text-text"
      panelClass="sm:w-168"
    >
      {(close) => <Panel {...props} onDone={close} />}
    </Popover>
  );
}

/** What the button says: words for a range up to now, else its moments. */
function shortWords(range: TimeRange, zone: Zone): string {
  if (range.kind === "absolute") return spanText(range.fromMs, range.toMs, Date.now(), zone);
  return rangeWords(range).replace(/^./, (letter) => letter.toUpperCase());
}

function Panel(props: PickerProps & { onDone: () => void }) {
  const { range, zone, onRange, onZone, onDone } = props;
  // As it was when it was opened: what is offered does not move under the hand.
  const [nowMs] = useState(Date.now);
  const choose = (chosen: TimeRange): void => {
    onRange(chosen);
    onDone();
  };
  return (
    <div className="flex flex-col">
      <div className="grid sm:grid-cols-[17rem_1fr]">
        <div className="border-line p-3 max-sm:border-b sm:border-r">
          <Choices range={range} zone={zone} nowMs={nowMs} onChoose={choose} />
        </div>
        <div className="flex flex-col gap-4 p-3">
          <TypedRange zone={zone} nowMs={nowMs} onChoose={choose} />
          <AbsoluteRange key={zone ?? ""} {...bounds(range, nowMs)} zone={zone} onChoose={choose} />
        </div>
      </div>
      <div className="border-t border-line p-3">
        <ZonePicker zone={zone} nowMs={nowMs} onZone={onZone} />
      </div>
    </div>
  );
}

function Choices(props: {
  range: TimeRange;
  zone: Zone;
  nowMs: number;
  onChoose: (range: TimeRange) => void;
}) {
  const { range, zone, nowMs, onChoose } = props;
  const [today, yesterday] = [startOfDay(nowMs, zone), startOfDay(nowMs, zone, -1)];
  const days = [
    { name: "Today", fromMs: today, toMs: nowMs },
    { name: "Yesterday", fromMs: yesterday, toMs: today },
  ];
  return (
    <div role="group" aria-label="Up to now" className="grid grid-cols-2 gap-1">
      {CHOICES.map((seconds) => (
        <Choice
          key={seconds}
          isChosen={range.kind === "relative" && range.seconds === seconds}
          onClick={() => onChoose({ kind: "relative", seconds })}
        >
          {rangeWords({ kind: "relative", seconds }).replace(/^l/, "L")}
        </Choice>
      ))}
      {days.map(({ name, fromMs, toMs }) => (
        <Choice
          key={name}
          isChosen={range.kind === "absolute" && range.fromMs === fromMs && range.toMs === toMs}
          onClick={() => onChoose({ kind: "absolute", fromMs, toMs })}
        >
          {name}
        </Choice>
      ))}
    </div>
  );
}

function Choice(props: { isChosen: boolean; onClick: () => void; children: ReactNode }) {
  const { isChosen, onClick, children } = props;
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={onClick}
      className={`h-7.5 rounded-md px-2 text-left text-xs whitespace-nowrap ${isChosen ? "bg-selected font-medium text-text" : "text-muted hover:bg-hover hover:text-text"}`}
    >
      {children}
    </button>
  );
}

/** A range in the reader's own words; what is wrong with them stands below. */
function TypedRange(props: { zone: Zone; nowMs: number; onChoose: (range: TimeRange) => void }) {
  const { zone, nowMs, onChoose } = props;
  const field = useId();
  const [text, setText] = useState("");
  const [message, setMessage] = useState("");
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const reading = parseRangeText(text, { nowMs: Date.now(), zone });
    if (reading.ok) onChoose(reading.range);
    else setMessage(reading.message);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-1">
      <label htmlFor={field} className="text-xs font-medium">
        In your words
      </label>
      <input
        id={field}
        type="text"
        autoComplete="off"
        spellCheck={false}
        placeholder="90m, yesterday, 14:00 to 15:30"
        value={text}
        aria-describedby={`${field}-message`}
        aria-invalid={message !== ""}
        onChange={(event) => {
          setText(event.target.value);
          setMessage("");
        }}
        className="h-8 w-full rounded-md border border-line-strong bg-surface px-2 placeholder:text-faint"
      />
      <p
        id={`${field}-message`}
        role="status"
        className={`min-h-4 text-2xs ${message === "" ? "text-faint" : "text-bad"}`}
      >
        {message === "" ? `Enter takes it; times are ${offsetText(nowMs, zone)}` : message}
      </p>
    </form>
  );
}
