import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";
import { JOURNAL_LIMITS } from "#core/limits.ts";
import { SIGNALS } from "#core/signal.ts";
import type { Signal } from "#core/signal.ts";
import { openTestJournal, rowsOf } from "./journal-fixture.ts";
import type { TestJournal } from "./journal-fixture.ts";
import type { JournalConsumerOptions, JournalLimits, JournalRecord } from "./journal.ts";
import { addRows, totalRows } from "./row-counts.ts";
import type { RowCounts } from "./row-counts.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import type { DiskCall, DiskFault } from "./simulated-disk.ts";

// Random histories of a journal on a disk that fails, against a model that remembers what was
// acknowledged. Whatever happens: no acknowledged record is lost, moved, doubled or renumbered.

const LIMITS = {
  segmentBytesMax: 1200,
  markEveryBytes: 200,
  readAheadBytesMax: 400,
  memoryBytesMax: 700,
};
/** Freed segments are written over, most of them; each record is a sector or less. */
const REUSING = { ...LIMITS, segmentBytesMax: 2500, spareBytesMin: 700 };
const STORE = { name: "store", policy: "block", bytesMax: 1 << 30 } as const;
/** Never acknowledges, so that every record stays on disk to be checked. */
const AUDIT = { name: "audit", policy: "block", bytesMax: 1 << 30 } as const;
/** Takes one record now and then, and loses most. */
const WEBHOOK = { name: "webhook", policy: "drop_oldest", bytesMax: 1500 } as const;
/** Holds back hardly any segment. */
const HASTY_WEBHOOK = { ...WEBHOOK, bytesMax: 300 };

const FAULTS: readonly Partial<Record<DiskCall, DiskFault>>[] = [
  { write: { error: "ENOSPC" } },
  { write: { bytes: 100 } },
  { write: { error: "EIO" }, truncate: { error: "EIO" } },
  { sync: { error: "EIO" } },
  { sync: { error: "EIO" }, truncate: { error: "EIO" } },
  { sync: { error: "EIO" }, remove: { error: "EIO" } },
  { create: { error: "ENOSPC" } },
  { syncFolder: { error: "EIO" } },
  { open: { error: "EMFILE" } },
  { rename: { error: "EIO" } },
  { rename: { error: "EIO" }, remove: { error: "EIO" } },
];

type Step =
  | { kind: "append"; lengths: number[]; signal: Signal }
  | { kind: "take"; count: number }
  | { kind: "acknowledge"; share: number }
  | { kind: "churn"; times: number; lengths: number[] }
  | { kind: "seek"; share: number }
  | { kind: "fail"; fault: number; calls: number }
  | { kind: "restart" }
  | { kind: "webhook"; isAcknowledged: boolean }
  | {
      kind: "crash";
      calls: number;
      lengths: number[];
      isBusy: boolean;
      isPowerLoss: boolean;
      seed: number;
    };

const lengths = fc.array(fc.nat(400), { minLength: 1, maxLength: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      lengths,
      signal: fc.constantFrom(...SIGNALS),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("take" as const), count: fc.nat(6) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("acknowledge" as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("churn" as const),
      times: fc.integer({ min: 1, max: 6 }),
      lengths,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("seek" as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("fail" as const),
      fault: fc.nat(FAULTS.length - 1),
      calls: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("webhook" as const), isAcknowledged: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("crash" as const),
      calls: fc.nat(30),
      lengths,
      isBusy: fc.boolean(),
      isPowerLoss: fc.boolean(),
      seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    }),
  },
);

interface Scene {
  readonly consumers: readonly JournalConsumerOptions[];
  readonly limits: Partial<JournalLimits>;
}

/** Over all journals, since a nonce is never drawn twice. */
let nonces = 0;

class History {
  readonly #limits: Partial<JournalLimits>;
  readonly #consumers: readonly JournalConsumerOptions[];
  readonly #isAudited: boolean;
  #open!: TestJournal;
  /** Text to sequence of what was acknowledged to its sender. */
  readonly #accepted = new Map<string, number>();
  /** Texts that may come up after a crash or restart, though nobody was told that they are kept. */
  readonly #perhaps = new Set<string>();
  #handed: JournalRecord[] = [];
  #visited: JournalRecord[] = [];
  #lastHanded = 0;
  #position = 0;
  #counter = 0;
  #mayMiss = false;
  #reused = 0;

  constructor({ consumers, limits }: Scene) {
    this.#isAudited = consumers.includes(AUDIT);
    this.#limits = limits;
    this.#consumers = consumers;
  }

  async run(steps: readonly Step[]): Promise<void> {
    await this.#reopen(new SimulatedDisk());
    for (const one of steps) await this.#step(one);
    await this.#restart();
    await this.#takeAll();
    this.#countReused();
  }

