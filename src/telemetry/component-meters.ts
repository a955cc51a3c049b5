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

/** Whose values are asked for: of several of the same component the newest that is left. */
interface Observer {
  readonly meter: Meter;
  readonly observe: Observe;
}

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
  /** By metric, then by component. */
  private readonly observers = new Map<string, Map<string, Observer[]>>();

  constructor(meter: Meter) {
    this.meter = meter;
  }

  /**
   * The meter of one component. While there are several of the same name, the newest is asked.
   * Declaring a metric otherwise than another component has is a programming error and throws.
   */
  of(component: string): Meter {
    const own = { [COMPONENT]: component };
    const { meter } = this;
    const made: Meter = {
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
      observedCounter: (options, observe) =>
        this.observed("counter", component, options, { meter: made, observe }),
      observedGauge: (options, observe) =>
        this.observed("gauge", component, options, { meter: made, observe }),
      snapshot: () => meter.snapshot(),
    };
    return made;
  }

  /** The component that this meter was made for is gone: nothing more is asked of it. */
  forget(meter: Meter): void {
    for (const components of this.observers.values())
      for (const [component, observers] of components) {
        const left = observers.filter((observer) => observer.meter !== meter);
        if (left.length > 0) components.set(component, left);
        else components.delete(component);
      }
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
    observer: Observer,
  ): void {
    let components = this.observers.get(options.name);
    if (components === undefined) {
      const all = new Map<string, Observer[]>();
      const collect = (): Observation[] =>
        [...all].flatMap(([name, observers]) =>
          observers
            .at(-1)!
            .observe()
            .map((found) => labelled(found, name)),
        );
      if (kind === "counter") this.meter.observedCounter(withComponent(options), collect);
      else this.meter.observedGauge(withComponent(options), collect);
      this.observers.set(options.name, (components = all));
    }
    components.set(component, [...(components.get(component) ?? []), observer]);
  }
}

function withComponent<Options extends MetricOptions>(options: Options): Options {
  return { ...options, labels: [...(options.labels ?? []), COMPONENT] };
}

function labelled({ value, labels }: Observation, component: string): Observation {
  const all: Labels = { ...labels, [COMPONENT]: component };
  return { value, labels: all };
}
