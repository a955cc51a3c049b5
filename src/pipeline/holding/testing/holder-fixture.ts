import { PAYLOAD_VERSION } from "#core/native/payload.ts";
import { rowsOfRecord } from "#core/native/record-rows.ts";
import type { SpanRow } from "#core/row-views.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { GroupCommit } from "../../group-commit.ts";
import {
  type Journal,
  type JournalConsumer,
  type JournalConsumerOptions,
  openJournal,
} from "../../journal/journal.ts";
import { SimulatedDisk } from "../../journal/simulated-disk.ts";
import { type SpanFields, spans } from "../../testing/batches.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import type { HoldingBounds, TraceJudge, TraceToJudge } from "../trace-judge.ts";
import { type HolderEvent, TraceHolder } from "../trace-holder.ts";

// What the tests of holding share: two journals on a simulated disk, and a holder between them.

/** A span of the trace `trace`; what is not given is the fixture's. */
export interface SpanOf extends Partial<SpanFields> {
  readonly trace: number;
  readonly service?: string;
}

let lastSpanId = 0;

/** The id of a trace of {@link spansOf}. */
export function traceId(trace: number): string {
  return trace.toString(16).padStart(32, "0");
}

/** A batch of spans of any traces, of one service. Their names are theirs alone. */
export function spansOf(...list: readonly SpanOf[]): SpanBatch {
  const batch = spans(
    list[0]?.service ?? "shop",
    ...list.map((span) => {
      lastSpanId += 1;
      const spanId = lastSpanId.toString(16);
      return { ...span, spanId, name: span.name ?? `span ${spanId}` };
    }),
  );
  for (const [row, { trace }] of list.entries())
    batch.traceId.bytes.write(traceId(trace), row * 16, "hex");
  return batch;
}

export const BOUNDS: HoldingBounds = {
  waitMs: 5_000,
  rootWaitMs: undefined,
  tracesMax: 1_000,
  spansPerTraceMax: 1_000,
  decisionsMax: 1_000,
};

type Decide = (traces: readonly TraceToJudge<{ spans: number }>[]) => readonly number[];

/** Keeps the traces of even numbers, each for two. */
export const evenTraces: Decide = (traces) =>
  traces.map((trace) => (trace.traceId[15]! % 2 === 0 ? 2 : 0));

export function judging(
  decide: Decide = evenTraces,
  bounds: Partial<HoldingBounds> = {},
): TraceJudge<{ spans: number }> {
  return {
    bounds: { ...BOUNDS, ...bounds },
    begin: () => ({ spans: 0 }),
    bind() {},
    add(facts) {
      facts.spans += 1;
    },
    decide,
  };
}

export interface Life<Facts> {
  readonly input: Journal;
  readonly output: Journal;
  readonly holder: TraceHolder<Facts>;
  readonly events: HolderEvent[];
  /** What the destinations read. */
  readonly store: JournalConsumer;
  readonly outputCommit: GroupCommit;
  /** Resolves once the batch is durable in the input; moves the clock. */
  accept(batch: SpanBatch, org?: string): Promise<void>;
}

const NAME = "tail_sample";

/** Opens both journals and makes a holder, which is not started. */
export async function openLife<Facts>(
  judge: TraceJudge<Facts>,
  {
    disk = new SimulatedDisk(),
    clock = new FakeClock(),
    bytesMax = 1 << 28,
    settledBytesMax = 1 << 30,
  } = {},
): Promise<Life<Facts>> {
  let nonce = 0;
  const consumer = (name: string, most = 1 << 30): JournalConsumerOptions => ({
    name,
    policy: "block",
    bytesMax: most,
  });
  const open = (folder: string, consumers: readonly JournalConsumerOptions[]): Promise<Journal> =>
    openJournal({
      folder,
      consumers,
      clock,
      payloadVersion: PAYLOAD_VERSION,
      files: disk,
      // Small files, since the simulated disk copies them at each write, and so that some are freed.
      limits: { segmentBytesMax: 16_384, markEveryBytes: 4_096, sparesMax: 0 },
      random: (bytes) => Buffer.alloc(bytes, (nonce += 1)),
    });
  const input = await open(`/journal/main.${NAME}`, [consumer(NAME)]);
  const output = await open("/journal/main", [
    consumer("store"),
    consumer(`${NAME}.settled`, settledBytesMax),
  ]);
  const commit = new GroupCommit({ journal: input, clock, selfContained: true, statistics: false });
  const outputCommit = new GroupCommit({ journal: output, clock, selfContained: true });
  const events: HolderEvent[] = [];
  const holder = new TraceHolder({
    name: NAME,
    judge,
    input: input.consumer(NAME),
    output: outputCommit,
    settled: output.consumer(`${NAME}.settled`),
    bytesMax,
    clock,
    onEvent: (event) => events.push(event),
  });
  const accept = async (batch: SpanBatch, org = "default"): Promise<void> => {
    const pushed = commit.push(batch, org);
    await clock.advance(20);
    await pushed;
  };
  const store = output.consumer("store");
  return { input, output, holder, events, store, outputCommit, accept };
}

/** A span as tests look at it. */
export interface KeptSpan {
  readonly org: string;
  readonly row: SpanRow;
}

/** All spans that a journal has, as they stand on disk. */
export async function spansIn(consumer: JournalConsumer): Promise<KeptSpan[]> {
  const found: KeptSpan[] = [];
  for await (const record of consumer.read(1, Number.MAX_SAFE_INTEGER)) {
    for (const { org, row } of rowsOfRecord(record.signal, record.parts))
      if (row.kind === "span") found.push({ org, row: row.row });
  }
  return found;
}
