import { z } from "zod";

// What the process that is killed while it delivers and the one that kills it know of each other.

/** What `delivery-main.ts` is told. */
export const lifeSchema = z.strictObject({
  /** Where all of its lives keep what they have. */
  folder: z.string(),
  /** Of this life; it stands in the ids of its rows. */
  number: z.int(),
  signal: z.enum(["logs", "traces"]),
  /** Whether it takes rows until it is killed, or only delivers what is left, and ends. */
  takesRows: z.boolean(),
  processors: z.record(z.string(), z.unknown()),
  destinations: z.record(z.string(), z.unknown()),
});
export type Life = z.infer<typeof lifeSchema>;

/** Its first line: all that earlier lives left is delivered. Milliseconds from the start of the process. */
export const recoveredSchema = z.strictObject({ recoveredMs: z.number() });

/** The last line of a life that takes no rows: what became of all rows ever. */
export const countsSchema = z.strictObject({
  accepted: z.number(),
  stored: z.number(),
  dropped: z.number(),
  deadLetters: z.number(),
});
export type Counts = z.infer<typeof countsSchema>;

/** What a poison row's id ends with: in the sixth batch already, as the shortest life is to bring one too. */
export const POISON_ENDING = "-5-5";
const DROPPED_EVERY = 3;

export function rowId(life: number, batch: number, row: number | string): string {
  return `r${life}-${batch}-${row}`;
}

/** Rows that a far side refuses, where it refuses any. */
export function isPoison(id: string): boolean {
  return id.endsWith(POISON_ENDING);
}

/** Whether the trace of this number is one that `tail_sample` is to keep. */
export function isKeptTrace(batch: number): boolean {
  return batch % DROPPED_EVERY !== DROPPED_EVERY - 1;
}

/** Whether the row, of which the batch is the trace, is to be kept. */
export function isKept(id: string): boolean {
  return isKeptTrace(Number(id.split("-")[1]));
}
