import type { ComponentTap } from "./component-tap.ts";
import type { RowSamples } from "./row-samples.ts";

/** A component of a running pipeline, as far as its rows may be looked at. */
export interface LiveComponent {
  readonly kind: "receiver" | "processor" | "destination";
  /** Its name in the graph, such as `webhook/slack`. */
  readonly name: string;
  readonly samples: RowSamples;
  /** Names of the processors that hide its rows before, and after it: none where they are shown. */
  readonly hiddenBy: HiddenBy;
}

export interface HiddenBy {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export const NOTHING_HIDDEN: HiddenBy = { before: [], after: [] };

/** The type of the processor whose work nobody must see undone. */
const REDACT = "redact";

interface Named {
  readonly name: string;
  readonly type: string;
}

/**
 * What hides the rows of a processor: those that it is given have not been through it yet.
 *
 * @param processors of the pipeline, in their order.
 * @param place of the processor; -1 for what the pipeline is given.
 */
export function hiddenAt(processors: readonly Named[], place: number): HiddenBy {
  const from = (first: number): string[] =>
    processors.flatMap(({ name, type }, at) => (at >= first && type === REDACT ? [name] : []));
  return { before: from(place), after: from(place + 1) };
}

/** Has a component keep no rows that are hidden. */
export function conceal(tap: ComponentTap, { before, after }: HiddenBy): void {
  tap.show({ before: before.length === 0, after: after.length === 0 });
}
