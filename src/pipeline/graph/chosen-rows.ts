import type { Destination } from "../component.ts";
import { type Delivery, PartialDeliveryError, type Row } from "../delivery/delivery.ts";

/** A destination that is given only the rows that are wanted there. What is left out counts as delivered. */
export function rowsOnly(destination: Destination, isWanted: (row: Row) => boolean): Destination {
  return {
    bounds: destination.bounds,
    statistics: () => destination.statistics?.() ?? {},
    health: () => destination.health?.() ?? {},
    start: async () => destination.start?.(),
    stop: async () => destination.stop?.(),
    async send(delivery, cancel) {
      const places: number[] = [];
      for (const [place, row] of delivery.rows.entries()) if (isWanted(row)) places.push(place);
      if (places.length === delivery.rows.length) return destination.send(delivery, cancel);
      if (places.length === 0) return;
      try {
        await destination.send(pick(delivery, places), cancel);
      } catch (error) {
        throw error instanceof PartialDeliveryError ? placedBack(error, places) : error;
      }
    },
  };
}

function pick(delivery: Delivery, places: readonly number[]): Delivery {
  return {
    ...delivery,
    rows: places.map((place) => delivery.rows[place]!),
    rowKey: (index) => delivery.rowKey(places[index]!),
  };
}

function placedBack(error: PartialDeliveryError, places: readonly number[]): PartialDeliveryError {
  const again = error.again.map((index) => places[index]!);
  const refused = error.refused.map(({ index, reason }) => ({ index: places[index]!, reason }));
  return new PartialDeliveryError(error.message, { again, refused }, { cause: error });
}
