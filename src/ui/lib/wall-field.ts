import { parseWall } from "./range-text.ts";
import { momentOf, momentsOf, offsetText, type Zone } from "./zone.ts";

/** What a field for day and time means in a zone. */
export type WallReading =
  | { readonly kind: "none" }
  | { readonly kind: "once"; readonly atMs: number }
  /** The clocks were put back over it: it comes at two moments. */
  | { readonly kind: "twice"; readonly atMs: readonly [number, number] }
  /** The clocks were put forward over it; `atMs` is what is meant all the same. */
  | { readonly kind: "skipped"; readonly atMs: number };

/** Reads `2026-11-20T14:00:05` as the clocks of the zone. */
export function readWallField(text: string, zone: Zone): WallReading {
  const wall = parseWall(text);
  if (wall === undefined) return { kind: "none" };
  const [first, second] = momentsOf(wall, zone);
  if (first === undefined) return { kind: "skipped", atMs: momentOf(wall, zone) };
  return second === undefined
    ? { kind: "once", atMs: first }
    : { kind: "twice", atMs: [first, second] };
}

/** The moment of a reading; of two the one that was chosen. */
export function momentOfReading(
  reading: WallReading,
  which: "first" | "second",
): number | undefined {
  switch (reading.kind) {
    case "none":
      return undefined;
    case "twice":
      return reading.atMs[which === "first" ? 0 : 1];
    default:
      return reading.atMs;
  }
}

/** What a reader should know of the field: its offset, or that the clocks were changed there. */
export function wallNote(reading: WallReading, zone: Zone): string {
  switch (reading.kind) {
    case "none":
      return "A day and a time";
    case "once":
      return offsetText(reading.atMs, zone);
    case "twice":
      return "The clocks were put back: this time came twice";
    case "skipped":
      return `The clocks were put forward over this time; the same moment is ${offsetText(reading.atMs, zone)}`;
  }
}
