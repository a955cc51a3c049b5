import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "#core/clock.ts";
import { PermanentError } from "#core/errors.ts";
import type { BlockTable, RecordTable } from "#core/native/block-columns.ts";
import { packPayload } from "#core/native/payload.ts";
import { type Journal, openJournal } from "#pipeline/journal/journal.ts";
import type { BlockInsert, BlockWriter } from "#store/block-writer.ts";
import {
  type CrashPoint,
  StoreDestination,
  type StoreDestinationEvents,
} from "./store-destination.ts";

/** A store that keeps what it is given by (table, token), as the engine does, and fails when told to. */
class TestStore implements BlockWriter {
  readonly kept = new Map<string, string>();
  readonly attempts: { token: string; bytes: string }[] = [];
  /** May throw, or never resolve. */
  before: (insert: BlockInsert, bytes: string) => Promise<void> | void = () => {};

  async insert(insert: BlockInsert): Promise<void> {
    const bytes = await readFile(insert.path, "latin1");
    this.attempts.push({ token: insert.token, bytes });
    await this.before(insert, bytes);
    const known = this.kept.get(insert.token);
    if (known === undefined) this.kept.set(insert.token, bytes);
    else if (known !== bytes) throw new Error(`${insert.token} came again with other bytes`);
  }

  /** The blocks of a table in the order of storing. */
  blocks(table: BlockTable): string {
    return [...this.kept]
      .filter(([token]) => token.includes(`:${table}:`))
      .map(([, bytes]) => bytes)
      .join("");
  }
}

class Told implements StoreDestinationEvents {
  readonly dead: string[] = [];
  readonly list: string[] = [];
  inserted(): void {}
  retrying(event: { attempt: number }): void {
    this.list.push(`retry ${event.attempt}`);
  }
  deadLetter(event: { file: string; rows: number }): void {
    this.dead.push(event.file);
  }
  lettersDropped(letters: number): void {
    this.list.push(`letters dropped ${letters}`);
  }
  recovering(plans: number): void {
    this.list.push(`recovering ${plans}`);
  }
  unreadable(record: { sequence: number }): void {
    this.list.push(`unreadable ${record.sequence}`);
  }
  failed(error: unknown): void {
    this.list.push(`failed ${String(error)}`);
  }
}

let folder = "";
let journal: Journal;
const running: StoreDestination[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "store-destination-"));
  journal = await open();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((destination) => destination.stop()));
  await journal.close();
  await rm(folder, { recursive: true, force: true });
});

function open(): Promise<Journal> {
  const consumers = [{ name: "store", policy: "block", bytesMax: 1 << 30 }] as const;
  return openJournal({ folder: join(folder, "journal"), consumers, clock: systemClock });
}

interface TestDestination {
  readonly destination: StoreDestination;
  readonly store: TestStore;
  readonly told: Told;
}

function destinationOn(
  store = new TestStore(),
  options: { rowsMax?: number; crashPoint?: (point: CrashPoint) => Promise<void> | undefined } = {},
): TestDestination {
  const told = new Told();
  const destination = new StoreDestination({
    pipeline: "default",
    consumer: journal.consumer("store"),
    writer: store,
    folder: join(folder, "store"),
    clock: systemClock,
    random: () => 0.5,
    events: told,
    limits: {
      ageMsMax: 30,
      retryMsMin: 1,
      retryMsMax: 2,
      drainMsMax: 2_000,
      rowsMax: options.rowsMax ?? 1_000,
    },
    ...(options.crashPoint === undefined ? {} : { crashPoint: options.crashPoint }),
  });
  running.push(destination);
  return { destination, store, told };
}

/** A record of one row with a block for each of the tables, recognisable by its text. */
async function append(
  text: string,
  tables: readonly (BlockTable | RecordTable)[] = ["spans"],
): Promise<void> {
  const block = Buffer.from(`<${text}>`);
  const entries = tables.map((table) => ({ table, day: 19_700, rows: 1, bytes: block.length }));
  const body = Buffer.concat(tables.map(() => block));
  await journal.append({ signal: "traces", rows: 1, payload: packPayload(entries, body) });
}

async function appendAll(texts: readonly string[]): Promise<void> {
  for (const text of texts) await append(text);
}

/** Ends a destination the way a crash does: nothing of it goes on, and nothing is tidied. */
async function crash(destination: StoreDestination): Promise<void> {
  running.splice(running.indexOf(destination), 1);
  await journal.close();
  journal = await open();
}

const plansOnDisk = async (): Promise<string[]> => readdir(join(folder, "store", "plans"));

