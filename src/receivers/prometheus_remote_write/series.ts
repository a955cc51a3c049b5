/** What a remote-write request has, of either version, before it is judged. */
export interface WriteSeries {
  /** Name and value, as they were sent, with `__name__` among them. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly samples: Sample[];
  readonly histograms: NativeHistogram[];
  readonly exemplars: Exemplar[];
  /** Version 2 only. */
  metadata: SeriesMetadata | undefined;
}

/** Times are Unix milliseconds; a start of 0 is not known. */
export interface Sample {
  readonly timeMs: number;
  readonly startMs: number;
  readonly value: number;
  /** A stale marker: the series has ended, and the value says nothing. */
  readonly isStale: boolean;
}

export interface Exemplar {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
  readonly timeMs: number;
}

/** `MetricMetadata.MetricType`, which is the same in both versions. */
export const TYPES = {
  counter: 1,
  gauge: 2,
  histogram: 3,
  gaugeHistogram: 4,
  summary: 5,
} as const;

export interface SeriesMetadata {
  readonly type: number;
  readonly help: string;
  readonly unit: string;
}

/** Metadata of a metric family, which version 1 sends apart from its series. */
export interface FamilyMetadata extends SeriesMetadata {
  readonly family: string;
}

/** A run of buckets: `offset` is the distance from the end of the one before, and absolute in the first. */
export interface BucketSpan {
  readonly offset: number;
  readonly length: number;
}

/** The buckets of one sign, with either differences of counts or, in histograms of floats, counts. */
export interface NativeBuckets {
  readonly spans: BucketSpan[];
  readonly deltas: number[];
  readonly counts: number[];
}

/** A native histogram of Prometheus. */
export interface NativeHistogram {
  timeMs: number;
  startMs: number;
  count: number;
  sum: number;
  isStale: boolean;
  schema: number;
  zeroThreshold: number;
  zeroCount: number;
  readonly negative: NativeBuckets;
  readonly positive: NativeBuckets;
  /** It goes up and down: a snapshot of what is, not of what was since the start. */
  isGauge: boolean;
  /** Upper limits of the buckets of schema -53. */
  readonly customValues: number[];
}
