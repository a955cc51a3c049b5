import { useId, useMemo, useRef, useState, type ReactNode } from "react";
import { IconButton } from "../components/button.tsx";
import { ChartIcon, DownloadIcon, PictureIcon, TableIcon } from "../components/icons.tsx";
import { isBareNumber, type Unit, unitWords } from "../lib/units.ts";
import { useZone } from "../lib/use-zone.ts";
import { useCanvasColors } from "../lib/canvas-colors.ts";
import { useSeriesColors } from "./series-colors.ts";
import { saveChartCsv, saveChartPng } from "./chart-export.ts";
import { ChartFrame, type ChartState } from "./chart-frame.tsx";
import { ChartLegend, type LegendKind } from "./chart-legend.tsx";
import { useChartPointer } from "./chart-sync.tsx";
import { ChartTable } from "./chart-table.tsx";
import { PlotCanvas } from "./plot-canvas.tsx";
import type { ChartExemplar, ChartKind, ChartMark, PlotContent, PlottedSeries } from "./plot.ts";
import type { ChartSeries } from "./stacking.ts";

export interface TimeChartProps {
  readonly title: string;
  /** Unix seconds, ascending; each series has a value, or null, for each. */
  readonly times: readonly number[];
  /** Kept the same object while its values are the same: a new one is drawn anew. */
  readonly series: readonly ChartSeries[];
  readonly kind: ChartKind;
  readonly unit: Unit;
  /** CSS pixels of the drawing with its axes. */
  readonly height?: number | undefined;
  /** The stretch of time of the axis; else that of the values. */
  readonly range?: { readonly fromMs: number; readonly toMs: number } | undefined;
  /** Given a stretch of time that was drawn out, or marked with Shift and the arrows and chosen with Enter. */
  readonly onBrush?: ((fromMs: number, toMs: number) => void) | undefined;
  readonly marks?: readonly ChartMark[] | undefined;
  readonly exemplars?: readonly ChartExemplar[] | undefined;
  readonly onExemplar?: ((exemplar: ChartExemplar) => void) | undefined;
  /** `none` for a chart whose title says it all. */
  readonly legend?: LegendKind | "none" | undefined;
  readonly state?: ChartState | undefined;
  /** Beside the title; what is counted when left out. */
  readonly note?: ReactNode;
  /** Before the buttons that every chart has. */
  readonly actions?: ReactNode;
  readonly isBare?: boolean | undefined;
  readonly className?: string | undefined;
}

/** Lines that one chart draws; a reader could not tell more apart. */
const SERIES_MAX = 100;
const HEIGHT = 200;
const NONE: readonly never[] = [];

/**
 * Series over time: lines, areas, put on each other, or bars. With a legend, a cross-hair and a brush that all
 * charts in a {@link ChartSync} share, a table of the same values, and both to be saved.
 *
 * @example
 * <TimeChart title="Duration" kind="line" unit="ms" times={[1795251600, 1795251660]}
 *   series={[{ name: "p95", values: [12.5, null] }]} onBrush={(fromMs, toMs) => …} />
 */
export function TimeChart(props: TimeChartProps) {
  const {
    title,
    height = HEIGHT,
    legend = "table",
    state,
    note,
    actions,
    onBrush,
    onExemplar,
  } = props;
  const id = useId();
  const pointer = useChartPointer();
  const colors = useCanvasColors();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isTable, setTable] = useState(false);
  const { content, press } = useContent(props);
  const tools = (
    <ChartTools
      title={title}
      isTable={isTable}
      onTable={() => setTable(!isTable)}
      onCsv={() => saveChartCsv(title, content)}
      onPng={() => {
        if (canvas.current !== null) void saveChartPng(title, content, canvas.current, colors);
      }}
    />
  );
  const rest = props.series.length - content.series.length;
  return (
    <ChartFrame
      title={title}
      note={note ?? (isBareNumber(props.unit) ? unitWords(props.unit) : undefined)}
      height={height}
      state={state}
      isBare={props.isBare}
      className={props.className}
      actions={
        <>
          {actions}
          {state === undefined ? tools : null}
        </>
      }
    >
      {isTable ? (
        <ChartTable title={title} content={content} height={height} onExemplar={onExemplar} />
      ) : (
        <div className="px-1.5">
          <PlotCanvas
            id={id}
            title={title}
            pointer={pointer}
            content={content}
            height={height}
            canvasRef={canvas}
            onBrush={onBrush}
            onExemplar={onExemplar}
          />
        </div>
      )}
      {legend === "none" ? null : (
        <ChartLegend kind={legend} unit={props.unit} series={content.series} onPress={press} />
      )}
      {rest > 0 ? (
        <p className="px-3 pb-2 text-xs text-faint">
          {content.series.length} lines are drawn, {rest} more are not.
        </p>
      ) : null}
    </ChartFrame>
  );
}

