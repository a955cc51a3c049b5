import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { replaceFile } from "#pipeline/journal/replace-file.ts";
import { ExitError } from "./exit-codes.ts";

/** Version of the layout of the data folder. A process refuses folders of a later one. */
export const DATA_FOLDER_VERSION = 1;

/** What the process that uses a data folder says of itself in `<data>/lock`. */
export interface LockHolder {
  readonly pid: number;
  /** RFC 3339. */
  readonly startedAt: string;
  /** Where the API listens, once it does. */
  readonly url?: string;
}

/** A data folder that this process alone may use, until it is released or ends. */
export interface DataFolder {
  readonly path: string;
  /** Adds the address of the API to what other commands can read. */
  announce(url: string): Promise<void>;
  /** Idempotent. */
  release(): Promise<void>;
}

const SQLITE_BUSY = 5;
const holderSchema = z.object({ pid: z.int(), startedAt: z.string(), url: z.string().optional() });

/**
 * Makes the folder when it is not there, takes its lock and judges its version.
 *
 * The lock is the kernel's, on `lock.sqlite` (SQLite's own exclusive lock, the one way to an advisory
 * lock that Node has): it ends with the process however that ends, so there is no stale lock, and a
 * process id that was given to another program means nothing. `lock` beside it only tells people, and
 * `sightglass query`, who holds it.
 *
 * @throws ExitError data_folder_in_use, data_folder_newer or data_folder_unusable.
 */
export async function openDataFolder(path: string, startedAtMs: number): Promise<DataFolder> {
  const lock = await guard(path, async () => {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return takeLock(join(path, "lock.sqlite"));
  });
  if (lock === undefined) throw new ExitError("data_folder_in_use", await inUseMessage(path));

  const holder: LockHolder = { pid: process.pid, startedAt: new Date(startedAtMs).toISOString() };
  // Best effort: the disk may be full, and a server that can still answer queries should start.
  const tell = (more: Partial<LockHolder>): Promise<void> =>
    replaceFile(join(path, "lock"), `${JSON.stringify({ ...holder, ...more })}\n`).catch(() => {});
  let released = false;
  const release = async (): Promise<void> => {
    if (released) return;
    released = true;
    await rm(join(path, "lock"), { force: true });
    lock.close();
  };

  try {
    await guard(path, () => judgeVersion(path));
    await tell({});
  } catch (error) {
    await release();
    throw error;
  }
  return { path, announce: (url) => tell({ url }), release };
}

/** Whether another process, or this one, uses the folder now. Changes nothing in it. */
export function isDataFolderLocked(path: string): boolean {
  const file = join(path, "lock.sqlite");
  if (!existsSync(file)) return false;
  const lock = takeLock(file);
  lock?.close();
  return lock === undefined;
}

/**
 * Who says of itself to use the folder; undefined when nobody does. It may have been killed since:
 * only {@link isDataFolderLocked} knows.
 */
export async function readLockHolder(path: string): Promise<LockHolder | undefined> {
  const text = await readFile(join(path, "lock"), "utf8").catch(() => "");
  try {
    const { url, ...holder } = holderSchema.parse(JSON.parse(text));
    return url === undefined ? holder : { ...holder, url };
  } catch {
    return undefined;
  }
}

/** The layout version of a folder, undefined for a new one. */
export async function readDataVersion(path: string): Promise<number | undefined> {
  const file = join(path, "version");
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  if (/^\d{1,9}\s*$/.test(text)) return Number(text);
  const found = JSON.stringify(text.slice(0, 40));
  throw new ExitError(
    "data_folder_unusable",
    `${file}: found ${found}; allowed: a number, as Sightglass writes it. Is ${path} a data folder of Sightglass?`,
  );
}

async function judgeVersion(path: string): Promise<void> {
  const version = await readDataVersion(path);
  if (version === undefined) return replaceFile(join(path, "version"), `${DATA_FOLDER_VERSION}\n`);
  if (version > DATA_FOLDER_VERSION)
    throw new ExitError(
      "data_folder_newer",
      `The data folder ${path} has layout version ${version}, and this Sightglass knows versions up to ${DATA_FOLDER_VERSION}. ` +
        "Start the version that wrote it, or a later one, or use another folder (SIGHTGLASS_DATA_DIR). Nothing was changed.",
    );
  return undefined;
}

/** The open lock, or undefined when another process has it. */
function takeLock(file: string): DatabaseSync | undefined {
  const database = new DatabaseSync(file);
  try {
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY)
      return undefined;
    throw error;
  }
}

async function inUseMessage(path: string): Promise<string> {
  const holder = await readLockHolder(path);
  const who =
    holder === undefined ? "another process" : `process ${holder.pid}, since ${holder.startedAt}`;
  const where = holder?.url === undefined ? "" : ` (${holder.url})`;
  return `The data folder ${path} is in use by ${who}${where}. Stop it, or use another folder (SIGHTGLASS_DATA_DIR).`;
}

async function guard<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ExitError) throw error;
    const reason = error instanceof Error ? error.message : "unknown reason";
    const message = `The data folder ${path} cannot be used: ${reason}. It must be a folder that this user can write (SIGHTGLASS_DATA_DIR).`;
    throw new ExitError("data_folder_unusable", message, { cause: error });
  }
}