  /** Segments that were written over freed ones. */
  get reused(): number {
    return this.#reused;
  }

  #countReused(): void {
    const { calls } = this.#open.disk;
    this.#reused += calls.filter(
      ({ call, path }) => call === "rename" && path.endsWith(".spare"),
    ).length;
    calls.length = 0;
  }

  async #step(one: Step): Promise<void> {
    if (one.kind === "append") await this.#append(one.lengths, one.signal);
    else if (one.kind === "take") await this.#take(one.count);
    else if (one.kind === "acknowledge") await this.#acknowledge(one.share);
    else if (one.kind === "churn") await this.#churn(one);
    else if (one.kind === "seek") this.#seek(one.share);
    else if (one.kind === "fail") this.#fail(FAULTS[one.fault]!, one.calls);
    else if (one.kind === "webhook") await this.#visitWebhook(one.isAcknowledged);
    else if (one.kind === "restart") await this.#restart();
    else await this.#crash(one);
  }

  async #append(sizes: readonly number[], signal: Signal): Promise<void> {
    const results = sizes.map((length) => {
      const text = `${(this.#counter += 1)}:`.padEnd(length, ".");
      const payload = [Buffer.from(text.slice(0, 5)), Buffer.from(text.slice(5))];
      this.#perhaps.add(text);
      return this.#open.journal.append({ signal, rows: 1 + (length % 7), payload }).then(
        (sequence) => {
          this.#perhaps.delete(text);
          this.#accepted.set(text, sequence);
        },
        (error: { code: string }) => equal(error.code, "storage_full"),
      );
    });
    await settled(Promise.all(results));
  }

  async #take(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const cancel = new AbortController();
      const next = this.#open.store.next(cancel.signal).catch(() => undefined);
      await settled(next);
      cancel.abort();
      const record = await settled(next);
      if (record === undefined) return;
      ok(record.sequence > this.#lastHanded);
      this.#expectNothingBetween(this.#lastHanded, record.sequence);
      this.#lastHanded = record.sequence;
      this.#handed.push(record);
    }
  }

  /** The webhook takes one record, and acknowledges all that it has or nothing. */
  async #visitWebhook(isAcknowledged: boolean): Promise<void> {
    const webhook = this.#open.journal.consumer("webhook");
    const cancel = new AbortController();
    const next = webhook.next(cancel.signal).catch(() => undefined);
    await settled(next);
    cancel.abort();
    const record = await settled(next);
    if (record !== undefined) this.#visited.push(record);
    const last = this.#visited.at(-1);
    if (last === undefined || !isAcknowledged) return;
    const done = webhook.acknowledge(last.sequence, countsOf(this.#visited)).then(
      () => (this.#visited = []),
      () => undefined,
    );
    await settled(done);
  }

  /** What was acknowledged to senders is handed out without a gap. */
  #expectNothingBetween(after: number, before: number): void {
    const skipped = [...this.#accepted.values()].filter(
      (sequence) => sequence > after && sequence < before,
    );
    deepEqual(skipped, []);
  }

  async #acknowledge(share: number): Promise<void> {
    const done = this.#handed.slice(0, Math.ceil(share * this.#handed.length));
    const last = done.at(-1);
    if (last === undefined) return;
    const acknowledged = this.#open.store.acknowledge(last.sequence, countsOf(done)).then(
      () => {
        this.#position = last.sequence;
        this.#handed = this.#handed.slice(done.length);
      },
      (error: { code: string }) => ok(["storage_full", "internal"].includes(error.code)),
    );
    await settled(acknowledged);
    this.#expectBalance();
  }

  /** Each group is done before the next comes: segments are freed as soon as they are full. */
  async #churn({ times, lengths }: Step & { kind: "churn" }): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      await this.#append(lengths, "logs");
      await this.#take(1000);
      await this.#acknowledge(1);
    }
  }

  #seek(share: number): void {
    const index = Math.floor(share * this.#handed.length);
    const record = this.#handed[index];
    if (record === undefined) return;
    this.#open.store.seek(record.sequence);
    this.#handed = this.#handed.slice(0, index);
    this.#lastHanded = record.sequence - 1;
  }

  #fail(fault: Partial<Record<DiskCall, DiskFault>>, calls: number): void {
    let left = calls;
    this.#mayMiss = true;
    this.#open.disk.fault = (call) => {
      if (fault[call] === undefined || left === 0) return undefined;
      left -= 1;
      return fault[call];
    };
  }

  async #restart(): Promise<void> {
    this.#open.disk.fault = () => undefined;
    await this.#open.journal.close();
    const isWhole = !this.#mayMiss;
    if (isWhole) deepEqual(this.#spares(), []);
    await this.#reopen(this.#open.disk);
    const { events } = this.#open;
    if (isWhole)
      deepEqual(
        events.filter(({ kind }) => kind !== "dropped"),
        [],
      );
  }

  #spares(): string[] {
    return this.#open.disk.paths().filter((path) => path.endsWith(".spare"));
  }

  async #crash(one: Step & { kind: "crash" }): Promise<void> {
    const { disk } = this.#open;
    const { fault } = disk;
    let left = one.calls;
    disk.fault = (call, path) => {
      if (left === 0) return "never";
      left -= 1;
      return fault(call, path);
    };
    await this.#append(one.lengths, "traces");
    await this.#acknowledge(0.5);
    if (one.isBusy) await this.#churn({ kind: "churn", times: 3, lengths: one.lengths });
    this.#countReused();
    const random = randomOf(one.seed);
    const isKept = (): boolean => random() < 0.5;
    // Of a group that was not synced a later record can survive without an earlier one.
    this.#mayMiss ||= one.isPowerLoss;
    await this.#reopen(one.isPowerLoss ? disk.afterPowerLoss(isKept) : disk.afterKill());
  }

  async #reopen(disk: SimulatedDisk): Promise<void> {
    this.#open = await openTestJournal(disk, {
      consumers: this.#consumers,
      limits: this.#limits,
      random: nextNonce,
    });
    ok(this.#spares().length <= JOURNAL_LIMITS.sparesMax);
    const { store } = this.#open;
    ok(store.position() >= this.#position);
    this.#position = store.position();
    this.#lastHanded = store.position();
    this.#handed = [];
    this.#visited = [];
    await this.#expectAllThere();
    this.#expectBalance();
  }

  async #expectAllThere(): Promise<void> {
    const found = new Map<string, number>();
    const after = this.#isAudited ? 0 : this.#position;
    let last = after;
    for await (const record of this.#open.store.read(after + 1, 2 ** 52)) {
      const text = record.payload.toString();
      ok(record.sequence > last);
      ok(!found.has(text));
      ok(this.#accepted.has(text) || this.#perhaps.has(text));
      equal(this.#accepted.get(text) ?? record.sequence, record.sequence);
      last = record.sequence;
      found.set(text, record.sequence);
    }
    for (const [text, sequence] of this.#accepted) {
      if (sequence > after) equal(found.get(text), sequence);
    }
  }

  /** accepted = stored + dropped + in flight, for each signal; and nothing is dropped without a reason. */
  #expectBalance(): void {
    const { journal, store } = this.#open;
    for (const consumer of [store, journal.consumer("webhook")]) {
      const { stored, dropped } = consumer.counts();
      const known = addRows(addRows(stored, dropped), consumer.backlog().rowsBySignal);
      deepEqual(known, journal.acceptedRows());
    }
    if (!this.#mayMiss) equal(totalRows(store.counts().dropped), 0);
  }

  async #takeAll(): Promise<void> {
    await this.#take(10_000);
    this.#expectNothingBetween(this.#lastHanded, Number.MAX_SAFE_INTEGER);
    await this.#acknowledge(1);
    const { rows, bytes, records } = this.#open.store.backlog();
    deepEqual({ rows, bytes, records }, { rows: 0, bytes: 0, records: 0 });
  }
}

