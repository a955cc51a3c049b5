import { rangeWords, searchOf, type TimeRange } from "../lib/time-range.ts";

const CHOICES: readonly TimeRange[] = [900, 3_600, 21_600, 86_400].map((seconds) => ({
  kind: "relative",
  seconds,
}));

/** How far back a page looks. A range of the address that is no choice is shown as one more. */
export function RangeSelect({
  value,
  onChange,
}: {
  value: TimeRange;
  onChange: (range: TimeRange) => void;
}) {
  const chosen = keyOf(value);
  const choices = CHOICES.some((range) => keyOf(range) === chosen) ? CHOICES : [...CHOICES, value];
  return (
    <select
      aria-label="Time range"
      value={chosen}
      onChange={(event) => {
        const range = choices.find((candidate) => keyOf(candidate) === event.target.value);
        if (range !== undefined) onChange(range);
      }}
      className="h-7 rounded-md border border-line bg-surface px-1.5 text-xs font-medium text-muted hover:border-line-strong hover:text-text"
    >
      {choices.map((range) => (
        <option key={keyOf(range)} value={keyOf(range)}>
          {rangeWords(range).replace(/^./, (letter) => letter.toUpperCase())}
        </option>
      ))}
    </select>
  );
}

function keyOf(range: TimeRange): string {
  return Object.values(searchOf(range))
    .filter((part) => part !== undefined)
    .join(" ");
}
