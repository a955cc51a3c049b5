import type { ByteWriter } from "#core/bytes.ts";
import type { Part } from "#core/native/column-writer.ts";

const DAY_NS = 86_400_000_000_000;
/** A double holds nanoseconds of our time to 256, which matters only just before midnight. */
const ROUNDING_NS = 1_024;

/** Parts of batches by the day (since 1970, UTC) of their rows: a table's partition. */
export type RowsByDay<B> = Map<number, Part<B>[]>;

/** The time of a row in Unix milliseconds, from a column of nanoseconds. */
export function timeMsOf(time: ByteWriter, row: number): number {
  const b = time.bytes;
  return (b.readUInt32LE(row * 8 + 4) * 4_294_967_296 + b.readUInt32LE(row * 8)) / 1e6;
}

/** The UTC day (since 1970) of a row, from a column of nanoseconds: exact. */
export function dayOf(time: ByteWriter, row: number): number {
  const b = time.bytes;
  const ns = uint32(b, row * 8 + 4) * 4_294_967_296 + uint32(b, row * 8);
  const day = Math.floor(ns / DAY_NS);
  if (ns - day * DAY_NS > ROUNDING_NS) return day;
  return Number(b.readBigUInt64LE(row * 8) / BigInt(DAY_NS));
}

function uint32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
  );
}

/** Splits the rows `runs` of each batch by day, so that no block touches two partitions. */
export function rowsByDay<B>(
  batches: readonly B[],
  runsOf: (batch: B) => readonly number[],
  timeOf: (batch: B) => ByteWriter,
): RowsByDay<B> {
  const days: RowsByDay<B> = new Map();
  for (const batch of batches) {
    for (const [day, runs] of runsByDay(runsOf(batch), timeOf(batch))) {
      const parts = days.get(day);
      if (parts === undefined) days.set(day, [{ batch, runs }]);
      else parts.push({ batch, runs });
    }
  }
  return days;
}

function runsByDay(runs: readonly number[], time: ByteWriter): Map<number, number[]> {
  const days = new Map<number, number[]>();
  for (let r = 0; r < runs.length; r += 2) {
    for (let row = runs[r]!; row < runs[r + 1]!;) {
      const day = dayOf(time, row);
      const from = row;
      do row++;
      while (row < runs[r + 1]! && dayOf(time, row) === day);
      const found = days.get(day);
      if (found === undefined) days.set(day, [from, row]);
      else found.push(from, row);
    }
  }
  return days;
}
