import { systemClock } from "#core/clock.ts";
import type { Processor, ProcessorContext, ReceiverContext } from "#pipeline/component.ts";
import { exampleSettings } from "#pipeline/conformance/settings-schema.ts";
import type { Registered } from "#pipeline/graph/registry.ts";
import { createLogger } from "#telemetry/log.ts";
import { createMeter, type MetricSnapshot } from "#telemetry/meter.ts";

/** What a component tells of itself beside what every one does. */
export interface ComponentFigures {
  /** Names of its counts in `GET /api/v1/pipelines`. */
  readonly statistics: readonly string[];
  readonly metrics: readonly Pick<MetricSnapshot, "name" | "kind" | "help">[];
}

type AnyContext = ReceiverContext & ProcessorContext;

/**
 * Makes the component with the examples of its settings, starts nothing, and asks it. What only shows with
 * other settings, or once it runs, is not among them.
 *
 * @throws RangeError when its examples are not settings.
 */
export function figuresOf(
  component: Registered<AnyContext, Pick<Processor, "stop" | "statistics">>,
): ComponentFigures {
  const parsed = component.parse(exampleSettings(component.settings));
  if (!parsed.success) {
    const wrong = parsed.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new RangeError(`the examples of ${component.type} are no settings: ${wrong.join("; ")}`);
  }
  const meter = createMeter();
  const made = parsed.create({
    name: component.type,
    log: createLogger({ level: "error", clock: systemClock, sink: () => {} }),
    meter,
    clock: systemClock,
    random: Math.random,
    timeWindow: () => ({ oldestMs: 0, newestMs: 0 }),
    push: () => Promise.resolve(),
    emit: () => Promise.resolve(),
    stateFolder: "",
  });
  const metrics = meter.snapshot().map(({ name, kind, help }) => ({ name, kind, help }));
  return { statistics: Object.keys(made.statistics?.() ?? {}), metrics };
}
