import { TELEMETRY_LIMITS } from "#core/limits.ts";

/** Label values by label name. All labels that a metric declares are given, and no others. */
export type Labels = Readonly<Record<string, string>>;

/** One value of a metric whose values are asked for when they are needed. */
export interface Observation {
  readonly value: number;
  readonly labels?: Labels;
}

export interface MetricOptions {
  /** `<name>_<unit>`, and `_total` for counters; rendered with `sightglass_` before it. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  /** UCUM unit for OTLP: `s`, `By`, `{row}`. */
  readonly unit?: string;
  readonly labels?: readonly string[];
  /** Of values that are asked for: how many are taken; `TELEMETRY_LIMITS.seriesPerMetricMax` when left out. */
  readonly seriesMax?: number;
}

export interface Counter {
  /** Adds `amount`, which is never negative. */
  add(amount: number, labels?: Labels): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  record(value: number, labels?: Labels): void;
}

export type MetricKind = "counter" | "gauge" | "histogram";

/** A point of a counter or gauge. */
export interface NumberPoint {
  readonly labels: Labels;
  readonly value: number;
}

/** A point of a histogram: `counts` has one entry more than `bounds`, and is not cumulative. */
export interface HistogramPoint {
  readonly labels: Labels;
  readonly count: number;
  readonly sum: number;
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/** The state of one metric at one moment. */
export type MetricSnapshot = {
  readonly name: string;
  readonly help: string;
  readonly unit: string;
} & (
  | { readonly kind: "counter" | "gauge"; readonly points: readonly NumberPoint[] }
  | { readonly kind: "histogram"; readonly points: readonly HistogramPoint[] }
);

/** Seconds, for durations from a fraction of a millisecond to a minute. */
const DURATION_SECONDS_BOUNDS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/**
 * The registry of Sightglass's own metrics. Declaring a name twice is a programming error and throws.
 *
 * @example
 * const requests = meter.counter({ name: "receiver_requests_total", help: "Requests.", labels: ["status"] });
 * requests.add(1, { status: "200" });
 */
export interface Meter {
  counter(options: MetricOptions): Counter;
  gauge(options: MetricOptions): Gauge;
  histogram(options: MetricOptions & { readonly bounds?: readonly number[] }): Histogram;
  /** A counter whose cumulative values live elsewhere; `observe` is asked at each collection. */
  observedCounter(options: MetricOptions, observe: () => readonly Observation[]): void;
  /** A gauge whose values live elsewhere; `observe` is asked at each collection. */
  observedGauge(options: MetricOptions, observe: () => readonly Observation[]): void;
  /** Every metric in the order of declaration. A metric whose `observe` throws has no points. */
  snapshot(): MetricSnapshot[];
}

const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

export function createMeter(): Meter {
  const collectors = new Map<string, () => MetricSnapshot>();

  const declare = (
    kind: MetricKind,
    options: MetricOptions,
  ): { name: string; help: string; unit: string } => {
    assertDeclaration(kind, options);
    const name = `sightglass_${options.name}`;
    if (collectors.has(name)) throw new Error(`The metric ${name} is declared twice`);
    return { name, help: options.help, unit: options.unit ?? "" };
  };

  const numbers = (
    kind: "counter" | "gauge",
    options: MetricOptions,
  ): SeriesTable<{ value: number }> => {
    const head = declare(kind, options);
    const table = new SeriesTable(options.labels ?? [], () => ({ value: 0 }));
    collectors.set(head.name, () => ({
      ...head,
      kind,
      points: table.entries().map(({ labels, state }) => ({ labels, value: state.value })),
    }));
    return table;
  };

  const observed = (
    kind: "counter" | "gauge",
    options: MetricOptions,
    observe: () => readonly Observation[],
  ): void => {
    const head = declare(kind, options);
    collectors.set(head.name, () => ({
      ...head,
      kind,
      points: observedPoints(options, observe),
    }));
  };

  return {
    counter(options) {
      const table = numbers("counter", options);
      return {
        add(amount, labels) {
          if (!(amount >= 0)) return;
          table.series(labels).value += amount;
        },
      };
    },
    gauge(options) {
      const table = numbers("gauge", options);
      return {
        set(value, labels) {
          table.series(labels).value = value;
        },
      };
    },
    histogram(options) {
      const head = declare("histogram", options);
      const bounds = options.bounds ?? DURATION_SECONDS_BOUNDS;
      const table = new SeriesTable(options.labels ?? [], () => ({
        sum: 0,
        counts: Array.from<number>({ length: bounds.length + 1 }).fill(0),
      }));
      collectors.set(head.name, () => ({
        ...head,
        kind: "histogram",
        points: table.entries().map(({ labels, state }) => ({
          labels,
          count: state.counts.reduce((all, count) => all + count, 0),
          sum: state.sum,
          bounds,
          counts: [...state.counts],
        })),
      }));
      return {
        record(value, labels) {
          if (Number.isNaN(value)) return;
          const state = table.series(labels);
          state.sum += value;
          let bucket = 0;
          while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
          state.counts[bucket]!++;
        },
      };
    },
    observedCounter: (options, observe) => observed("counter", options, observe),
    observedGauge: (options, observe) => observed("gauge", options, observe),
    snapshot: () => [...collectors.values()].map((collect) => collect()),
  };
}

function assertDeclaration(kind: MetricKind, { name, labels, help }: MetricOptions): void {
  if (!NAME.test(name)) throw new Error(`The metric name ${name} is not in lower snake case`);
  if (name.endsWith("_total") !== (kind === "counter"))
    throw new Error(`The metric name ${name} must end in _total if, and only if, it is a counter`);
  if (help === "") throw new Error(`The metric ${name} has no help text`);
  for (const label of labels ?? [])
    if (!NAME.test(label) || label === "le")
      throw new Error(`The label ${label} of ${name} is not allowed`);
}

function observedPoints(
  { labels: labelNames = [], seriesMax = TELEMETRY_LIMITS.seriesPerMetricMax }: MetricOptions,
  observe: () => readonly Observation[],
): NumberPoint[] {
  let observations: readonly Observation[];
  try {
    observations = observe();
  } catch {
    return [];
  }
  return observations
    .slice(0, seriesMax)
    .filter(({ value }) => !Number.isNaN(value))
    .map(({ value, labels }) => ({ value, labels: orderedLabels(labelNames, labels) }));
}

function orderedLabels(
  names: readonly string[],
  labels: Labels | undefined,
): Record<string, string> {
  const ordered: Record<string, string> = {};
  for (const name of names)
    ordered[name] = (labels?.[name] ?? "").slice(0, TELEMETRY_LIMITS.labelValueCharactersMax);
  return ordered;
}

/** The states of one metric by label set, at most {@link TELEMETRY_LIMITS.seriesPerMetricMax} of them. */
class SeriesTable<State> {
  private readonly states = new Map<string, { labels: Labels; state: State }>();
  private readonly names: readonly string[];
  private readonly create: () => State;

  constructor(names: readonly string[], create: () => State) {
    this.names = names;
    this.create = create;
    // A metric without labels has its one series from the start, so that a zero is seen as a zero.
    if (names.length === 0) this.series(undefined);
  }

  series(labels: Labels | undefined): State {
    let key = "";
    for (const name of this.names) key += `${labels?.[name] ?? ""}\u0000`;
    const known = this.states.get(key);
    if (known !== undefined) return known.state;
    if (this.states.size >= TELEMETRY_LIMITS.seriesPerMetricMax - 1) return this.other();
    return this.add(key, orderedLabels(this.names, labels));
  }

  entries(): { labels: Labels; state: State }[] {
    return [...this.states.values()];
  }

  private other(): State {
    const key = "\u0001other";
    const known = this.states.get(key);
    if (known !== undefined) return known.state;
    return this.add(key, Object.fromEntries(this.names.map((name) => [name, "other"])));
  }

  private add(key: string, labels: Labels): State {
    const state = this.create();
    this.states.set(key, { labels, state });
    return state;
  }
}
