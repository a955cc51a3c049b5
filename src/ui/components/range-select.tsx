import { RANGE_WORDS, RANGES, type Range } from "../lib/time-range.ts";

/** How far back a page looks. */
export function RangeSelect({
  value,
  onChange,
}: {
  value: Range;
  onChange: (range: Range) => void;
}) {
  return (
    <select
      aria-label="Time range"
      value={value}
      onChange={(event) => {
        const range = RANGES.find((candidate) => candidate === event.target.value);
        if (range !== undefined) onChange(range);
      }}
      className="h-7 rounded-md border border-line bg-surface px-1.5 text-xs font-medium text-muted hover:border-line-strong hover:text-text"
    >
      {RANGES.map((range) => (
        <option key={range} value={range}>
          {RANGE_WORDS[range].replace(/^l/, "L")}
        </option>
      ))}
    </select>
  );
}
