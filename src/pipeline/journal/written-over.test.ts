import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  FOLDER,
  append,
  appendAll,
  openTestJournal,
  readAll,
  rowsOf,
  segmentPath,
  take,
} from "./journal-fixture.ts";
import {
  RECORD_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  encodeRecordHeader,
  encodeSegmentHeader,
} from "./record.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

// Segments that were written over a freed one, as a stop leaves them: with bytes of that earlier
// life behind their last record.

const RECORD_BYTES = RECORD_HEADER_BYTES + 3;
const TEXTS = ["ccc", "ddd", "eee"];
/** Of the segments here; all have the same, so that records of two lives can lie at the same offsets. */
const FIRST = 101;

interface Life {
  readonly first: number;
  readonly nonce: number;
  readonly texts: readonly string[];
  readonly isWrittenOver?: boolean;
}

/** A segment as the journal writes it. */
function segmentOf({ first, nonce, texts, isWrittenOver = true }: Life): Buffer {
  const nonceBytes = Buffer.alloc(8, nonce);
  const before = { traces: first - 1, logs: 0, metrics: 0 };
  const parts = [
    encodeSegmentHeader({
      nonce: nonceBytes,
      first,
      after: first - 1,
      createdMs: 1,
      accepted: before,
      isWrittenOver,
    }),
  ];
  for (const [index, text] of texts.entries()) {
    const header = Buffer.alloc(RECORD_HEADER_BYTES);
    encodeRecordHeader(header, 0, nonceBytes, {
      signal: "traces",
      sequence: first + index,
      writtenMs: 1,
      rows: 1,
      payloadVersion: 1,
      payloadBytes: text.length,
      payloadCrc: crc32(text),
      accepted: rowsOf(before.traces + index + 1),
    });
    parts.push(header, Buffer.from(text));
  }
  return Buffer.concat(parts);
}

/** `life` over a file that held `earlier`. */
function over(earlier: Buffer, life: Buffer): Buffer {
  return Buffer.concat([life, earlier.subarray(life.length)]);
}

/** What a file can have held before, of the same and of other record sizes, and of more than one life. */
function earlierLives(): Buffer[] {
  const same = segmentOf({ first: 1, nonce: 201, texts: Array<string>(9).fill("old") });
  const longer = segmentOf({ first: 31, nonce: 202, texts: Array<string>(9).fill("much older") });
  const other = segmentOf({ first: 61, nonce: 203, texts: ["a", "bc", "def"] });
  return [same, longer, over(longer, other), over(same, segmentOf({ ...life(), nonce: 9 }))];
}

function life(texts: readonly string[] = TEXTS): Life {
  return { first: FIRST, nonce: 150, texts };
}

function diskWith(files: Readonly<Record<number, Buffer>>): SimulatedDisk {
  const disk = new SimulatedDisk();
  for (const [first, content] of Object.entries(files)) {
    disk.place(segmentPath(Number(first)), Buffer.from(content));
  }
  return disk;
}

function flipped(content: Buffer, offset: number): Buffer {
  const copy = Buffer.from(content);
  copy[offset]! ^= 0xff;
  return copy;
}

function startOf(record: number): number {
  return SEGMENT_HEADER_BYTES + record * RECORD_BYTES;
}

/** Reads, writes and reads again after a restart. Returns the number that the new record got. */
async function expectKept(disk: SimulatedDisk, texts: readonly string[]): Promise<number> {
  const { journal, store } = await openTestJournal(disk);
  expect(await readAll(store)).toEqual(texts);
  const sequence = await journal.append(append("new"));
  expect(await take(store, texts.length + 1)).toEqual([...texts, "new"]);
  await journal.close();
  const again = await openTestJournal(disk);
  expect(await take(again.store, texts.length + 1)).toEqual([...texts, "new"]);
  expect(again.events.map(({ kind }) => kind)).not.toContain("torn_tail");
  return sequence;
}

