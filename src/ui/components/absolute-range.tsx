import { useId, useState, type SubmitEvent } from "react";
import { wallText } from "../lib/range-text.ts";
import type { TimeRange } from "../lib/time-range.ts";
import { momentOfReading, readWallField, wallNote } from "../lib/wall-field.ts";
import { offsetText, type Zone } from "../lib/zone.ts";
import { Button } from "./button.tsx";

/** What stands in one of the two fields; of a time that comes twice, which is meant. */
interface Field {
  readonly text: string;
  readonly which: "first" | "second";
}

/** A range from one moment to another, by the clocks of the zone. */
export function AbsoluteRange(props: {
  fromMs: number;
  toMs: number;
  zone: Zone;
  onChoose: (range: TimeRange) => void;
}) {
  const { zone, onChoose } = props;
  const [from, setFrom] = useState(() => fieldOf(props.fromMs, zone));
  const [to, setTo] = useState(() => fieldOf(props.toMs, zone));
  const [message, setMessage] = useState("");
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const [fromMs, toMs] = [momentIn(from, zone), momentIn(to, zone)];
    if (fromMs === undefined || toMs === undefined) setMessage("Both need a day and a time");
    else if (fromMs >= toMs) setMessage("It would end before it begins");
    else onChoose({ kind: "absolute", fromMs, toMs });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <Moment name="From" field={from} zone={zone} onField={setFrom} />
      <Moment name="To" field={to} zone={zone} onField={setTo} />
      <div className="flex items-center justify-between gap-2">
        <p role="status" className="text-2xs text-bad">
          {message}
        </p>
        <Button type="submit">Show this range</Button>
      </div>
    </form>
  );
}

function fieldOf(atMs: number, zone: Zone): Field {
  const text = wallText(atMs, zone);
  const whole = Math.floor(atMs / 1_000) * 1_000;
  return { text, which: momentIn({ text, which: "first" }, zone) === whole ? "first" : "second" };
}

function momentIn({ text, which }: Field, zone: Zone): number | undefined {
  return momentOfReading(readWallField(text, zone), which);
}

function Moment(props: {
  name: string;
  field: Field;
  zone: Zone;
  onField: (field: Field) => void;
}) {
  const { name, field, zone, onField } = props;
  const id = useId();
  const reading = readWallField(field.text, zone);
  const isPlain = reading.kind === "once" || reading.kind === "none";
  return (
    <div className="grid grid-cols-[3rem_1fr_auto] items-center gap-x-2 gap-y-1">
      <label htmlFor={id} className="text-xs font-medium">
        {name}
      </label>
      <input
        id={id}
        type="datetime-local"
        step="1"
        value={field.text}
        aria-describedby={`${id}-note`}
        onChange={(event) => onField({ text: event.target.value, which: "first" })}
        className="h-8 min-w-0 rounded-md border border-line-strong bg-surface px-2"
      />
      <span
        id={`${id}-note`}
        className={isPlain ? "w-18 text-2xs text-faint" : "col-span-3 text-2xs text-warn"}
      >
        {wallNote(reading, zone)}
      </span>
      {reading.kind === "twice" ? (
        <select
          aria-label={`Which of the two, ${name.toLowerCase()}`}
          value={field.which}
          onChange={(event) =>
            onField({ ...field, which: event.target.value === "second" ? "second" : "first" })
          }
          className="col-span-3 h-7 rounded-md border border-line-strong bg-surface px-1.5 text-xs"
        >
          <option value="first">The first, {offsetText(reading.atMs[0], zone)}</option>
          <option value="second">The second, {offsetText(reading.atMs[1], zone)}</option>
        </select>
      ) : null}
    </div>
  );
}