/** What is drawn of the given, with colours and without what the reader has turned off. */
function useContent(props: TimeChartProps): {
  content: PlotContent;
  press: (index: number, isAdded: boolean) => void;
} {
  const { kind, unit, times, series: given, range, marks = NONE, exemplars = NONE } = props;
  const zone = useZone();
  const colorOf = useSeriesColors();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const series = useMemo<readonly PlottedSeries[]>(() => {
    const drawn = given.slice(0, SERIES_MAX);
    const shown = drawn.filter(({ name }) => !hidden.has(name));
    return drawn.map((one) => ({
      ...one,
      color: one.color ?? colorOf(one.name),
      // Names that were turned off may be all that is left.
      isHidden: shown.length > 0 && hidden.has(one.name),
    }));
  }, [given, hidden, colorOf]);
  const fromMs = range?.fromMs ?? (times[0] ?? 0) * 1_000;
  const toMs = Math.max(range?.toMs ?? (times.at(-1) ?? 0) * 1_000, fromMs + 1_000);
  const content = useMemo<PlotContent>(
    () => ({ kind, unit, times, series, fromMs, toMs, zone, marks, exemplars }),
    [kind, unit, times, series, fromMs, toMs, zone, marks, exemplars],
  );
  const press = (index: number, isAdded: boolean): void => {
    const name = series[index]!.name;
    const names = series.map((one) => one.name);
    setHidden(isAdded ? toggled(hidden, name, names) : isolated(hidden, name, names));
  };
  return { content, press };
}

/** Only `name` is shown; all are when it already was alone. */
function isolated(
  hidden: ReadonlySet<string>,
  name: string,
  names: readonly string[],
): ReadonlySet<string> {
  const others = names.filter((other) => other !== name);
  const isAlone = !hidden.has(name) && others.every((other) => hidden.has(other));
  return new Set(isAlone ? [] : others);
}

/** `name` is turned off or on; the last that is shown stays. */
function toggled(
  hidden: ReadonlySet<string>,
  name: string,
  names: readonly string[],
): ReadonlySet<string> {
  const next = new Set(hidden);
  if (!next.delete(name)) next.add(name);
  return names.every((one) => next.has(one)) ? hidden : next;
}

function ChartTools(props: {
  title: string;
  isTable: boolean;
  onTable: () => void;
  onCsv: () => void;
  onPng: () => void;
}) {
  const { title, isTable, onTable, onCsv, onPng } = props;
  const icon = "size-3.5";
  return (
    <>
      <IconButton
        label={isTable ? `${title}: show the chart` : `${title}: show as a table`}
        onClick={onTable}
        className="text-faint"
      >
        {isTable ? <ChartIcon className={icon} /> : <TableIcon className={icon} />}
      </IconButton>
      {isTable ? null : (
        <IconButton label={`${title}: save as PNG`} onClick={onPng} className="text-faint">
          <PictureIcon className={icon} />
        </IconButton>
      )}
      <IconButton label={`${title}: save as CSV`} onClick={onCsv} className="text-faint">
        <DownloadIcon className={icon} />
      </IconButton>
    </>
  );
}
