import type { Clock } from "#core/clock.ts";
import type { TimeWindow } from "#core/rejections.ts";
import type { Signal } from "#core/signal.ts";
import type { ComponentMeters } from "#telemetry/component-meters.ts";
import type { Logger } from "#telemetry/log.ts";
import type { ComponentContext } from "../component.ts";
import type { ReadVariable } from "../optional-packages.ts";
import { DEFAULT_PIPELINE } from "./graph-spec.ts";

/** What the process gives to every component. */
export interface Surroundings {
  readonly log: Logger;
  readonly meters: ComponentMeters;
  readonly clock: Clock;
  readonly random: () => number;
  /** Whether people may look at rows as they are before a processor redacts them; not by default. */
  readonly unredactedSamples?: boolean;
  /** The times that rows of a signal may have now. */
  readonly timeWindow: (signal: Signal) => TimeWindow;
  /** The environment, for variables that a vendor's own tools read; left out, there are none. */
  readonly variable?: ReadVariable;
}

/**
 * What one component is given, whatever its kind. Of a processor or destination there is one in each
 * pipeline that names it: those beside the default pipeline have its name in their metrics and logs too.
 */
export function contextOf(
  name: string,
  { log, meters, clock, random, variable = () => undefined }: Surroundings,
  pipeline: string = DEFAULT_PIPELINE,
): ComponentContext {
  const component = pipeline === DEFAULT_PIPELINE ? name : `${name}@${pipeline}`;
  const own = { log: log.child({ component }), meter: meters.of(component) };
  return { name, ...own, clock, random, variable };
}