describe("the bytes of an earlier life behind the last record", () => {
  test("tell no event, lose nothing and leave out no number", async () => {
    for (const earlier of earlierLives()) {
      const disk = diskWith({ [FIRST]: over(earlier, segmentOf(life())) });
      const { journal, store, events } = await openTestJournal(disk);
      expect(events).toEqual([]);
      expect(journal.stats()).toMatchObject({ damagedBytes: 0, lastSequence: 103 });
      expect(store.backlog()).toMatchObject({ rows: 3, bytes: 3 * RECORD_BYTES });
      expect(disk.contentOf(segmentPath(FIRST))).toEqual(segmentOf(life()));
      expect(await expectKept(disk, TEXTS)).toBe(104);
    }
  });

  test("are told of as ever in a segment that is not marked", async () => {
    const content = segmentOf({ ...life(), isWrittenOver: false });
    for (const earlier of earlierLives()) {
      const { journal, events } = await openTestJournal(
        diskWith({ [FIRST]: over(earlier, content) }),
      );
      const bytes = earlier.length - content.length;
      expect(events).toMatchObject([{ kind: "torn_tail", bytes }]);
      const gap = Math.ceil(bytes / RECORD_HEADER_BYTES);
      expect(await journal.append(append("new"))).toBe(104 + gap);
    }
  });

  test("are found however the reads cut the file", async () => {
    const [earlier] = earlierLives();
    for (let readAheadBytesMax = 4; readAheadBytesMax < 400; readAheadBytesMax += 1) {
      const limits = { readAheadBytesMax };
      const free = diskWith({ [FIRST]: over(earlier!, segmentOf(life())) });
      expect((await openTestJournal(free, { limits })).events).toEqual([]);
      const torn = flipped(over(earlier!, segmentOf(life())), startOf(2));
      const { events } = await openTestJournal(diskWith({ [FIRST]: torn }), { limits });
      expect(events).toMatchObject([{ kind: "torn_tail" }]);
    }
  });

  test("of an older segment are no backlog, tell no event and are cut off", async () => {
    for (const earlier of earlierLives()) {
      const next = segmentOf({ first: 104, nonce: 151, texts: ["fff"] });
      const older = over(earlier, segmentOf(life()));
      const disk = diskWith({ [FIRST]: older, 104: over(earlier, next) });
      const { store, events } = await openTestJournal(disk);
      expect(store.backlog()).toMatchObject({ rows: 4, bytes: 4 * RECORD_BYTES });
      expect(await take(store, 4)).toEqual([...TEXTS, "fff"]);
      expect(events).toEqual([]);
      expect(disk.contentOf(segmentPath(FIRST))).toEqual(segmentOf(life()));
    }
  });

  test("of an older segment stay when its last record is damaged, and cost only its rows", async () => {
    for (const earlier of earlierLives()) {
      const next = segmentOf({ first: 104, nonce: 151, texts: ["fff"] });
      const older = flipped(over(earlier, segmentOf(life())), startOf(2) + 9);
      const { store, events } = await openTestJournal(diskWith({ [FIRST]: older, 104: next }));
      expect(await take(store, 3)).toEqual(["ccc", "ddd", "fff"]);
      await store.acknowledge(104, { stored: rowsOf(3), dropped: rowsOf(0) });
      expect(store.counts()).toEqual({ stored: rowsOf(3), dropped: rowsOf(1) });
      expect(events).toMatchObject([{ kind: "damaged", rows: 1 }]);
    }
  });

  test("that cannot be cut off are not written over: a new segment is", async () => {
    const disk = diskWith({ [FIRST]: over(earlierLives()[0]!, segmentOf(life())) });
    disk.fault = (call) => (call === "truncate" ? { error: "EIO" } : undefined);
    const { journal, store, events } = await openTestJournal(disk);
    expect(events).toMatchObject([{ kind: "write_failed" }]);
    await appendAll(journal, ["new"]);
    expect(disk.paths()).toContain(segmentPath(104));
    expect(await take(store, 4)).toEqual([...TEXTS, "new"]);
  });
});

