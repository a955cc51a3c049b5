/** A label's name and value. */
export type Label = readonly [name: string, value: string];

/** Times are Unix milliseconds; a start of 0 is not known. */
export interface Sample {
  readonly timeMs: number;
  readonly startMs: number;
  readonly value: number;
  /** The series has ended: the value says nothing. */
  readonly isStale: boolean;
}

export interface Exemplar {
  readonly labels: readonly Label[];
  readonly value: number;
  readonly timeMs: number;
}

/** A run of buckets: `offset` is the distance from the end of the one before, and absolute in the first. */
export interface BucketSpan {
  readonly offset: number;
  readonly length: number;
}

/** Buckets of one sign: each count as its difference from the one before. */
export interface NativeBuckets {
  readonly spans: readonly BucketSpan[];
  readonly deltas: readonly bigint[];
}

/** A native histogram. */
export interface NativeHistogram {
  readonly timeMs: number;
  readonly startMs: number;
  readonly count: bigint;
  readonly sum: number;
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: bigint;
  readonly positive: NativeBuckets;
  readonly negative: NativeBuckets;
  /** It goes up and down: a snapshot of what is, not of what was since the start. */
  readonly isGauge: boolean;
  readonly isStale: boolean;
}

/** `MetricMetadata.MetricType`, the same in both versions. */
export const FAMILY_TYPES = {
  unknown: 0,
  counter: 1,
  gauge: 2,
  histogram: 3,
  gaugeHistogram: 4,
  summary: 5,
  info: 6,
} as const;

/** What is said of all series of a metric. */
export interface Family {
  readonly name: string;
  readonly type: number;
  readonly help: string;
  readonly unit: string;
}

/** A series with what is to be written of it, in the order of time. */
export interface WriteSeries {
  /** With `__name__`, by name. */
  readonly labels: readonly Label[];
  readonly family: Family;
  readonly samples: Sample[];
  readonly histograms: NativeHistogram[];
  readonly exemplars: Exemplar[];
}

/** Gathers the series of a request. Samples of the same labels are one series', whatever they came from. */
export class SeriesTable {
  /** Samples that were left out, since there is a later one of the same series and time. */
  duplicates = 0;
  private readonly byLabels = new Map<string, WriteSeries>();

  of(labels: readonly Label[], family: Family): WriteSeries {
    const key = labels
      .map(([name, value]) => `${name.length}:${name}${value.length}:${value}`)
      .join("");
    let series = this.byLabels.get(key);
    if (series === undefined) {
      series = { labels, family, samples: [], histograms: [], exemplars: [] };
      this.byLabels.set(key, series);
    }
    return series;
  }

  /** All series, each with what it has in the order of time, as receivers ask for. */
  finish(): WriteSeries[] {
    return [...this.byLabels.values()].map((series) => ({
      ...series,
      samples: this.ordered(series.samples),
      histograms: this.ordered(series.histograms),
      exemplars: series.exemplars.toSorted((a, b) => a.timeMs - b.timeMs),
    }));
  }

  private ordered<Timed extends { readonly timeMs: number }>(all: readonly Timed[]): Timed[] {
    const isOrdered = all.every(({ timeMs }, at) => at === 0 || timeMs > all[at - 1]!.timeMs);
    if (isOrdered) return [...all];
    const kept = new Map(all.map((one) => [one.timeMs, one]));
    this.duplicates += all.length - kept.size;
    return [...kept.values()].toSorted((a, b) => a.timeMs - b.timeMs);
  }
}
