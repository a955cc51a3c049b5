import { crc32 as crc } from "node:zlib";
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
import { RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES, encodeRecordHeader } from "./record.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

const CURSOR = `${FOLDER}/cursors/store`;
const RECORD_BYTES = RECORD_HEADER_BYTES + 3;
const TEXTS = ["aaa", "bbb", "ccc"];
/** Two records in each segment. */
const TWO = { segmentBytesMax: SEGMENT_HEADER_BYTES + 2 * RECORD_BYTES };

async function written(
  texts: readonly string[] = TEXTS,
  limits: { segmentBytesMax?: number } = {},
): Promise<SimulatedDisk> {
  const { journal, disk } = await openTestJournal(undefined, { limits });
  await appendAll(journal, texts);
  await journal.close();
  return disk;
}

function copyOf(disk: SimulatedDisk): SimulatedDisk {
  const copy = new SimulatedDisk();
  for (const path of disk.paths()) copy.place(path, disk.contentOf(path)!);
  return copy;
}

/** A copy of the disk with one file changed by `edit`. */
function damaged(
  disk: SimulatedDisk,
  path: string,
  edit: (content: Buffer) => Uint8Array,
): SimulatedDisk {
  const copy = copyOf(disk);
  copy.place(path, edit(Buffer.from(disk.contentOf(path)!)));
  return copy;
}

function flip(offset: number): (content: Buffer) => Buffer {
  return (content) => {
    content[offset]! ^= 0xff;
    return content;
  };
}

function startOf(record: number): number {
  return SEGMENT_HEADER_BYTES + record * RECORD_BYTES;
}

/** Opens, checks what is there, and that writing goes on with new numbers over another restart. */
async function expectKept(disk: SimulatedDisk, texts: readonly string[]): Promise<void> {
  const { journal, store } = await openTestJournal(disk);
  expect(await readAll(store)).toEqual(texts);
  expect(await journal.append(append("new"))).toBeGreaterThan(TEXTS.length);
  expect(await take(store, texts.length + 1)).toEqual([...texts, "new"]);
  await journal.close();
  const again = await openTestJournal(disk);
  expect(await take(again.store, texts.length + 1)).toEqual([...texts, "new"]);
}

describe("the last record", () => {
  test("may be cut at every byte: it starts, and keeps every whole record before it", async () => {
    const disk = await written();
    for (let length = startOf(2) + 1; length < startOf(3); length += 1) {
      const torn = damaged(disk, segmentPath(1), (content) => content.subarray(0, length));
      const { events } = await openTestJournal(copyOf(torn));
      expect(events).toEqual([
        expect.objectContaining({ kind: "torn_tail", bytes: length - startOf(2) }),
      ]);
      await expectKept(torn, ["aaa", "bbb"]);
    }
  });

  test("may be flipped at every byte: it starts, and keeps every whole record before it", async () => {
    const disk = await written();
    for (let offset = startOf(2); offset < startOf(3); offset += 1) {
      await expectKept(damaged(disk, segmentPath(1), flip(offset)), ["aaa", "bbb"]);
    }
  });

  test("may be every single bit flipped", async () => {
    const disk = await written();
    for (let bit = startOf(2) * 8; bit < startOf(3) * 8; bit += 1) {
      const torn = damaged(disk, segmentPath(1), (content) => {
        content[bit >> 3]! ^= 1 << (bit & 7);
        return content;
      });
      const { store } = await openTestJournal(torn);
      expect(await readAll(store)).toEqual(["aaa", "bbb"]);
    }
  });

  test("may be followed by zeros, or by anything else", async () => {
    const disk = await written();
    for (const tail of [Buffer.alloc(1), Buffer.alloc(5000), Buffer.from("SGR1SGR1".repeat(99))]) {
      const torn = damaged(disk, segmentPath(1), (content) => Buffer.concat([content, tail]));
      await expectKept(torn, TEXTS);
    }
  });

  test("is not mistaken for one that was acknowledged: its number is not used again", async () => {
    const disk = await written();
    const torn = damaged(disk, segmentPath(1), flip(startOf(1)));
    const cut = damaged(torn, segmentPath(1), (content) => content.subarray(0, startOf(3) - 1));
    const { journal } = await openTestJournal(cut);
    expect(await journal.append(append("new"))).toBeGreaterThan(3);
  });
});

