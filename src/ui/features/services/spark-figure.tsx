import type { ReactNode } from "react";
import { Sparkline } from "../../charts/sparkline.tsx";

/** A figure at the right edge of its cell, with how it changed below, and on a wide page its course before. */
export function SparkFigure(props: {
  value: ReactNode;
  delta?: ReactNode;
  /** Nothing is drawn without. */
  values: readonly (number | null)[] | undefined;
  /** How many values fill the width. */
  steps: number;
  tone?: string;
  /** What fills the height of the course at least. */
  topMin?: number;
}) {
  const { value, delta, values, steps, tone = "text-accent", topMin } = props;
  return (
    <span className="flex items-center justify-end gap-3">
      <span className="min-w-0 flex-1 max-lg:hidden">
        {values === undefined ? null : (
          <Sparkline
            values={values}
            places={steps}
            {...(topMin === undefined ? {} : { topMin })}
            className={`h-7 ${tone}`}
          />
        )}
      </span>
      <span className="flex shrink-0 flex-col lg:w-18 items-end leading-tight">
        <span className="font-medium whitespace-nowrap">{value}</span>
        <span className="text-2xs">{delta}</span>
      </span>
    </span>
  );
}

/** In a table of which only the rows in view are drawn: stands for those before, or behind. */
export function RowSpacer(props: { rows: number; rowHeight: number; columns: number }) {
  const { rows, rowHeight, columns } = props;
  if (rows <= 0) return null;
  return (
    <tr aria-hidden="true" style={{ height: rows * rowHeight }}>
      {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label -- hidden: it only keeps the room */}
      <td colSpan={columns} />
    </tr>
  );
}