describe("StoreDestination", () => {
  it("stores every record once and in order, and moves the cursor to the last", async () => {
    const { destination, store } = destinationOn();
    await destination.start();
    await appendAll(["a", "b", "c", "d"]);
    await destination.stop();
    expect(store.blocks("spans")).toBe("<a><b><c><d>");
    expect(journal.consumer("store").counts().stored.traces).toBe(4);
    expect(journal.consumer("store").backlog().rows).toBe(0);
    expect(await plansOnDisk()).toEqual([]);
    expect(await readdir(join(folder, "store", "inserts"))).toEqual([]);
  });

  it("writes what rows refer to before the rows", async () => {
    const { destination, store } = destinationOn();
    await append("x", ["service_edges_1m", "spans", "scopes", "resources"]);
    await destination.start();
    await destination.stop();
    const tables = store.attempts.map(({ token }) => token.split(":")[2]);
    expect(tables).toEqual(["resources", "scopes", "spans", "service_edges_1m"]);
  });

  it("passes over what only readers of the record need", async () => {
    const { destination, store } = destinationOn();
    await append("a", ["repeated_resources", "spans", "repeated_scopes"]);
    await append("b", ["repeated_series"]);
    await append("c", ["exemplar_points", "spans"]);
    await destination.start();
    await destination.stop();
    expect(store.attempts.map(({ token }) => token)).toEqual(["default:1-3:spans:19700"]);
    expect(store.blocks("spans")).toBe("<a><c>");
    expect(journal.consumer("store").counts().stored.traces).toBe(3);
  });

  it("has the plan on disk before the first attempt", async () => {
    const store = new TestStore();
    const seen: string[][] = [];
    store.before = async () => void seen.push(await plansOnDisk());
    const { destination } = destinationOn(store);
    await append("a");
    await destination.start();
    await destination.stop();
    expect(seen).toEqual([["00000000000001-00000000000001.plan"]]);
  });

  it("replays a plan that a crash cut off: the same bytes under the same tokens, though more has come since", async () => {
    const first = new TestStore();
    let reached!: () => void;
    const attempted = new Promise<void>((resolve) => (reached = resolve));
    first.before = () => {
      reached();
      return new Promise<void>(() => {});
    };
    await appendAll(["a", "b"]);
    await append("b2", ["repeated_resources", "spans", "exemplar_points"]);
    const before = destinationOn(first);
    await before.destination.start();
    await attempted;
    await crash(before.destination);

    await appendAll(["c", "d"]);
    const after = destinationOn();
    await after.destination.start();
    await after.destination.stop();
    expect(after.told.list).toContain("recovering 1");
    expect(after.store.attempts[0]).toEqual(first.attempts[0]);
    expect(after.store.blocks("spans")).toBe("<a><b><b2><c><d>");
  });

  it("stores nothing twice when the crash came after the insert and before the cursor", async () => {
    const store = new TestStore();
    let reached!: () => void;
    const inserted = new Promise<void>((resolve) => (reached = resolve));
    const before = destinationOn(store, {
      crashPoint: (point) => {
        if (point !== "after-insert") return undefined;
        reached();
        return new Promise<void>(() => {});
      },
    });
    await appendAll(["a", "b", "c"]);
    await before.destination.start();
    await inserted;
    await crash(before.destination);

    const after = destinationOn(store);
    await after.destination.start();
    await after.destination.stop();
    expect(store.blocks("spans")).toBe("<a><b><c>");
  });

  it("tries again what may succeed, for as long as it takes", async () => {
    const store = new TestStore();
    let failures = 5;
    store.before = () => {
      if (failures-- > 0) throw new Error("memory limit");
    };
    const { destination, told } = destinationOn(store);
    await append("a");
    await destination.start();
    await destination.stop();
    expect(store.blocks("spans")).toBe("<a>");
    expect(told.list).toEqual(["retry 1", "retry 2", "retry 3", "retry 4", "retry 5"]);
  });

  it("cuts a range that can never succeed in two until the record at fault stands alone as a dead letter", async () => {
    const store = new TestStore();
    store.before = (_, bytes) => {
      if (bytes.includes("poison")) throw new PermanentError("cannot parse");
    };
    await appendAll(["a", "b", "c", "poison", "d", "e", "f"]);
    const { destination, told } = destinationOn(store);
    await destination.start();
    await destination.stop();
    expect(store.blocks("spans")).toBe("<a><b><c><d><e><f>");
    expect(told.dead).toHaveLength(1);
    expect(await readFile(told.dead[0]!, "utf8")).toBe("<poison>");
    const { stored, dropped } = journal.consumer("store").counts();
    expect([stored.traces, dropped.traces]).toEqual([6, 1]);
  });

  it("inserts a dead letter again when it is asked to, also after a restart, and then has it no more", async () => {
    const store = new TestStore();
    let isPicky = true;
    store.before = (_, bytes) => {
      if (isPicky && bytes.includes("poison")) throw new PermanentError("cannot parse");
    };
    await appendAll(["a", "poison"]);
    const first = destinationOn(store);
    await first.destination.start();
    await first.destination.stop();
    const { destination } = destinationOn(store);
    await destination.start();
    const { deadLetters } = destination;
    const [letter] = (await deadLetters.list({ org: "default", limit: 5 })).letters;
    expect(letter).toMatchObject({ reason: "cannot parse", block: { table: "spans", rows: 1 } });
    const refused = await destination.replay([letter!.id]);
    expect(refused).toEqual({
      delivered: 0,
      failed: [{ id: letter!.id, reason: "cannot parse" }],
    });
    isPicky = false;
    expect(await destination.replay([letter!.id, "unknown"])).toEqual({
      delivered: 1,
      failed: [{ id: "unknown", reason: "there is no such dead letter" }],
    });
    expect(store.blocks("spans")).toBe("<a><poison>");
    expect(await readdir(join(folder, "store", "dead"))).toEqual([]);
  });

  it("goes on with the halves after a crash, and never with the whole that failed", async () => {
    const first = new TestStore();
    let reached!: () => void;
    const inHalf = new Promise<void>((resolve) => (reached = resolve));
    first.before = (_, bytes) => {
      if (bytes.includes("poison")) throw new PermanentError("cannot parse");
      reached();
      return new Promise<void>(() => {});
    };
    await appendAll(["a", "b", "c", "poison"]);
    const before = destinationOn(first);
    await before.destination.start();
    await inHalf;
    await crash(before.destination);

    const after = destinationOn();
    await after.destination.start();
    await after.destination.stop();
    const tokens = after.store.attempts.map(({ token }) => token);
    expect(tokens).not.toContain("default:1-4:spans:19700");
    expect(tokens).toEqual(["default:1-2:spans:19700", "default:3-4:spans:19700"]);
    expect(after.store.blocks("spans")).toBe("<a><b><c><poison>");
  });

  it("leaves out a record that cannot be read, counts its rows as dropped, and goes on", async () => {
    await append("a");
    await journal.append({ signal: "logs", rows: 3, payload: [Buffer.from("not a payload")] });
    await append("b");
    const { destination, store, told } = destinationOn();
    await destination.start();
    await destination.stop();
    expect(store.blocks("spans")).toBe("<a><b>");
    expect(told.list).toEqual(["unreadable 2"]);
    const { stored, dropped } = journal.consumer("store").counts();
    expect([stored.traces, dropped.logs]).toEqual([2, 3]);
  });

  it("closes a plan at its bound of rows, and has no more than two under way", async () => {
    const store = new TestStore();
    let underWay = 0;
    let most = 0;
    store.before = async () => {
      most = Math.max(most, ++underWay);
      // The first holds its session until the other is in use as well.
      while (most < 2) await new Promise((resolve) => setImmediate(resolve));
      underWay--;
    };
    await appendAll(Array.from({ length: 20 }, (_, i) => String(i)));
    const { destination } = destinationOn(store, { rowsMax: 3 });
    await destination.start();
    await destination.stop();
    expect(Math.max(...store.attempts.map(({ bytes }) => bytes.split("<").length - 1))).toBe(3);
    expect(most).toBe(2);
    const stored = store.blocks("spans").split(/[<>]+/).filter(Boolean).map(Number);
    expect(stored.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it("stops within its budget when the store never answers, and loses nothing by it", async () => {
    const store = new TestStore();
    store.before = () => {
      throw new Error("down");
    };
    const { destination } = destinationOn(store);
    await append("a");
    await destination.start();
    await destination.stop();
    const after = destinationOn();
    await after.destination.start();
    await after.destination.stop();
    expect(after.store.blocks("spans")).toBe("<a>");
  });

  it("stops within its budget when more waits than it can store in time, and loses nothing by it", async () => {
    const store = new TestStore();
    store.before = () => {
      throw new Error("down");
    };
    // Two plans under way, and the third is full.
    await appendAll(["a", "b", "c", "d", "e"]);
    const { destination } = destinationOn(store, { rowsMax: 1 });
    await destination.start();
    await expect.poll(() => new Set(store.attempts.map(({ token }) => token)).size).toBe(2);
    await destination.stop();
    const after = destinationOn();
    await after.destination.start();
    await after.destination.stop();
    expect(after.store.blocks("spans")).toBe("<a><b><c><d><e>");
  });

  it("may be stopped before it was started, and twice", async () => {
    const { destination, told } = destinationOn();
    await destination.stop();
    await destination.stop();
    expect(told.list).toEqual([]);
  });
});