test("a copy of a record behind the last one is not handed out again", async () => {
  const disk = await written();
  const doubled = damaged(disk, segmentPath(1), (content) =>
    Buffer.concat([content, content.subarray(startOf(1), startOf(2))]),
  );
  await expectKept(doubled, TEXTS);
});

describe("a record in the middle", () => {
  test("may be flipped at every byte: only it is lost, and its rows are counted as dropped", async () => {
    const disk = await written();
    for (let offset = startOf(1); offset < startOf(2); offset += 1) {
      const { store, journal } = await openTestJournal(damaged(disk, segmentPath(1), flip(offset)));
      expect(await take(store, 2)).toEqual(["aaa", "ccc"]);
      await store.acknowledge(3, { stored: rowsOf(2), dropped: rowsOf(0) });
      expect(store.counts()).toEqual({ stored: rowsOf(2), dropped: rowsOf(1) });
      expect(journal.acceptedRows()).toEqual(rowsOf(3));
      expect(store.backlog().rows).toBe(0);
    }
  });

  test("of an older segment may be flipped at every byte: only it is lost, counted", async () => {
    const disk = await written(["aaa", "bbb", "ccc", "ddd", "eee"], TWO);
    for (const record of [0, 1]) {
      const rest = ["aaa", "bbb", "ccc", "ddd", "eee"].toSpliced(2 + record, 1);
      for (let offset = startOf(record); offset < startOf(record + 1); offset += 1) {
        const { store, events } = await openTestJournal(
          damaged(disk, segmentPath(3), flip(offset)),
        );
        expect(await take(store, 4)).toEqual(rest);
        await store.acknowledge(5, { stored: rowsOf(4), dropped: rowsOf(0) });
        expect(store.counts()).toEqual({ stored: rowsOf(4), dropped: rowsOf(1) });
        expect(events.filter(({ kind, rows }) => kind === "damaged" && rows === 1)).toHaveLength(1);
      }
    }
  });

  test("is passed over however the reads cut the file", async () => {
    const disk = await written(["aaa", "bbb", "ccc", "ddd", "eee"]);
    const broken = damaged(disk, segmentPath(1), flip(startOf(1)));
    for (let readAheadBytesMax = 4; readAheadBytesMax < 400; readAheadBytesMax += 1) {
      const { store, journal } = await openTestJournal(copyOf(broken), {
        limits: { readAheadBytesMax },
      });
      expect(await take(store, 4)).toEqual(["aaa", "ccc", "ddd", "eee"]);
      await journal.close();
    }
  });

  test("that holds the image of a record cannot pass it off as one", async () => {
    const image = Buffer.alloc(RECORD_HEADER_BYTES);
    encodeRecordHeader(image, 0, Buffer.alloc(8, 99), {
      signal: "logs",
      sequence: 2,
      writtenMs: 1,
      rows: 1000,
      payloadVersion: 1,
      payloadBytes: 0,
      payloadCrc: 0,
      accepted: rowsOf(1, 1000),
    });
    const { journal, disk } = await openTestJournal();
    await journal.append({ signal: "traces", rows: 1, payload: [image] });
    await appendAll(journal, ["aaa"]);
    await journal.close();
    const { store } = await openTestJournal(
      damaged(disk, segmentPath(1), flip(SEGMENT_HEADER_BYTES)),
    );
    expect(await readAll(store)).toEqual(["aaa"]);
  });

  test("written by a later version is passed over, and nothing is written behind it but new records", async () => {
    const disk = await written();
    const later = damaged(disk, segmentPath(1), (content) => {
      const header = content.subarray(startOf(2), startOf(3));
      header[4] = 200;
      header.writeUInt32LE(crc(header.subarray(0, 68)), 68);
      return content;
    });
    const { journal, store, events } = await openTestJournal(later);
    expect(events).toEqual([]);
    await expect(journal.append(append("new"))).resolves.toBe(4);
    expect(await take(store, 3)).toEqual(["aaa", "bbb", "new"]);
    expect(journal.acceptedRows()).toEqual(rowsOf(4));
  });
});

