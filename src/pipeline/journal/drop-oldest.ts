import type { Place, SegmentTable } from "./segments.ts";

export interface DropBounds {
  readonly from: Place;
  /** Bytes that may stay unread. */
  readonly bytesMax: number;
  /** Records written before this are too old; Unix milliseconds. */
  readonly writtenMsMin: number;
}

/**
 * Where a consumer at `from` has to go on so that no more than its bounds lie before it, or
 * undefined when it may stay. Drops happen at the places that are remembered anyway, so a little
 * more than needed may go: up to `markEveryBytes`, or a whole segment written before a restart.
 */
export function dropTarget(table: SegmentTable, bounds: DropBounds): Place | undefined {
  let isSmallEnough = table.bytesAfter(bounds.from) <= bounds.bytesMax;
  if (isSmallEnough && bounds.from.writtenMs >= bounds.writtenMsMin) return undefined;
  let target: Place | undefined;
  for (const place of table.placesAfter(bounds.from.sequence)) {
    if (isSmallEnough && place.writtenMs >= bounds.writtenMsMin) break;
    target = place;
    isSmallEnough = table.bytesAfter(place) <= bounds.bytesMax;
  }
  return target;
}
