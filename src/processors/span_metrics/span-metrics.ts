import type { Batch } from "#core/batch.ts";
import { MetricBuilder } from "#core/build/metric-builder.ts";
import type { Timer } from "#core/clock.ts";
import { ByOrganization } from "#pipeline/by-organization.ts";
import {
  defineComponent,
  type Outcome,
  type Processor,
  type ProcessorContext,
} from "#pipeline/component.ts";
import { OrganizationSeries, type SpanSeries } from "./organization-series.ts";
import { settings, type SpanMetricsSettings } from "./settings.ts";
import { type SeriesTally, SpanTallier } from "./span-tally.ts";

/**
 * Makes metrics of spans: how many there were, and how long they took, by service, name, kind and status, under
 * the names and in the shape of OpenTelemetry's spanmetrics connector. A span that was sampled counts for as many as
 * it stands for. The spans go on as they are; the points go to the processors after this one.
 *
 * @example
 * processors:
 *   span_metrics: { dimensions: [{ name: http.route }], flushInterval: 15000 }
 */
export const spanMetrics = defineComponent({
  kind: "processor",
  type: "span_metrics",
  summary: "Counts spans and their durations as metrics, by service, name, kind and status.",
  signals: { traces: "stable" },
  settings,
  create: (given: SpanMetricsSettings, context: ProcessorContext) =>
    new SpanMetricsProcessor(given, context),
});

/** Organizations whose spans are counted at once; the spans of any further are not. */
const ORGANIZATIONS_MAX = 1_024;
/** Series of all organizations, of some 1 to 2 KB each; the spans of any further are in the overflow of their own. */
const SERIES_MAX = 100_000;

/** Series whose points are emitted in one batch. */
const SERIES_PER_BATCH = 2_000;

/** What a point was made from, by estimate. */
const POINT_BYTES = 500;

const NS_PER_MS = 1_000_000n;

class SpanMetricsProcessor implements Processor {
  private readonly given: SpanMetricsSettings;
  private readonly context: ProcessorContext;
  private readonly tallier: SpanTallier;
  private readonly organizations: ByOrganization<OrganizationSeries>;
  private timer: Timer | undefined;
  private isRunning = false;
  private flushing: Promise<void> = Promise.resolve();
  private spans = 0;
  private overflowed = 0;
  private uncounted = 0;
  private emitted = 0;
  private refused = 0;

  constructor(given: SpanMetricsSettings, context: ProcessorContext) {
    this.given = given;
    this.context = context;
    this.tallier = new SpanTallier(given, context.random);
    this.organizations = new ByOrganization({
      organizationsMax: ORGANIZATIONS_MAX,
      entriesMax: SERIES_MAX,
      // What was counted and is not told yet must not be forgotten.
      makesRoom: false,
      make: (share) => new OrganizationSeries(given, share, this.nowNs()),
    });
  }

  async start(): Promise<void> {
    this.isRunning = true;
    this.schedule();
  }

  /** Emits what there is. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    this.isRunning = false;
    this.timer?.cancel();
    await this.flush();
  }

  /** Spans are counted once they are durable: those of a batch that was refused come again. */
  process(batch: Batch, org: string): Outcome | void {
    if (batch.signal !== "traces") return;
    const tallies = this.tallier.tally(batch);
    return { accepted: () => this.count(org, tallies) };
  }

  private count(org: string, tallies: readonly SeriesTally[]): void {
    const series = this.seriesOf(org);
    const spans = tallies.reduce((sum, { values }) => sum + values.length, 0);
    if (series === undefined) {
      this.uncounted += spans;
      return;
    }
    this.spans += spans;
    const nowMs = this.context.clock.monotonicMs();
    for (const tally of tallies)
      if (!series.add(tally, nowMs)) this.overflowed += tally.values.length;
    // What was under way when it was stopped is told too.
    if (!this.isRunning) void this.flush();
  }

  private seriesOf(org: string): OrganizationSeries | undefined {
    const { organizations } = this;
    const hasRoom = organizations.has(org) || organizations.size < ORGANIZATIONS_MAX;
    return hasRoom ? organizations.of(org) : undefined;
  }

  private nowNs(): bigint {
    return BigInt(Math.trunc(this.context.clock.nowMs())) * NS_PER_MS;
  }

  private schedule(): void {
    this.timer = this.context.clock.setTimeout(() => {
      void this.flush().then(() => {
        if (this.isRunning) this.schedule();
      });
    }, this.given.flushInterval);
  }

  /** One after the other. Never rejects: what is refused is told with the next. */
  private flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.flushAll());
    return this.flushing;
  }

  private async flushAll(): Promise<void> {
    for (const [org, series] of this.organizations.list()) {
      const nowNs = this.nowNs();
      const taken = series.take(nowNs, this.context.clock.monotonicMs());
      if (taken.length > 0) await this.emit(org, series, taken, nowNs);
      if (series.size === 0) this.organizations.delete(org);
    }
  }

  private async emit(
    org: string,
    series: OrganizationSeries,
    taken: readonly SpanSeries[],
    nowNs: bigint,
  ): Promise<void> {
    const { timeWindow, log } = this.context;
    for (let from = 0; from < taken.length; from += SERIES_PER_BATCH) {
      const part = taken.slice(from, from + SERIES_PER_BATCH);
      const builder = new MetricBuilder({ window: timeWindow("metrics") });
      for (const one of part) series.write(builder, one, nowNs);
      const { rows, rejections } = builder;
      if (rejections.count > 0)
        log.warn("Points of spans were left out", { reason: rejections.message });
      try {
        await this.context.emit(builder.finish(rows * POINT_BYTES), org);
        this.emitted += rows;
      } catch (error) {
        this.refused += rows;
        series.putBack(part);
        log.warn("Points of spans were refused, and are told with the next", { error });
      }
    }
  }

  /**
   * Spans that were counted; of these, those in the overflow; those that were not, of too many organizations; points
   * that were emitted, and that were refused; and the series there are.
   */
  statistics(): Readonly<Record<string, number>> {
    let series = 0;
    for (const one of this.organizations.values()) series += one.size;
    return {
      total_spans: this.spans,
      total_overflowed: this.overflowed,
      total_uncounted: this.uncounted,
      total_points: this.emitted,
      total_points_refused: this.refused,
      series,
    };
  }
}
