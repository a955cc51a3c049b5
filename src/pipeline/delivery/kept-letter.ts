import type { DeadLetter, LetterQuery } from "./dead-letters.ts";

/** Rows of one table that the store will not take, kept together as the block that they were inserted as. */
export interface BlockLetter extends Omit<DeadLetter, "row"> {
  readonly block: {
    readonly table: string;
    readonly rows: number;
    readonly bytes: number;
    /** Where it lies: a block in ClickHouse's format `Native`. */
    readonly file: string;
  };
}

/** What a destination will not take: a row, or a block of them. */
export type KeptLetter = DeadLetter | BlockLetter;

export interface KeptPage {
  readonly letters: readonly KeptLetter[];
  /** Where the next page starts; undefined after the last. */
  readonly after: string | undefined;
}

/** The dead letters of one destination, whatever they are made of. */
export interface KeptLetters {
  /** From the oldest to the newest. */
  list(page: LetterQuery): Promise<KeptPage>;
  get(id: string, org: string): Promise<KeptLetter | undefined>;
  /** Deletes letters, durably; returns how many there were of those named. */
  remove(ids: readonly string[]): Promise<number>;
  /** How many an organization has. */
  count(org: string): number;
}
