import { textOfInput, typeOfInput } from "#core/build/attribute-input.ts";
import type { Clock } from "#core/clock.ts";
import { editAttributes } from "#core/edit/edit-attributes.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import { AttributeKey } from "#core/row-access.ts";
import type { Destination, Push } from "#pipeline/component.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import type { PipelineEvent } from "./event-component.ts";

/** A component, as events name it that came from it or went to it. */
export interface Origin {
  readonly name: string;
  /** Its word in seed 003, or its type in a graph. */
  readonly type: string;
}

export const SOURCE_FIELD = "_source";
export const DESTINATION_FIELD = "_destination";

const SOURCE_KEY = new AttributeKey(SOURCE_FIELD);

/** What `_source` and `_destination` hold. */
export function markOf({ name, type }: Origin, clock: Clock) {
  return { name, type, timestamp: new Date(clock.nowMs()).toISOString() };
}

/** The event with the mark of its source, unless it has one. */
export function eventFrom(event: PipelineEvent, origin: Origin, clock: Clock): PipelineEvent {
  if (Object.hasOwn(event, SOURCE_FIELD)) return event;
  return { ...event, [SOURCE_FIELD]: markOf(origin, clock) };
}

/** A push before which events that have no `_source` get one. */
export function sourceMarked(push: Push, origin: Origin, clock: Clock): Push {
  return (batch, org) => {
    if (batch.signal === "logs") {
      const mark = markOf(origin, clock);
      const text = textOfInput(mark, ROW_LIMITS.attributeValueBytesMax);
      editAttributes(batch, batch.selection, (attributes) => {
        if (attributes.indexOf(SOURCE_KEY) < 0) attributes.set(SOURCE_KEY, text, typeOfInput(mark));
      });
    }
    return push(batch, org);
  };
}

/** A destination whose events say that they went to it. */
export function destinationMarked(
  destination: Destination,
  origin: Origin,
  clock: Clock,
): Destination {
  return {
    bounds: destination.bounds,
    statistics: () => destination.statistics?.() ?? {},
    health: () => destination.health?.() ?? {},
    start: async () => destination.start?.(),
    stop: async () => destination.stop?.(),
    send(delivery, cancel) {
      const mark = markOf(origin, clock);
      const value = textOfInput(mark, ROW_LIMITS.attributeValueBytesMax);
      const attribute = { key: DESTINATION_FIELD, value, type: typeOfInput(mark) };
      const marked = (row: Row): Row => {
        if (row.kind !== "log") return row;
        const others = row.row.attributes.filter(({ key }) => key !== DESTINATION_FIELD);
        return { kind: "log", row: { ...row.row, attributes: [...others, attribute] } };
      };
      return destination.send({ ...delivery, rows: delivery.rows.map(marked) }, cancel);
    },
  };
}
