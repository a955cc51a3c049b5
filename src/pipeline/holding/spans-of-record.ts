import { RecordReferences } from "#core/native/record-references.ts";
import { unpackRecord } from "#core/native/payload.ts";
import { readSpanColumns, type SpanColumns } from "#core/native/span-columns.ts";
import type { JournalRecord } from "../journal/journal.ts";

/** The spans of a record, in the blocks that they stand in. @throws RangeError where it is not readable. */
export function spansOfRecord(record: JournalRecord): SpanColumns[] {
  const sections = unpackRecord(record.parts);
  const references = new RecordReferences(sections);
  return sections
    .filter(({ table, rows }) => table === "spans" && rows > 0)
    .map((section) => readSpanColumns(section, references));
}

/** Names traces of all organizations, each in one short text. */
export class TraceKeys {
  private readonly numbers = new Map<string, number>();

  /** What the keys of an organization begin with. */
  prefix(org: string): string {
    let number = this.numbers.get(org);
    if (number === undefined) this.numbers.set(org, (number = this.numbers.size));
    return `${number}/`;
  }

  /** The 16 bytes of the id. */
  traceId(key: string): Buffer {
    return Buffer.from(key.slice(key.indexOf("/") + 1), "latin1");
  }
}

/** The key of the trace that a row of a block, or of any list of 16-byte ids, belongs to. */
export function keyAt(prefix: string, ids: Buffer, row: number): string {
  return prefix + ids.toString("latin1", row * 16, row * 16 + 16);
}
