import type { ByteWriter } from "#core/bytes.ts";
import type { Part } from "#core/native/column-writer.ts";

const DAY_MS = 86_400_000;

/** Parts of batches by the day (since 1970, UTC) of their rows: a table's partition. */
export type RowsByDay<B> = Map<number, Part<B>[]>;

/** The time of a row in Unix milliseconds, from a column of nanoseconds. */
export function timeMsOf(time: ByteWriter, row: number): number {
  const b = time.bytes;
  return (b.readUInt32LE(row * 8 + 4) * 4_294_967_296 + b.readUInt32LE(row * 8)) / 1e6;
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
      const day = Math.floor(timeMsOf(time, row) / DAY_MS);
      const from = row;
      do row++;
      while (row < runs[r + 1]! && Math.floor(timeMsOf(time, row) / DAY_MS) === day);
      const found = days.get(day);
      if (found === undefined) days.set(day, [from, row]);
      else found.push(from, row);
    }
  }
  return days;
}