function countsOf(records: readonly JournalRecord[]): { stored: RowCounts; dropped: RowCounts } {
  let stored: RowCounts = rowsOf(0);
  for (const { signal, rows } of records) {
    stored = addRows(stored, { ...rowsOf(0), [signal]: rows });
  }
  return { stored, dropped: rowsOf(0) };
}

/** The simulated disk answers in microtasks: what is not done by the next turn never will be. */
function settled<T>(promise: Promise<T>): Promise<T | undefined> {
  return Promise.race([
    promise,
    new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined))),
  ]);
}

function nextNonce(bytes: number): Buffer {
  const nonce = Buffer.alloc(bytes);
  nonce.writeDoubleLE(Math.sqrt((nonces += 1)));
  return nonce;
}

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SCENES: Readonly<Record<string, Scene>> = {
  "that keeps every record": { consumers: [STORE, WEBHOOK, AUDIT], limits: LIMITS },
  "that frees segments": { consumers: [STORE, WEBHOOK], limits: LIMITS },
  "that writes over freed segments": { consumers: [STORE, HASTY_WEBHOOK], limits: REUSING },
};

test.each(Object.entries(SCENES))(
  "a journal %s keeps every acknowledged record, once and in order, through any history",
  async (_name, scene) => {
    let reused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: "large" }), async (steps) => {
        const history = new History(scene);
        await history.run(steps);
        reused += history.reused;
      }),
    );
    equal(reused > 0, scene.limits === REUSING);
  },
);
