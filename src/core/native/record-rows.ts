import type { Signal } from "../signal.ts";
import type { BlockTable, RecordTable } from "./block-columns.ts";
import { ExemplarsOfPoints } from "./exemplars-of-points.ts";
import { readHistograms, readPoints } from "./metric-readers.ts";
import { unpackRecord } from "./payload.ts";
import { RecordReferences } from "./record-references.ts";
import {
  type AnySection,
  type BlockRows,
  readLogs,
  readSpans,
  type RecordRow,
} from "./row-readers.ts";

/** The rows of a journal record, each made when it is asked for. */
export interface RecordRows extends Iterable<RecordRow> {
  readonly length: number;
}

/** Tables that only records of one signal have. */
const SIGNALS_OF_TABLES: Partial<Record<BlockTable | RecordTable, Signal>> = {
  spans: "traces",
  logs: "logs",
  points: "metrics",
  histograms: "metrics",
  exemplars: "metrics",
  exemplar_points: "metrics",
};

/**
 * The rows of a journal record in the order in which they stand in it, points before histograms, each
 * with what it came from, and a point with its exemplars (those of one day after those of another). All is checked before this returns: what it
 * returns can be gone through without an error, also again, for as long as the payload stays as it is.
 *
 * Throws a RangeError that says where the payload is not readable, or what the record lacks of what
 * its rows refer to. Only a group that was encoded as `selfContained` lacks nothing for sure.
 */
export function rowsOfRecord(
  signal: Signal,
  payload: Uint8Array | readonly Uint8Array[],
): RecordRows {
  const sections = unpackRecord(payload instanceof Uint8Array ? [payload] : payload);
  for (const { table } of sections)
    if ((SIGNALS_OF_TABLES[table] ?? signal) !== signal)
      throw new RangeError(`a record of ${signal} has a section of ${table}`);
  const references = new RecordReferences(sections);
  const blocks =
    signal === "metrics" ? pointsOf(sections, references) : rowsOf(sections, references);
  return {
    length: blocks.reduce((sum, { length }) => sum + length, 0),
    *[Symbol.iterator]() {
      for (const block of blocks) for (let row = 0; row < block.length; row++) yield block.at(row);
    },
  };
}

function rowsOf(sections: readonly AnySection[], references: RecordReferences): BlockRows[] {
  return sections.flatMap((section) => {
    if (section.table === "spans") return [readSpans(section, references)];
    return section.table === "logs" ? [readLogs(section, references)] : [];
  });
}

function pointsOf(sections: readonly AnySection[], references: RecordReferences): BlockRows[] {
  const blocks = [
    ...sections.filter(({ table }) => table === "points").map((s) => readPoints(s, references)),
    ...sections
      .filter(({ table }) => table === "histograms")
      .map((s) => readHistograms(s, references)),
  ];
  const exemplars = new ExemplarsOfPoints(
    sections,
    references,
    blocks.flatMap(({ series }) => series),
  );
  let points = 0;
  return blocks.map((block) => {
    const first = points;
    const { length } = block.series;
    points += length;
    return { length, at: (row) => block.at(row, exemplars.of(first + row)) };
  });
}