describe("segments", () => {
  test("are read without their header, damaged at any byte", async () => {
    const disk = await written(["aaa", "bbb", "ccc", "ddd", "eee"], TWO);
    for (const first of [1, 3, 5]) {
      for (let offset = 0; offset < SEGMENT_HEADER_BYTES; offset += 1) {
        const { journal, store } = await openTestJournal(
          damaged(disk, segmentPath(first), flip(offset)),
        );
        expect(await take(store, 5)).toEqual(["aaa", "bbb", "ccc", "ddd", "eee"]);
        expect(journal.acceptedRows()).toEqual(rowsOf(5));
        expect(await journal.append(append("new"))).toBe(6);
      }
    }
  });

  test("that are missing in the middle are passed over, and their rows counted as dropped", async () => {
    const disk = await written(["aaa", "bbb", "ccc", "ddd", "eee"], TWO);
    disk.delete(segmentPath(3));
    const { journal, store } = await openTestJournal(disk);
    expect(await take(store, 3)).toEqual(["aaa", "bbb", "eee"]);
    await store.acknowledge(5, { stored: rowsOf(3), dropped: rowsOf(0) });
    expect(store.counts()).toEqual({ stored: rowsOf(3), dropped: rowsOf(2) });
    expect(journal.acceptedRows()).toEqual(rowsOf(5));
  });

  test("that vanish while the journal is open are passed over, and their rows counted", async () => {
    const { journal, store, disk, events } = await openTestJournal(undefined, {
      limits: { ...TWO, memoryBytesMax: 0 },
    });
    await appendAll(journal, ["aaa", "bbb", "ccc", "ddd", "eee"]);
    disk.delete(segmentPath(3));
    expect(await take(store, 3)).toEqual(["aaa", "bbb", "eee"]);
    expect(events.map(({ kind }) => kind)).toContain("damaged");
    await store.acknowledge(5, { stored: rowsOf(3), dropped: rowsOf(0) });
    expect(store.counts().dropped).toEqual(rowsOf(2));
  });

  test("without anything in them are put aside, whatever they hold", async () => {
    for (const garbage of [
      Buffer.alloc(0),
      Buffer.alloc(1),
      Buffer.alloc(70_000),
      Buffer.from("SGS1".repeat(100)),
      Buffer.from("SGR1".repeat(100)),
      Buffer.alloc(SEGMENT_HEADER_BYTES + RECORD_HEADER_BYTES, 0xff),
    ]) {
      const disk = await written(["aaa", "bbb", "ccc", "ddd", "eee"], TWO);
      for (const first of [2, 6]) disk.place(segmentPath(first), garbage);
      const { journal, store, events } = await openTestJournal(disk, { limits: TWO });
      expect(await take(store, 5)).toEqual(["aaa", "bbb", "ccc", "ddd", "eee"]);
      expect(events.map(({ kind }) => kind)).toEqual(["quarantined", "quarantined"]);
      expect(disk.paths()).toContain(`${segmentPath(6)}.damaged`);
      await appendAll(journal, ["fff", "ggg"]);
      expect(await take(store, 2)).toEqual(["fff", "ggg"]);
    }
  });

  test("that are put aside take their numbers with them", async () => {
    const disk = await written(["aaa", "bbb", "ccc", "ddd", "eee"], TWO);
    const garbage = damaged(disk, segmentPath(3), (content) => content.fill(7));
    garbage.delete(segmentPath(5));
    const { journal } = await openTestJournal(garbage);
    expect(await journal.append(append("new"))).toBeGreaterThan(4);
  });

  test("under a wrong name are put aside, and stray files are left alone", async () => {
    const disk = await written();
    disk.place(segmentPath(2 ** 50), disk.contentOf(segmentPath(1))!);
    disk.place(`${FOLDER}/ffffffffffffffff.journal`, Buffer.alloc(9));
    disk.place(`${FOLDER}/notes.txt`, Buffer.from("mine"));
    const { journal, store, events } = await openTestJournal(disk);
    expect(events.map(({ kind }) => kind).toSorted()).toEqual([
      "ignored_file",
      "ignored_file",
      "quarantined",
    ]);
    expect(disk.paths()).toContain(`${FOLDER}/notes.txt`);
    expect(await readAll(store)).toEqual(TEXTS);
    expect(await journal.append(append("new"))).toBe(4);
  });

  test("put aside are kept for inspection up to a bound", async () => {
    const disk = await written();
    for (let first = 100; first < 120; first += 1) {
      disk.place(`${segmentPath(first)}.damaged`, Buffer.alloc(1));
    }
    await openTestJournal(disk, { limits: { damagedFilesMax: 3 } });
    const kept = disk.paths().filter((path) => path.endsWith(".damaged"));
    expect(kept).toEqual([117, 118, 119].map((first) => `${segmentPath(first)}.damaged`));
  });
});

