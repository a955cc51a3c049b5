import type { ReactNode } from "react";
import { Name } from "../components/text.tsx";
import { formatValue, fullValue, type Unit } from "../lib/units.ts";

export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly color?: string | undefined;
  /** After the value, in small. */
  readonly detail?: ReactNode;
}

/**
 * Names with their values as bars, in the order given; the longest fills the width. With `onChoose` each is a
 * button.
 */
export function BarList(props: {
  label: string;
  bars: readonly Bar[];
  unit: Unit;
  onChoose?: ((name: string) => void) | undefined;
}) {
  const { label, bars, unit, onChoose } = props;
  const most = Math.max(1e-300, ...bars.map(({ value }) => value));
  return (
    <ul aria-label={label} className="flex flex-col text-xs">
      {bars.map(({ name, value, color = "var(--series-1)", detail }) => (
        <li
          key={name}
          className="relative flex min-h-7 items-center gap-3 px-3 hover:bg-hover sm:px-4"
        >
          <span
            aria-hidden="true"
            className="absolute inset-y-0.5 left-0 rounded-r-sm opacity-18 forced-color-adjust-none"
            style={{ width: `${(value / most) * 100}%`, backgroundColor: color }}
          />
          {onChoose === undefined ? (
            <Name value={name} className="relative" />
          ) : (
            <button
              type="button"
              onClick={() => onChoose(name)}
              className="relative min-h-6 min-w-0 text-left hover:underline"
            >
              <Name value={name} />
            </button>
          )}
          <span className="relative ml-auto flex shrink-0 items-baseline gap-3 whitespace-nowrap">
            {detail === undefined ? null : (
              <span className="text-muted max-sm:hidden">{detail}</span>
            )}
            <span title={fullValue(unit, value)} className="w-14 text-right font-medium">
              {formatValue(unit, value)}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}
