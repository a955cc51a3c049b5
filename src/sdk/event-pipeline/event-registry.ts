import { z } from "zod";
import type { Clock } from "#core/clock.ts";
import type { ComponentRegistry, KnownComponents, Registered } from "#pipeline/graph/registry.ts";
import {
  type CustomDestination,
  customDestination,
  type CustomProcessor,
  customProcessor,
  customReceiver,
  type CustomSource,
} from "./custom-components.ts";
import type { EventComponentKind } from "./event-component.ts";
import { destinationMarked, type Origin, sourceMarked } from "./origin-marks.ts";

/** The type in the graph of what a program brings itself. */
export const CUSTOM = "custom";

export type Custom = CustomSource | CustomProcessor | CustomDestination;

/** What is known of the components of a pipeline in code, by their names in its graph. */
export interface EventParts {
  readonly clock: Clock;
  originOf(kind: EventComponentKind, name: string): Origin;
  customOf(kind: EventComponentKind, name: string): Custom;
  /** A source of the program said that something went wrong, or an event of its could not be taken. */
  onSourceError(name: string, error: unknown): void;
}

/** The components that there are and those that the program brings, of which events tell where they came from and went. */
export function eventRegistry(known: ComponentRegistry, parts: EventParts): ComponentRegistry {
  const { clock } = parts;
  return {
    receivers: withCustom(
      changed(known.receivers, (create, context) => {
        const origin = parts.originOf("source", context.name);
        const push = sourceMarked(context.push, origin, clock);
        return create({ ...context, name: origin.name, push });
      }),
      (context) => {
        const { name } = context;
        const push = sourceMarked(context.push, parts.originOf("source", name), clock);
        const source = parts.customOf("source", name) as CustomSource;
        const onError = (error: unknown): void => parts.onSourceError(name, error);
        return customReceiver(source, { ...context, push }, onError);
      },
    ),
    processors: withCustom(known.processors, ({ name }) =>
      customProcessor(parts.customOf("processor", name) as CustomProcessor),
    ),
    destinations: changed(
      withCustom(known.destinations, ({ name }) =>
        customDestination(parts.customOf("destination", name) as CustomDestination),
      ),
      (create, context) => {
        const origin = parts.originOf("destination", context.name);
        return destinationMarked(create(context), origin, clock);
      },
    ),
  };
}

/** The same components, made in another way. */
function changed<Context, Component>(
  known: KnownComponents<Context, Component>,
  make: (create: (context: Context) => Component, context: Context) => Component,
): KnownComponents<Context, Component> {
  return {
    types: known.types,
    get(type) {
      const registered = known.get(type);
      if (registered === undefined) return undefined;
      return {
        ...registered,
        parse(settings) {
          const parsed = registered.parse(settings);
          if (!parsed.success) return parsed;
          return { ...parsed, create: (context) => make(parsed.create, context) };
        },
      };
    },
  };
}

function withCustom<Context, Component>(
  known: KnownComponents<Context, Component>,
  create: (context: Context) => Component,
): KnownComponents<Context, Component> {
  const custom: Registered<Context, Component> = {
    type: CUSTOM,
    summary: "A component of the program.",
    signals: { logs: "stable" },
    settings: z.strictObject({}),
    onError: "pass",
    parse: () => ({ success: true, create, claims: [] }),
  };
  return {
    types: known.types,
    get: (type) => (type === CUSTOM ? custom : known.get(type)),
  };
}
