import type {
  Counter,
  Gauge,
  Histogram,
  Labels,
  Meter,
  MetricOptions,
  Observation,
} from "./meter.ts";

/** The label that tells the components of a graph apart. */
const COMPONENT = "component";

type Observe = () => readonly Observation[];

/**
 * Meters for components, of which several have the same metrics and come and go while the process
 * runs: each metric is declared once, with the name of the component as one more label.
 *
 * @example
 * const meters = new ComponentMeters(meter);
 * meters.of("syslog/edge").counter({ name: "syslog_messages_total", help: "Messages." }).add(1);
 */
export class ComponentMeters {
  private readonly meter: Meter;
  private readonly declared = new Map<
    string,
    { readonly shape: string; readonly metric: unknown }
  >();
  private readonly observers = new Map<string, Map<string, Observe>>();

  constructor(meter: Meter) {
    this.meter = meter;
  }

  /**
   * The meter of one component. A later one of the same name takes the place of the one before.
   * Declaring a metric otherwise than another component has is a programming error and throws.
   */
  of(component: string): Meter {
    const own = { [COMPONENT]: component };
    const { meter } = this;
    return {
      counter: (options) => {
        const shared = this.shared("counter", options, (full) => meter.counter(full));
        return { add: (amount, labels) => shared.add(amount, { ...labels, ...own }) };
      },
      gauge: (options) => {
        const shared = this.shared("gauge", options, (full) => meter.gauge(full));
        return { set: (value, labels) => shared.set(value, { ...labels, ...own }) };
      },
      histogram: (options) => {
        const shared = this.shared("histogram", options, (full) => meter.histogram(full));
        return { record: (value, labels) => shared.record(value, { ...labels, ...own }) };
      },
      observedCounter: (options, observe) => this.observed("counter", component, options, observe),
      observedGauge: (options, observe) => this.observed("gauge", component, options, observe),
      snapshot: () => meter.snapshot(),
    };
  }

  /** The component is gone: nothing more is asked of it. */
  forget(component: string): void {
    for (const observers of this.observers.values()) observers.delete(component);
  }

  private shared<Options extends MetricOptions, Metric extends Counter | Gauge | Histogram>(
    kind: string,
    options: Options,
    declare: (full: Options) => Metric,
  ): Metric {
    const shape = JSON.stringify([kind, options]);
    const known = this.declared.get(options.name);
    if (known === undefined) {
      const metric = declare(withComponent(options));
      this.declared.set(options.name, { shape, metric });
      return metric;
    }
    if (known.shape !== shape)
      throw new Error(`The metric ${options.name} is declared in two ways`);
    return known.metric as Metric;
  }

  private observed(
    kind: "counter" | "gauge",
    component: string,
    options: MetricOptions,
    observe: Observe,
  ): void {
    let observers = this.observers.get(options.name);
    if (observers === undefined) {
      const all = new Map<string, Observe>();
      const collect = (): Observation[] =>
        [...all].flatMap(([name, one]) => one().map((found) => labelled(found, name)));
      if (kind === "counter") this.meter.observedCounter(withComponent(options), collect);
      else this.meter.observedGauge(withComponent(options), collect);
      this.observers.set(options.name, (observers = all));
    }
    observers.set(component, observe);
  }
}

function withComponent<Options extends MetricOptions>(options: Options): Options {
  return { ...options, labels: [...(options.labels ?? []), COMPONENT] };
}

function labelled({ value, labels }: Observation, component: string): Observation {
  const all: Labels = { ...labels, [COMPONENT]: component };
  return { value, labels: all };
}
