import { describe, expect, it } from "vitest";
import { type Batch, batchPools } from "#core/batch.ts";
import { SightglassError } from "#core/errors.ts";
import { AGGREGATE_LIMITS, CATALOGUE_LIMITS, GROUP_LIMITS } from "#core/limits.ts";
import { unpackPayload, unpackRecord } from "#core/native/payload.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { GroupCommit } from "./group-commit.ts";
import type { Journal, JournalAppend } from "./journal/journal.ts";
import { logs, manySpans, points, spans, TIME_NS } from "./testing/batches.ts";
import { FakeClock, settled } from "./testing/fake-clock.ts";

/** What the journal was given, with what answers it. */
interface Append extends JournalAppend {
  readonly tables: readonly string[];
  resolve(): Promise<void>;
  reject(error: Error): Promise<void>;
}

/** A journal whose syncs happen when the test says so. */
class FakeJournal {
  readonly appends: Append[] = [];

  append(record: JournalAppend): Promise<number> {
    return new Promise((resolve, reject) => {
      this.appends.push({
        ...record,
        tables: unpackPayload(record.payload).map(({ table }) => table),
        resolve: () => (resolve(this.appends.length), settled()),
        reject: (error) => (reject(error), settled()),
      });
    });
  }
}

/** Groups pushed batches; `outcomes` has one entry for each that is settled. */
function setUp(options: { selfContained?: boolean } = {}) {
  const clock = new FakeClock();
  const journal = new FakeJournal();
  const commit = new GroupCommit({ journal: journal as unknown as Journal, clock, ...options });
  const outcomes: string[] = [];
  const push = (name: string, batch: Batch, org = "default"): void => {
    commit.push(batch, org).then(
      () => outcomes.push(`${name}: durable`),
      (error: unknown) =>
        outcomes.push(`${name}: ${error instanceof SightglassError ? error.code : String(error)}`),
    );
  };
  return { clock, journal, commit, outcomes, push };
}

const dataPoints = [{ timeUnixNano: TIME_NS, asDouble: 1 }];
const gauge = encodeOtlp("metrics", {
  resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "m", gauge: { dataPoints } }] }] }],
});

/** Makes the lane busy, so that groups wait for company, and leaves nothing behind. */
async function makeBusy({
  clock,
  journal,
  outcomes,
  push,
}: ReturnType<typeof setUp>): Promise<void> {
  push("busy", manySpans(GROUP_LIMITS.rowsMax));
  await clock.advance(0);
  await journal.appends[0]!.resolve();
  journal.appends.length = 0;
  outcomes.length = 0;
}