describe("the cursor", () => {
  const counts = { stored: rowsOf(1), dropped: rowsOf(0) };

  async function acknowledged(): Promise<SimulatedDisk> {
    const { journal, store, disk } = await openTestJournal();
    await appendAll(journal, TEXTS);
    await take(store, 3);
    await store.acknowledge(1, counts);
    await store.acknowledge(2, counts);
    await journal.close();
    return disk;
  }

  test("falls back to the copy before when a byte of one is flipped", async () => {
    const disk = await acknowledged();
    const length = disk.contentOf(CURSOR)!.length;
    for (let offset = 0; offset < length; offset += offset % 4096 < 200 ? 1 : 97) {
      const { store } = await openTestJournal(damaged(disk, CURSOR, flip(offset)));
      expect([1, 2]).toContain(store.position());
      expect(store.counts().stored.traces).toBe(store.position());
      expect(await take(store, 3 - store.position())).toEqual(TEXTS.slice(store.position()));
    }
  });

  test("may be cut at any byte, and reading starts at the oldest record when nothing is left", async () => {
    const disk = await acknowledged();
    const length = disk.contentOf(CURSOR)!.length;
    const positions = new Set<number>();
    for (let cut = 0; cut < length; cut += cut % 4096 < 200 ? 1 : 97) {
      const torn = damaged(disk, CURSOR, (content) => content.subarray(0, cut));
      const { store, events } = await openTestJournal(torn);
      positions.add(store.position());
      expect(events.map(({ kind }) => kind)).toEqual(
        store.position() === 0 ? ["cursor_reset"] : [],
      );
      expect(await take(store, 3 - store.position())).toEqual(TEXTS.slice(store.position()));
      await store.acknowledge(3);
      expect(store.position()).toBe(3);
    }
    expect(positions).toEqual(new Set([0, 1, 2]));
  });

  test("that is lost makes a consumer read again from the oldest record, once", async () => {
    const disk = await acknowledged();
    disk.delete(CURSOR);
    const { journal, store } = await openTestJournal(disk);
    expect(store.backlog()).toMatchObject({ records: 3, rows: 3 });
    expect(await take(store, 3)).toEqual(TEXTS);
    await store.acknowledge(3);
    await journal.close();
    const again = await openTestJournal(disk);
    expect(again.store.position()).toBe(3);
  });

  test("beyond the last whole record stays there, and misses nothing that comes after", async () => {
    const disk = await acknowledged();
    for (let length = 0; length < startOf(2); length += 7) {
      const cut = damaged(disk, segmentPath(1), (content) => content.subarray(0, length));
      const { journal, store } = await openTestJournal(cut, { limits: { memoryBytesMax: 0 } });
      expect(store.position()).toBe(2);
      await appendAll(journal, ["new", "newer"]);
      expect(await take(store, 2)).toEqual(["new", "newer"]);
      await journal.close();
      const again = await openTestJournal(cut);
      expect(await take(again.store, 2)).toEqual(["new", "newer"]);
    }
  });
});
