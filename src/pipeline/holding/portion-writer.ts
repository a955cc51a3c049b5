import { batchPools, releaseBatch } from "#core/batch.ts";
import { rewriteStrings } from "#core/edit/rewrite-text.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import { type KnownOrigins, SpanCopier } from "#core/native/span-copier.ts";
import { writeSettledTraces } from "#core/native/settled-traces.ts";
import { traceStateOfWeight } from "#core/sampling-weight.ts";
import type { SpanColumns } from "#core/native/span-columns.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import type { GroupCommit } from "../group-commit.ts";
import type { RecordNote } from "../group-encoder.ts";
import type { JournalConsumer, JournalRecord } from "../journal/journal.ts";
import type { Portion } from "./portions.ts";
import { keyAt, spansOfRecord, type TraceKeys } from "./spans-of-record.ts";

/** Records that are read over when others before and after them are wanted: less than another look for a place. */
const GAP_MAX = 16;

export interface PortionWriterOptions {
  /** Stands in what is written: whose traces these are. */
  readonly holder: string;
  readonly input: Pick<JournalConsumer, "read">;
  readonly output: Pick<GroupCommit, "pushRecord">;
  /** The consumer of the output that keeps what tells what is settled, and that goes on by what is written. */
  readonly settled: string;
  readonly keys: TraceKeys;
  readonly origins: KnownOrigins;
}

/** What was written of a portion. */
export interface WrittenPortion {
  /** Of the record of the output. */
  readonly sequence: number;
  /** Spans that could not be read back: the disk has lost them. */
  readonly lost: number;
}

/** What is wanted of a record: by the keys of traces, how many each stands for, and the spans that must be there. */
interface Wanted {
  readonly weights: Map<string, number>;
  spans: number;
}

/** Reads the spans of a portion back and writes them, with what that settles, as one record of the output. */
export class PortionWriter {
  private readonly options: PortionWriterOptions;

  constructor(options: PortionWriterOptions) {
    this.options = options;
  }

  /** Rejects as an append does: nothing of the portion was written then. */
  async write(portion: Portion, seenMs: number): Promise<WrittenPortion> {
    const { holder, output, keys } = this.options;
    const wanted = wantedOf(portion);
    const batch = batchPools.traces.take();
    let lost = 0;
    try {
      lost = await this.readBack(wanted, batch);
      tellWeights(batch);
    } catch (error) {
      releaseBatch(batch);
      throw error;
    }
    const settled = {
      holder,
      org: portion.org,
      through: portion.through,
      seenMs,
      traceIds: Buffer.concat(portion.traces.map(({ key }) => keys.traceId(key))),
      weights: Float32Array.from(portion.traces, ({ weight }) => weight),
    };
    const note: RecordNote = {
      table: "settled_traces",
      write: (writer) => writeSettledTraces(writer, settled),
    };
    const sequence = await output.pushRecord(batch, portion.org, note, this.options.settled);
    return { sequence, lost };
  }

  /** Copies what is wanted into the batch; returns how many spans were not there. */
  private async readBack(wanted: ReadonlyMap<number, Wanted>, into: SpanBatch): Promise<number> {
    let expected = 0;
    for (const { spans } of wanted.values()) expected += spans;
    for (const [from, to] of runsOf([...wanted.keys()])) {
      for await (const record of this.options.input.read(from, to)) {
        const ofRecord = wanted.get(record.sequence);
        if (ofRecord !== undefined) this.copy(record, ofRecord.weights, into);
      }
    }
    return expected - into.rows;
  }

  private copy(record: JournalRecord, weights: ReadonlyMap<string, number>, into: SpanBatch): void {
    const { keys, origins } = this.options;
    for (const columns of spansOrNone(record)) {
      const prefix = keys.prefix(columns.orgs.text(0));
      const copier = new SpanCopier(columns, into, origins);
      for (let row = 0; row < columns.rows; row++) {
        const weight = weights.get(keyAt(prefix, columns.traceIds.bytes, row));
        if (weight !== undefined) copier.copy(row, weight);
      }
      copier.end();
    }
  }
}

/** What was readable when it came is lost if it is not any more. */
function spansOrNone(record: JournalRecord): SpanColumns[] {
  try {
    return spansOfRecord(record);
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** By the sequences of the input, in their order. */
function wantedOf({ traces }: Portion): Map<number, Wanted> {
  const found = new Map<number, Wanted>();
  for (const { key, weight, records } of traces) {
    if (weight === 0) continue;
    for (let i = 0; i < records.length; i += 2) {
      let wanted = found.get(records[i]!);
      if (wanted === undefined) found.set(records[i]!, (wanted = { weights: new Map(), spans: 0 }));
      wanted.weights.set(key, weight);
      wanted.spans += records[i + 1]!;
    }
  }
  return new Map([...found].toSorted(([a], [b]) => a - b));
}

/** Ranges that are read in one go: first and last of each. */
function runsOf(sequences: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const sequence of sequences) {
    const last = runs.at(-1);
    if (last !== undefined && sequence - last[1] <= GAP_MAX) last[1] = sequence;
    else runs.push([sequence, sequence]);
  }
  return runs;
}

/** Where a tracestate tells a threshold, it tells that of the weight which the span has now. */
function tellWeights({ traceState, selection, weight, rows }: SpanBatch): void {
  // A length of 0 for each row: none has a tracestate.
  if (traceState.data.length === rows) return;
  rewriteStrings(
    traceState,
    selection,
    (bytes, from, to, row) => {
      const text = bytes.toString("utf8", from, to);
      if (!text.includes("ot=")) return undefined;
      const told = traceStateOfWeight(text, weight.bytes.readFloatLE(row * 4));
      return told === text ? undefined : told;
    },
    ROW_LIMITS.traceStateBytesMax,
  );
}
