import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { PipelineFolders } from "./pipeline-folders.ts";

let dataDir: string;
let folders: PipelineFolders;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "sightglass-folders-"));
  folders = new PipelineFolders(dataDir);
});
afterEach(() => rmSync(dataDir, { recursive: true }));

it("the inserts of a pipeline are named alike for all its life, and otherwise in the next", async () => {
  const identity = await folders.storeIdentity("audit");
  expect(identity).toMatch(/^audit-[0-9a-f]{16}$/);
  expect(await new PipelineFolders(dataDir).storeIdentity("audit")).toBe(identity);
  expect(await folders.storeIdentity("other")).not.toBe(identity);
  await folders.remove("audit");
  expect(await folders.storeIdentity("audit")).not.toBe(identity);
});

it("the default pipeline has its folders and its name for ever", async () => {
  mkdirSync(folders.journal("default"), { recursive: true });
  expect(await folders.storeIdentity("default")).toBe("default");
  expect(folders.store("default")).toBe(join(dataDir, "store"));
  await folders.remove("default");
  expect(existsSync(folders.journal("default"))).toBe(true);
});

it("a pipeline that is removed leaves its dead letters alone", async () => {
  for (const folder of [folders.journal("audit"), folders.delivery("audit")])
    mkdirSync(folder, { recursive: true });
  const state = join(folders.delivery("audit"), "jsonl.delivery");
  writeFileSync(state, "");
  await folders.storeIdentity("audit");
  const dead = join(folders.store("other"), "dead");
  mkdirSync(dead, { recursive: true });
  writeFileSync(join(dead, "letter.native"), "");
  mkdirSync(join(folders.store("other"), "plans"));
  await folders.remove("audit");
  await folders.remove("other");
  expect(readdirSync(folders.store("other"))).toEqual(["dead"]);
  expect(existsSync(folders.journal("audit"))).toBe(false);
  expect(existsSync(state)).toBe(false);
  expect(existsSync(folders.store("audit"))).toBe(false);
  expect(existsSync(folders.delivery("audit"))).toBe(true);
});

it("a pipeline whose folders cannot be removed says so, before its journal goes", async () => {
  mkdirSync(folders.journal("audit"), { recursive: true });
  mkdirSync(folders.store("audit"), { recursive: true });
  writeFileSync(join(folders.store("audit"), "dead"), "no folder");
  await expect(folders.remove("audit")).rejects.toThrow("ENOTDIR");
  expect(existsSync(folders.journal("audit"))).toBe(true);
});

it("a journal that is not needed goes whole, and is not taken for one that holds traces", async () => {
  const held = folders.journal("default.tail_sample");
  const half = folders.journal(".default.tail_sample");
  for (const folder of [held, half]) mkdirSync(join(folder, "cursors"), { recursive: true });
  writeFileSync(join(held, "cursors", "holder"), "");
  mkdirSync(folders.journal("default"));
  expect(await folders.held("default")).toEqual(["tail_sample"]);
  await folders.removeJournal("default.tail_sample");
  expect(await folders.held("default")).toEqual([]);
  expect([held, half, folders.journal("default")].map((one) => existsSync(one))).toEqual([
    false,
    false,
    true,
  ]);
});
