import fc from "fast-check";
import { expect, test } from "vitest";
import {
  FOLDER,
  append,
  appendAll,
  openTestJournal,
  segmentPath,
  take,
} from "./journal-fixture.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

const CURSOR = `${FOLDER}/cursors/store`;
const LIMITS = { segmentBytesMax: 500, readAheadBytesMax: 200, recordBytesMax: 1000 };

/** Bytes that look like a journal here and there. */
const piece = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .constantFrom("SGR1", "SGS1", "SGC1", "SGR1\u0001\u0001\u0001\0")
    .map((text) => Buffer.from(text)),
  fc.nat(2000).map((length) => Buffer.alloc(length)),
);
const garbage = fc.array(piece, { maxLength: 8 }).map((pieces) => Buffer.concat(pieces));

/** Opens whatever is there, writes, and sees what it wrote, before and after a restart. */
async function expectUsable(disk: SimulatedDisk): Promise<void> {
  const { journal, store } = await openTestJournal(disk, { limits: LIMITS });
  const before = store.backlog().records;
  await appendAll(journal, ["new", "newer"]);
  const texts: string[] = [];
  while (texts.at(-1) !== "newer") texts.push(...(await take(store, 1)));
  expect(texts.slice(-2)).toEqual(["new", "newer"]);
  expect(texts.length).toBeLessThanOrEqual(before + 2);
  await journal.close();
  const again = await openTestJournal(disk, { limits: LIMITS });
  const after: string[] = [];
  while (after.at(-1) !== "newer") after.push(...(await take(again.store, 1)));
  expect(after).toEqual(texts);
  await again.journal.close();
}

test("opens over random bytes as segments and cursor, and works", async () => {
  const first = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.nat(2 ** 31));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(first, garbage), { maxLength: 4 }),
      garbage,
      async (segments, cursor) => {
        const disk = new SimulatedDisk();
        for (const [sequence, content] of segments) disk.place(segmentPath(sequence), content);
        disk.place(CURSOR, cursor);
        await expectUsable(disk);
      },
    ),
  );
});

/** How a good file goes bad. */
const mutation = fc.oneof(
  fc.record({
    kind: fc.constant("flip" as const),
    at: fc.nat(),
    mask: fc.integer({ min: 1, max: 255 }),
  }),
  fc.record({ kind: fc.constant("cut" as const), at: fc.nat() }),
  fc.record({ kind: fc.constant("insert" as const), at: fc.nat(), bytes: garbage }),
  fc.record({ kind: fc.constant("zero" as const), at: fc.nat(), length: fc.nat(600) }),
  fc.record({ kind: fc.constant("double" as const), at: fc.nat() }),
);

type Mutation = typeof mutation extends fc.Arbitrary<infer M> ? M : never;

function mutated(content: Buffer, change: Mutation): Buffer {
  const at = change.at % (content.length + 1);
  const copy = Buffer.from(content);
  if (change.kind === "flip") {
    if (at < copy.length) copy[at]! ^= change.mask;
    return copy;
  }
  if (change.kind === "cut") return copy.subarray(0, at);
  if (change.kind === "zero") return copy.fill(0, at, Math.min(copy.length, at + change.length));
  if (change.kind === "double") return Buffer.concat([copy, copy.subarray(at)]);
  return Buffer.concat([copy.subarray(0, at), change.bytes, copy.subarray(at)]);
}

test("opens over mutated files and hands out only what was written, in order", async () => {
  const texts = Array.from({ length: 12 }, (_, index) =>
    `record ${index} `.padEnd(20 + index * 7, "."),
  );
  const { journal, store, disk } = await openTestJournal(undefined, { limits: LIMITS });
  await appendAll(journal, texts.slice(0, 2));
  await Promise.all(texts.slice(2).map((text) => journal.append(append(text))));
  await take(store, 2);
  await store.acknowledge(1);
  await store.acknowledge(2);
  await journal.close();
  const paths = disk.paths();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(paths.length - 1), mutation), { minLength: 1, maxLength: 4 }),
      async (changes) => {
        const copy = new SimulatedDisk();
        for (const path of paths) copy.place(path, disk.contentOf(path)!);
        for (const [index, change] of changes) {
          const path = paths[index]!;
          copy.place(path, mutated(copy.contentOf(path)!, change));
        }
        const opened = await openTestJournal(copy, { limits: LIMITS });
        const found: string[] = [];
        for await (const record of opened.store.read(1, 2 ** 52)) {
          expect(record.payload.toString()).toBe(texts[record.sequence - 1]);
          found.push(record.payload.toString());
        }
        expect(new Set(found).size).toBe(found.length);
        await opened.journal.close();
        await expectUsable(copy);
      },
    ),
  );
});