describe("the last record of a segment that was written over", () => {
  test("may be torn at every byte: every whole record before it is kept", async () => {
    for (const earlier of earlierLives()) {
      const whole = segmentOf(life());
      for (let length = startOf(2); length < startOf(3); length += 1) {
        const torn = over(earlier, whole.subarray(0, length));
        const { events } = await openTestJournal(diskWith({ [FIRST]: torn }));
        const kinds = events.map(({ kind }) => kind);
        // An earlier life can have had the same payload at the same place.
        const isWhole = torn.subarray(0, whole.length).equals(whole);
        const hasNonce = length >= startOf(2) + 16;
        expect(kinds.includes("torn_tail") || isWhole || !hasNonce).toBe(true);
        const kept = isWhole ? TEXTS : ["ccc", "ddd"];
        expect(await expectKept(diskWith({ [FIRST]: torn }), kept)).toBeGreaterThan(102);
      }
    }
  });

  test("may be flipped at every byte: it is told, and its number is not used again", async () => {
    for (const earlier of earlierLives()) {
      for (let offset = startOf(2); offset < startOf(3); offset += 1) {
        const content = flipped(over(earlier, segmentOf(life())), offset);
        const { events } = await openTestJournal(diskWith({ [FIRST]: content }));
        expect(events).toMatchObject([{ kind: "torn_tail" }]);
        const next = await expectKept(diskWith({ [FIRST]: content }), ["ccc", "ddd"]);
        expect(next).toBeGreaterThan(103);
      }
    }
  });

  test("when it is the only one is missed, whatever is left of it", async () => {
    const content = over(earlierLives()[0]!, segmentOf(life([])));
    const { journal, events } = await openTestJournal(diskWith({ [FIRST]: content }));
    expect(events).toMatchObject([{ kind: "torn_tail" }]);
    expect(await journal.append(append("new"))).toBeGreaterThan(FIRST);
  });
});

describe("telemetry of an earlier life", () => {
  test("never comes back as a record when the segment's header is damaged at any byte", async () => {
    for (const earlier of earlierLives()) {
      for (let offset = 0; offset < SEGMENT_HEADER_BYTES; offset += 1) {
        const content = flipped(over(earlier, segmentOf(life())), offset);
        const { events } = await openTestJournal(diskWith({ [FIRST]: content }));
        expect(events).toMatchObject([{ kind: "damaged" }, { kind: "torn_tail" }]);
        const next = await expectKept(diskWith({ [FIRST]: content }), TEXTS);
        expect(next).toBeGreaterThan(103);
      }
    }
  });

  test("never comes back when header and first record are damaged", async () => {
    for (const earlier of earlierLives().slice(0, 3)) {
      for (let offset = startOf(0); offset < startOf(1); offset += 1) {
        const content = flipped(flipped(over(earlier, segmentOf(life())), 20), offset);
        const { store, journal } = await openTestJournal(diskWith({ [FIRST]: content }));
        expect(await readAll(store)).toEqual(["ddd", "eee"]);
        expect(await journal.append(append("new"))).toBeGreaterThan(103);
      }
    }
  });

  test("is put aside when nothing whole of the last life is left", async () => {
    for (const earlier of earlierLives().slice(0, 3)) {
      const { store, events } = await openTestJournal(diskWith({ [FIRST]: flipped(earlier, 9) }));
      expect(events).toMatchObject([{ kind: "quarantined" }]);
      expect(await readAll(store)).toEqual([]);
    }
  });
});

test("spares that a stop left are removed, and files that only look alike are not", async () => {
  const disk = diskWith({ [FIRST]: segmentOf(life()) });
  const spare = `${segmentPath(1)}.spare`;
  const others = [`${FOLDER}/mine.spare`, `${segmentPath(1)}.spare.old`];
  for (const path of [spare, ...others]) disk.place(path, earlierLives()[0]!);
  const { events, store } = await openTestJournal(disk);
  expect(disk.paths()).not.toContain(spare);
  expect(disk.paths()).toEqual(expect.arrayContaining(others));
  expect(events.map(({ kind }) => kind)).toEqual(["ignored_file", "ignored_file"]);
  expect(await readAll(store)).toEqual(TEXTS);
});
