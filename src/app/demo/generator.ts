import type { Signal } from "#core/signal.ts";
import { Fleet, type Incident } from "./fleet.ts";
import { logsOf } from "./logs.ts";
import { Meters } from "./metrics.ts";
import { STARTS } from "./operations.ts";
import type { LogsRequest, MetricsRequest, TracesRequest } from "./otlp-shape.ts";
import { Random } from "./random.ts";
import { logsRequests, tracesRequests } from "./requests.ts";
import { Storyteller } from "./story.ts";

/** An export request in the shape of OTLP/JSON, for `encodeOtlp`. */
export type ShopRequest = { readonly rows: number } & (
  | { readonly signal: "traces"; readonly request: TracesRequest }
  | { readonly signal: "logs"; readonly request: LogsRequest }
  | { readonly signal: "metrics"; readonly request: MetricsRequest }
);

export interface GeneratorOptions {
  readonly seed: number;
  /** Unix milliseconds at which the shop's instances started. */
  readonly startMs: number;
  readonly signals: readonly Signal[];
  readonly incident?: Incident | undefined;
  /** Rows of one request at most. */
  readonly rowsMax?: number;
  /** How often metrics are read. */
  readonly metricsEveryMs?: number;
}

const ROWS_MAX = 1_000;
const METRICS_EVERY_MS = 15_000;
const DAY_MS = 86_400_000;
/** When the shop is busiest, in UTC. */
const PEAK_HOUR = 19;

/**
 * Makes the shop's telemetry, window after window of time. It is told the time and never asks for
 * it: the same seed, start and windows give the same requests, to the byte.
 *
 * @example
 * const shop = new ShopGenerator({ seed: 1, startMs, signals: ["traces"] });
 * for (const { signal, request } of shop.window({ fromMs, toMs, traces: 20 })) send(encodeOtlp(signal, request));
 */
export class ShopGenerator {
  readonly fleet: Fleet;
  private readonly options: Required<Omit<GeneratorOptions, "incident">>;
  private readonly stories: Storyteller;
  private readonly meters: Meters;
  private readonly shares: readonly number[];
  private traces = 0;
  private windows = 0;
  private metricsReadMs: number;

  constructor(options: GeneratorOptions) {
    const { seed, startMs } = options;
    this.options = { rowsMax: ROWS_MAX, metricsEveryMs: METRICS_EVERY_MS, ...options };
    this.fleet = new Fleet(seed, options.incident);
    this.stories = new Storyteller({ seed, startMs, fleet: this.fleet });
    this.meters = new Meters({ seed, startMs });
    this.metricsReadMs = startMs;
    let sum = 0;
    this.shares = STARTS.map(({ share }) => (sum += share));
  }

  /**
   * What begins from `fromMs` until before `toMs`: that many traces, or as many as `perSecond` makes
   * on average of a day. Windows follow each other.
   */
  window(
    of: { fromMs: number; toMs: number } & ({ traces: number } | { perSecond: number }),
  ): ShopRequest[] {
    const { seed, signals, rowsMax } = this.options;
    const random = new Random(seed, 0x77_1d_0e, this.windows++);
    const { fromMs, toMs } = of;
    const load = busyness((fromMs + toMs) / 2);
    const seconds = (toMs - fromMs) / 1_000;
    const traces = "traces" in of ? of.traces : random.poisson(of.perSecond * seconds * load);
    const rows = Array.from({ length: traces }, (_, index) => {
      const startMs = fromMs + ((toMs - fromMs) * (index + random.unit())) / traces;
      const { operation } = STARTS[random.weighted(this.shares)]!;
      return this.stories.tell({ number: this.traces++, operation, startMs, load });
    }).flat();
    const requests: ShopRequest[] = [];
    if (signals.includes("traces"))
      for (const request of tracesRequests(rows, rowsMax))
        requests.push({ signal: "traces", request, rows: spansOf(request) });
    if (signals.includes("logs")) {
      const logs = rows.flatMap((row) => logsOf(row, random));
      for (const request of logsRequests(logs, rowsMax))
        requests.push({ signal: "logs", request, rows: recordsOf(request) });
    }
    if (signals.includes("metrics")) {
      for (const row of rows) this.meters.observe(row);
      requests.push(...this.readMetrics(toMs));
    }
    return requests;
  }

  /** The meters' readings that are due by `nowMs`; one for a long window, as of its end. */
  private readMetrics(nowMs: number): ShopRequest[] {
    if (nowMs - this.metricsReadMs < this.options.metricsEveryMs) return [];
    this.metricsReadMs = nowMs;
    return this.meters
      .read(this.fleet.running(nowMs), nowMs, busyness(nowMs))
      .map((request) => ({ signal: "metrics", request, rows: pointsOf(request) }));
  }
}

/** How many visitors there are by the time of day: 1 on average, between 0.4 and 1.6. */
export function busyness(timeMs: number): number {
  const turn = (timeMs % DAY_MS) / DAY_MS - PEAK_HOUR / 24;
  return 1 + 0.6 * Math.cos(turn * 2 * Math.PI);
}

function spansOf({ resourceSpans }: TracesRequest): number {
  let rows = 0;
  for (const { scopeSpans } of resourceSpans)
    for (const { spans } of scopeSpans) rows += spans.length;
  return rows;
}

function recordsOf({ resourceLogs }: LogsRequest): number {
  let rows = 0;
  for (const { scopeLogs } of resourceLogs)
    for (const { logRecords } of scopeLogs) rows += logRecords.length;
  return rows;
}

function pointsOf({ resourceMetrics }: MetricsRequest): number {
  let rows = 0;
  for (const { scopeMetrics } of resourceMetrics)
    for (const { metrics } of scopeMetrics)
      for (const metric of metrics) {
        const data =
          "gauge" in metric
            ? metric.gauge
            : "sum" in metric
              ? metric.sum
              : "histogram" in metric
                ? metric.histogram
                : "exponentialHistogram" in metric
                  ? metric.exponentialHistogram
                  : metric.summary;
        rows += data.dataPoints.length;
      }
  return rows;
}
