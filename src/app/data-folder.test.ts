import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  DATA_FOLDER_VERSION,
  isDataFolderLocked,
  openDataFolder,
  readLockHolder,
} from "./data-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sightglass-data-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const START_MS = Date.UTC(2026, 0, 2);

/** A process that holds the lock until it is killed. */
async function holder(path: string) {
  const module = fileURLToPath(new URL("data-folder.ts", import.meta.url));
  const script = `const { openDataFolder } = await import(${JSON.stringify(module)});
    await openDataFolder(${JSON.stringify(path)}, 0); console.log("locked"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

test("makes the folder, says who uses it, and leaves its version behind", async () => {
  const path = join(folder, "deep", "data");
  const data = await openDataFolder(path, START_MS);
  expect(readFileSync(join(path, "version"), "utf8")).toBe(`${DATA_FOLDER_VERSION}\n`);
  await data.announce("http://127.0.0.1:4319");
  expect(await readLockHolder(path)).toEqual({
    pid: process.pid,
    startedAt: "2026-01-02T00:00:00.000Z",
    url: "http://127.0.0.1:4319",
  });
  expect(isDataFolderLocked(path)).toBe(true);
  await data.release();
  await data.release();
  expect(isDataFolderLocked(path)).toBe(false);
  expect(await readLockHolder(path)).toBeUndefined();
});

test("refuses a folder that is in use, and says by whom", async () => {
  const data = await openDataFolder(folder, START_MS);
  await expect(openDataFolder(folder, START_MS)).rejects.toMatchObject({
    exit: "data_folder_in_use",
    message: expect.stringContaining(`process ${process.pid}, since 2026-01-02`) as unknown,
  });
  await data.release();
  await (await openDataFolder(folder, START_MS)).release();
});

test("refuses a folder that another process uses, until that one is killed", async () => {
  const child = await holder(folder);
  await expect(openDataFolder(folder, START_MS)).rejects.toMatchObject({
    exit: "data_folder_in_use",
    message: expect.stringContaining(`process ${child.pid}`) as unknown,
  });
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(existsSync(join(folder, "lock"))).toBe(true);
  await (await openDataFolder(folder, START_MS)).release();
});

test("a lock file that names a living process means nothing without that process's lock", async () => {
  writeFileSync(
    join(folder, "lock"),
    JSON.stringify({ pid: process.ppid, startedAt: "2026-01-01T00:00:00Z" }),
  );
  const data = await openDataFolder(folder, START_MS);
  expect(await readLockHolder(folder)).toMatchObject({ pid: process.pid });
  await data.release();
});

test("starts though it cannot say who uses the folder, as on a full disk", async () => {
  mkdirSync(join(folder, "lock.partial"));
  const data = await openDataFolder(folder, START_MS);
  await data.announce("http://127.0.0.1:4319");
  expect(isDataFolderLocked(folder)).toBe(true);
  expect(await readLockHolder(folder)).toBeUndefined();
  await data.release();
});

test("refuses the folder of a newer version and changes nothing in it", async () => {
  writeFileSync(join(folder, "version"), `${DATA_FOLDER_VERSION + 1}\n`);
  await expect(openDataFolder(folder, START_MS)).rejects.toMatchObject({
    exit: "data_folder_newer",
  });
  expect(readFileSync(join(folder, "version"), "utf8")).toBe(`${DATA_FOLDER_VERSION + 1}\n`);
  expect(isDataFolderLocked(folder)).toBe(false);
});

test.each(["", "one", "-1", "1\n2"])("refuses a folder whose version is %j", async (version) => {
  writeFileSync(join(folder, "version"), version);
  await expect(openDataFolder(folder, START_MS)).rejects.toMatchObject({
    exit: "data_folder_unusable",
    message: expect.stringContaining("allowed: a number") as unknown,
  });
});

test("refuses a path that is no folder", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  await expect(openDataFolder(file, START_MS)).rejects.toMatchObject({
    exit: "data_folder_unusable",
  });
});

test.skipIf(process.getuid?.() === 0)("refuses a folder that cannot be written", async () => {
  chmodSync(folder, 0o500);
  await expect(openDataFolder(folder, START_MS)).rejects.toMatchObject({
    exit: "data_folder_unusable",
  });
});
