import { Buffer } from "node:buffer";
import { RECORD_COLUMNS } from "./block-columns.ts";
import { BlockReader } from "./block-reader.ts";
import type { ColumnWriter } from "./column-writer.ts";
import type { AnySection } from "./row-readers.ts";

/** What a record says of the traces that it settles; see docs/decisions/011. */
export interface SettledTraces {
  /** Who decided: the sequences are those of its own journal. */
  readonly holder: string;
  readonly org: string;
  /** All spans of these traces in records up to and including this sequence are settled. */
  readonly through: number;
  /** No record up to there was written after this time, Unix milliseconds. */
  readonly seenMs: number;
  /** 16 bytes each. */
  readonly traceIds: Buffer;
  /** How many traces each one stands for: 0 was dropped. */
  readonly weights: Float32Array;
}

/** Appends a block of `settled_traces`; returns its rows. */
export function writeSettledTraces(writer: ColumnWriter, settled: SettledTraces): number {
  const { holder, org, through, seenMs, traceIds, weights } = settled;
  const rows = weights.length;
  const constant = (name: string, value: number): void =>
    writer.column(name, "UInt64", (out) => {
      for (let row = 0; row < rows; row++) out.count(value);
    });
  writer.begin(RECORD_COLUMNS.settled_traces.length, rows);
  writer.constantText("holder", rows, holder);
  writer.constantText("org", rows, org);
  writer.column("trace_id", "FixedString(16)", (out) => out.raw(traceIds, 0, rows * 16));
  constant("through", through);
  constant("seen_ms", seenMs);
  writer.column("weight", "Float32", (out) => {
    for (const weight of weights) out.f32(weight);
  });
  return rows;
}

/** Reads a section of `settled_traces`; undefined where it has none. @throws RangeError where it is not readable. */
export function readSettledTraces({ table, block, rows }: AnySection): SettledTraces | undefined {
  const reader = new BlockReader(table, block, rows, RECORD_COLUMNS.settled_traces.length);
  const holders = reader.dictionary("holder");
  const orgs = reader.dictionary("org");
  const traceIds = reader.ids("trace_id", 16);
  const through = reader.fixed("through", "UInt64");
  const seenMs = reader.fixed("seen_ms", "UInt64");
  const weights = reader.fixed("weight", "Float32");
  reader.end();
  if (rows === 0) return undefined;
  return {
    holder: holders.text(0),
    org: orgs.text(0),
    through: Number(through[0]),
    seenMs: Number(seenMs[0]),
    // Its own bytes: who reads on may give the block's away.
    traceIds: Buffer.from(traceIds.bytes),
    weights,
  };
}
