import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ByteWriter } from "#core/bytes.ts";
import { BLOCK_COLUMNS } from "#core/native/block-columns.ts";
import { ColumnWriter } from "#core/native/column-writer.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { BlockLetters, type BlockLettersOptions } from "./block-letters.ts";

let folder = "";
let clock: FakeClock;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "block-letters-"));
  clock = new FakeClock();
  await mkdir(dead());
});
afterEach(() => rm(folder, { recursive: true }));

const dead = (): string => join(folder, "dead");

async function opened(options: Partial<BlockLettersOptions> = {}): Promise<BlockLetters> {
  const letters = new BlockLetters({ folder: dead(), clock, ...options });
  await letters.open();
  return letters;
}

/** The beginning of a block of spans that belong to an organization. */
function blockOf(org: string, rows: number): Uint8Array {
  const bytes = new ByteWriter();
  const writer = new ColumnWriter(bytes);
  writer.begin(BLOCK_COLUMNS.spans.length, rows);
  writer.constantText("org", rows, org);
  return Uint8Array.from(bytes.view());
}

async function keep(
  letters: BlockLetters,
  number: number,
  block: Uint8Array = blockOf("default", 2),
): Promise<string> {
  const path = join(folder, "insert.native");
  await writeFile(path, block);
  const token = `default:${number}-${number}:spans:19700`;
  await letters.keep({ token, table: "spans", rows: 2, path, reason: `no ${number}` });
  await clock.advance(1);
  return token;
}

async function ids(letters: BlockLetters, org = "default"): Promise<string[]> {
  return (await letters.list({ org, limit: 100 })).letters.map(({ id }) => id);
}

describe("blocks that the store will not take", () => {
  it("are there again after a restart, with the reason, until they are deleted", async () => {
    const letters = await opened();
    const [first, second] = [await keep(letters, 1), await keep(letters, 2)];
    const again = await opened();
    expect(await ids(again)).toEqual([first, second]);
    expect(await again.get(second, "default")).toMatchObject({
      reason: "no 2",
      timeMs: clock.nowMs() - 1,
      block: { table: "spans", rows: 2, file: expect.stringMatching(/\.native$/) as string },
    });
    expect([again.rows, again.count("default")]).toEqual([4, 2]);
    expect(await again.remove([first, "unknown"])).toBe(1);
    expect(await ids(await opened())).toEqual([second]);
    await again.remove([second]);
    expect(await readdir(dead())).toEqual([]);
  });

  it("are listed in pages, each once, though some are deleted meanwhile", async () => {
    const letters = await opened();
    const tokens: string[] = [];
    for (let number = 1; number <= 5; number++) tokens.push(await keep(letters, number));
    const first = await letters.list({ org: "default", limit: 2 });
    await letters.remove([tokens[1]!, tokens[2]!]);
    const rest = await letters.list({ org: "default", limit: 9, after: first.after });
    expect(first.letters.map(({ id }) => id)).toEqual(tokens.slice(0, 2));
    expect(rest.letters.map(({ id }) => id)).toEqual(tokens.slice(3));
    expect(rest.after).toBeUndefined();
  });

  it("belong to the organization of their rows; what cannot be read, to the installation's", async () => {
    const letters = await opened();
    const acme = await keep(letters, 1, blockOf("acme", 2));
    const unknown = await keep(letters, 2, Buffer.from("torn"));
    expect(await ids(letters, "acme")).toEqual([acme]);
    expect(await ids(letters)).toEqual([unknown]);
    expect(await letters.get(acme, "default")).toBeUndefined();
    expect(letters.count("acme")).toBe(1);
  });

  it("are kept once, however often they are refused", async () => {
    const letters = await opened();
    const token = await keep(letters, 1);
    await keep(letters, 1);
    expect(await ids(letters)).toEqual([token]);
  });

  it("beyond the bound of bytes go, the oldest first, and are told", async () => {
    const dropped: number[] = [];
    const bytesMax = blockOf("default", 2).length * 2;
    const letters = await opened({ bytesMax, onDropped: (count) => dropped.push(count) });
    const tokens: string[] = [];
    for (let number = 1; number <= 4; number++) tokens.push(await keep(letters, number));
    expect(await ids(letters)).toEqual(tokens.slice(2));
    expect(dropped).toEqual([1, 1]);
    expect(await ids(await opened())).toEqual(tokens.slice(2));
  });

  it("beyond the bound of their number go, the oldest first", async () => {
    const letters = await opened({ lettersMax: 2 });
    const tokens: string[] = [];
    for (let number = 1; number <= 4; number++) tokens.push(await keep(letters, number));
    expect(await ids(letters)).toEqual(tokens.slice(2));
    expect(await readdir(dead())).toHaveLength(4);
  });

  it("of an earlier version are there without a reason", async () => {
    await writeFile(join(dead(), "default_7-7_logs_19700.native"), "x");
    await writeFile(join(dead(), "other.native"), "x");
    const letters = await opened();
    const [letter, ...others] = (await letters.list({ org: "default", limit: 9 })).letters;
    expect(letter).toMatchObject({
      reason: expect.stringContaining("an earlier version") as string,
      block: { table: "logs" },
    });
    expect(others).toEqual([]);
  });
});
