import type { Clock } from "#core/clock.ts";
import type { Signal } from "#core/signal.ts";
import { openJournal } from "./journal.ts";
import type {
  Journal,
  JournalAppend,
  JournalConsumer,
  JournalEvent,
  JournalOptions,
  JournalRecord,
} from "./journal.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

// What the journal's tests share: a small journal on a simulated disk.

export const FOLDER = "/journal";
export const BLOCKING = { name: "store", policy: "block", bytesMax: 1 << 30 } as const;

/** A clock that stands still until it is told. */
export class TestClock implements Clock {
  now = 1_700_000_000_000;
  nowMs = (): number => this.now;
  monotonicMs = (): number => this.now;
  setTimeout = (): { cancel(): void } => ({ cancel: () => {} });
}

export interface TestJournal {
  readonly journal: Journal;
  readonly store: JournalConsumer;
  readonly events: JournalEvent[];
  readonly disk: SimulatedDisk;
  readonly clock: TestClock;
}

export async function openTestJournal(
  disk: SimulatedDisk = new SimulatedDisk(),
  overrides: Partial<JournalOptions> = {},
): Promise<TestJournal> {
  const events: JournalEvent[] = [];
  const clock = new TestClock();
  let nonce = 0;
  const journal = await openJournal({
    folder: FOLDER,
    consumers: [BLOCKING],
    clock,
    files: disk,
    random: (bytes) => Buffer.alloc(bytes, (nonce += 1)),
    onEvent: (event) => events.push(event),
    ...overrides,
  });
  const name = overrides.consumers?.[0]?.name ?? BLOCKING.name;
  return { journal, store: journal.consumer(name), events, disk, clock };
}

export function append(text: string, rows = 1, signal: Signal = "traces"): JournalAppend {
  return { signal, rows, payload: [Buffer.from(text)] };
}

/** Appends one after the other, each with a sync of its own. */
export async function appendAll(journal: Journal, texts: readonly string[]): Promise<void> {
  for (const text of texts) await journal.append(append(text));
}

/** The next `count` records as text. */
export async function take(consumer: JournalConsumer, count: number): Promise<string[]> {
  const texts: string[] = [];
  for (let index = 0; index < count; index += 1)
    texts.push((await takeOne(consumer)).payload.toString());
  return texts;
}

export async function takeOne(consumer: JournalConsumer): Promise<JournalRecord> {
  const record = await consumer.next(new AbortController().signal);
  if (record === undefined) throw new Error("the journal was closed");
  return record;
}

/** Every record on disk, as text. */
export async function readAll(consumer: JournalConsumer): Promise<string[]> {
  const texts: string[] = [];
  for await (const record of consumer.read(1, Number.MAX_SAFE_INTEGER)) {
    texts.push(record.payload.toString());
  }
  return texts;
}

export function rowsOf(traces: number, logs = 0, metrics = 0): Record<Signal, number> {
  return { traces, logs, metrics };
}

export function segmentPath(first: number): string {
  return `${FOLDER}/${first.toString(16).padStart(16, "0")}.journal`;
}
