import type { HeatmapBox } from "../../charts/heatmap-cells.ts";
import type { Parameters } from "../../lib/api/request.ts";
import { requestRange, type TimeRange } from "../../lib/time-range.ts";

/** What the Traces page looks at, as it stands in the address. */
export interface TracesView {
  readonly q: string;
  readonly range: TimeRange;
  /** Whether only the first span of each trace counts. */
  readonly isRoots: boolean;
  readonly box: HeatmapBox | undefined;
  /** Only failed spans of the box, or of all. */
  readonly onlyFailed: boolean;
  /** Keys of attributes that have a facet. */
  readonly facets: readonly string[];
}

const BOX = /^(\d{10,16})-(\d{10,16})_(\d+(?:\.\d+)?(?:e[+-]?\d+)?)-(\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/** Reads a box from an address: milliseconds since 1970, and of durations; undefined for anything else. */
export function boxOfText(text: string | undefined): HeatmapBox | undefined {
  const match = BOX.exec(text ?? "");
  if (match === null) return undefined;
  const [fromMs, toMs, minMs, maxMs] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return fromMs < toMs && minMs < maxMs ? { fromMs, toMs, minMs, maxMs } : undefined;
}

export function textOfBox({ fromMs, toMs, minMs, maxMs }: HeatmapBox): string {
  return `${Math.round(fromMs)}-${Math.round(toMs)}_${rounded(minMs)}-${rounded(maxMs)}`;
}

function rounded(ms: number): string {
  return String(Number(ms.toPrecision(7)));
}

/** Sightglass traces itself all the time; those traces are shown when they are asked for by name. */
export const WITHOUT_OWN = "-service:sightglass*";

/** What every question of the page asks of spans, were it now `nowMs`. */
export function searchParameters({ q, range, isRoots }: TracesView, nowMs: number): Parameters {
  return {
    ...requestRange(range, nowMs),
    q: q === "" ? WITHOUT_OWN : q,
    spans: isRoots ? "roots" : undefined,
  };
}

/** The question how the selection differs; undefined where nothing is selected. */
export function differenceParameters(
  view: TracesView,
  nowMs: number,
): Record<string, string | number | readonly string[] | undefined> | undefined {
  const { box, onlyFailed } = view;
  if (box === undefined && !onlyFailed) return undefined;
  return {
    ...searchParameters(view, nowMs),
    ...(box === undefined ? {} : boxParameters(box)),
    selectStatus: onlyFailed ? "error" : undefined,
  };
}

function boxParameters({ fromMs, toMs, minMs, maxMs }: HeatmapBox): Parameters {
  return {
    selectFrom: new Date(fromMs).toISOString(),
    selectTo: new Date(toMs).toISOString(),
    selectMinMs: milliseconds(minMs),
    selectMaxMs: milliseconds(maxMs),
  };
}

/** The question for the list: the traces of the search, or of what is selected of it. */
export function listParameters(view: TracesView, nowMs: number): Parameters {
  const { box, onlyFailed } = view;
  return {
    ...searchParameters(view, nowMs),
    status: onlyFailed ? "error" : undefined,
    ...(box === undefined
      ? {}
      : {
          from: new Date(box.fromMs).toISOString(),
          to: new Date(box.toMs).toISOString(),
          minDurationMs: milliseconds(box.minMs),
          maxDurationMs: milliseconds(box.maxMs),
        }),
  };
}

/** As the API reads it: digits, and at most nine behind the point. */
function milliseconds(ms: number): string {
  return ms.toFixed(6).replace(/\.?0+$/, "");
}