describe("GroupCommit", () => {
  it("resolves a push only when the journal has synced its rows", async () => {
    const { clock, journal, outcomes, push } = setUp();
    push("a", manySpans(3));
    await clock.advance(1);
    expect(journal.appends).toMatchObject([{ signal: "traces", rows: 3 }]);
    expect(outcomes).toEqual([]);
    await journal.appends[0]!.resolve();
    expect(outcomes).toEqual(["a: durable"]);
  });

  it("writes records that can be read by themselves when told to, from the next group on", async () => {
    const { clock, journal, commit, push } = setUp({ selfContained: true });
    const decoder = DECODERS.metrics();
    const write = async (): Promise<boolean> => {
      decoder.decode(gauge);
      push("a", decoder.batch);
      await clock.advance(1);
      const append = journal.appends.at(-1)!;
      await append.resolve();
      return unpackRecord(append.payload).some(({ table }) => table.startsWith("repeated_"));
    };
    await write();
    expect(await write()).toBe(true);
    commit.selfContained = false;
    expect(await write()).toBe(false);
    commit.selfContained = true;
    expect(await write()).toBe(true);
  });

  it("writes at once when there is little to do", async () => {
    const { clock, journal, push } = setUp();
    push("a", manySpans(3));
    await clock.advance(1);
    push("b", manySpans(3));
    await clock.advance(1);
    expect(journal.appends.map(({ rows }) => rows)).toEqual([3, 3]);
  });

  it("gathers under load, and writes many pushes as one record", async () => {
    const test = setUp();
    await makeBusy(test);
    const { clock, journal, outcomes, push } = test;
    for (let i = 0; i < 10; i++) push(`p${i}`, manySpans(100));
    await clock.advance(GROUP_LIMITS.waitMsMax - 1);
    expect(journal.appends).toHaveLength(0);
    await clock.advance(1);
    expect(journal.appends.map(({ rows }) => rows)).toEqual([1_000]);
    await journal.appends[0]!.resolve();
    expect(outcomes).toEqual(Array.from({ length: 10 }, (_, i) => `p${i}: durable`));
    expect(clock.pending).toBe(1);
  });

  it("writes a group that is full without waiting", async () => {
    const test = setUp();
    await makeBusy(test);
    const { clock, journal, push } = test;
    const half = GROUP_LIMITS.rowsMax / 2;
    push("a", manySpans(half));
    await clock.advance(0);
    expect(journal.appends).toHaveLength(0);
    push("b", manySpans(half));
    expect(journal.appends.map(({ rows }) => rows)).toEqual([half * 2]);
  });

  it("lets a large batch go alone, so that its size is no one else's trouble", async () => {
    const test = setUp();
    await makeBusy(test);
    const { clock, journal, push } = test;
    const large = logs(
      "shop",
      ...Array.from({ length: 70 }, () => ({ body: "x".repeat(250_000) })),
    );
    push("small", logs("shop", { body: "a" }));
    push("large", large);
    push("other", logs("shop", { body: "b" }));
    push("another", logs("shop", { body: "c" }));
    await clock.advance(GROUP_LIMITS.waitMsMax);
    expect(journal.appends.map(({ rows }) => rows)).toEqual([1, 70, 2]);
  });

  it("takes a batch of few rows for large when its keys and names are", async () => {
    const test = setUp();
    await makeBusy(test);
    const { clock, journal, push } = test;
    const keys = (row: number): Record<string, string> =>
      Object.fromEntries(
        Array.from({ length: 128 }, (_, i) => [`${row}/${i}/${"k".repeat(490)}`, ""]),
      );
    push("large", manySpans(300, keys));
    push("small", manySpans(1));
    await clock.advance(GROUP_LIMITS.waitMsMax);
    expect(journal.appends.map(({ rows }) => rows)).toEqual([300, 1]);
  });

  it("keeps signals and organizations apart", async () => {
    const { clock, journal, push } = setUp();
    push("a", manySpans(1));
    push("b", logs("shop", { body: "a" }, { body: "b" }));
    push("c", points("shop", { metric: "m" }));
    push("d", manySpans(4), "other");
    await clock.advance(1);
    const records = journal.appends.map(({ signal, rows }) => `${signal} ${rows}`);
    expect(records.toSorted()).toEqual(["logs 2", "metrics 1", "traces 1", "traces 4"]);
    const payloads = journal.appends.map(({ payload }) => Buffer.concat(payload));
    expect(payloads.map((payload) => payload.includes("other"))).toEqual(
      journal.appends.map(({ rows }) => rows === 4),
    );
  });

  it("resolves a push of nothing at once, and writes nothing", async () => {
    const { clock, journal, outcomes, push } = setUp();
    const dropped = manySpans(1);
    dropped.selection.drop(0);
    push("dropped", dropped);
    push("empty", batchPools.logs.take());
    await clock.advance(100);
    expect(outcomes).toEqual(["dropped: durable", "empty: durable"]);
    expect(journal.appends).toEqual([]);
  });

  it("gives a batch back, clean, once it is encoded, and not before", async () => {
    const test = setUp();
    await makeBusy(test);
    const { clock, push } = test;
    const batch = manySpans(3);
    push("a", batch);
    expect(batchPools.traces.take()).not.toBe(batch);
    expect(batch.rows).toBe(3);
    await clock.advance(GROUP_LIMITS.waitMsMax);
    expect(batch.rows).toBe(0);
    expect(batchPools.traces.take()).toBe(batch);
  });

  it("rejects every push of a group that the journal refuses, with its reason", async () => {
    const test = setUp();
    await makeBusy(test);
    const { clock, journal, outcomes, push } = test;
    push("a", manySpans(1));
    push("b", manySpans(1));
    await clock.advance(GROUP_LIMITS.waitMsMax);
    push("c", manySpans(1));
    await clock.advance(GROUP_LIMITS.waitMsMax);
    await journal.appends[0]!.reject(new SightglassError("storage_full", "The disk is full"));
    await journal.appends[1]!.resolve();
    expect(outcomes).toEqual(["a: storage_full", "b: storage_full", "c: durable"]);
  });

  it("writes resources, scopes and series again after a group that failed, and once durable no more", async () => {
    const { clock, journal, push } = setUp();
    const decoder = DECODERS.metrics();
    const pushAgain = async (): Promise<Append> => {
      decoder.decode(gauge);
      push("again", decoder.batch);
      await clock.advance(1);
      return journal.appends.at(-1)!;
    };
    const all = ["points", "resources", "scopes", "series"];
    const refused = await pushAgain();
    expect(refused.tables).toEqual(all);
    await refused.reject(new SightglassError("overloaded", "Too much"));
    const durable = await pushAgain();
    expect(durable.tables).toEqual(all);
    await durable.resolve();
    expect((await pushAgain()).tables).toEqual(["points"]);
  });

  it("writes what waits at a stop, and refuses what comes after", async () => {
    const test = setUp();
    await makeBusy(test);
    const { journal, commit, outcomes, push } = test;
    push("a", manySpans(2));
    push("b", logs("shop", { body: "a" }));
    let isStopped = false;
    const stopped = commit.stop().then(() => (isStopped = true));
    push("late", manySpans(1));
    await settled();
    expect(outcomes).toEqual(["late: stopping"]);
    expect(isStopped).toBe(false);
    expect(journal.appends.filter(({ rows }) => rows > 0)).toMatchObject([
      { signal: "traces", rows: 2 },
      { signal: "logs", rows: 1 },
    ]);
    for (const append of journal.appends) await append.resolve();
    await stopped;
    expect(outcomes).toEqual(["late: stopping", "a: durable", "b: durable"]);
    await commit.stop();
  });

  it("stops although the journal refuses the last groups", async () => {
    const { journal, commit, outcomes, push } = setUp();
    push("a", manySpans(1));
    const stopped = commit.stop();
    for (const append of journal.appends)
      await append.reject(new SightglassError("storage_full", "full"));
    await stopped;
    expect(outcomes).toEqual(["a: storage_full"]);
  });
});

describe("statistics that wait", () => {
  const busyRows = CATALOGUE_LIMITS.rowsExactMax + 1;

  it("are written in a record of their own although no more rows come, for every organization", async () => {
    const { clock, journal, push } = setUp();
    for (const org of ["one", "two"])
      push(
        org,
        manySpans(busyRows, () => ({ k: "v" })),
        org,
      );
    await clock.advance(1);
    for (const append of journal.appends) await append.resolve();
    expect(journal.appends).toHaveLength(2);
    await clock.advance(AGGREGATE_LIMITS.waitMsMax * 2);
    expect(journal.appends.slice(2)).toMatchObject([
      { rows: 0, tables: ["attribute_catalogue"] },
      { rows: 0, tables: ["attribute_catalogue"] },
    ]);
    const orgs = journal.appends.slice(2).map(({ payload }) => Buffer.concat(payload));
    expect([orgs[0]!.includes("one"), orgs[1]!.includes("two")]).toEqual([true, true]);
    await clock.advance(60_000);
    expect(journal.appends).toHaveLength(4);
  });

  it("are written at a stop", async () => {
    const { clock, journal, commit, push } = setUp();
    push(
      "a",
      manySpans(busyRows, () => ({ k: "v" })),
    );
    await clock.advance(1);
    await journal.appends[0]!.resolve();
    const stopped = commit.stop();
    expect(journal.appends[1]).toMatchObject({ rows: 0, tables: ["attribute_catalogue"] });
    await journal.appends[1]!.resolve();
    await stopped;
    expect(clock.pending).toBe(0);
  });

  it("are lost without harm when the journal refuses them", async () => {
    const { clock, journal, outcomes, push } = setUp();
    push(
      "a",
      manySpans(busyRows, () => ({ k: "v" })),
    );
    await clock.advance(1);
    await journal.appends[0]!.resolve();
    await clock.advance(AGGREGATE_LIMITS.waitMsMax * 2);
    await journal.appends[1]!.reject(new SightglassError("storage_full", "full"));
    push("b", spans("shop", { spanId: "1" }));
    await clock.advance(1);
    await journal.appends[2]!.resolve();
    expect(outcomes).toEqual(["a: durable", "b: durable"]);
  });
});
