import { dirname } from "node:path";
import type { DiskSpace, JournalFile, JournalFiles, OpenMode } from "./files.ts";

// A disk for tests: it keeps what was written apart from what is durable, fails when told to, and
// loses what was not synced when the power goes.

export type DiskCall =
  | "makeFolder"
  | "list"
  | "open"
  | "create"
  | "rename"
  | "remove"
  | "syncFolder"
  | "write"
  | "read"
  | "sync"
  | "truncate";

/** What befalls a call: an error, some bytes only, an answer later, or no answer for ever. */
export type DiskFault =
  | { error: string }
  | { bytes: number }
  | { until: Promise<unknown> }
  | "never";

export type FaultRule = (call: DiskCall, path: string) => DiskFault | undefined;

type Change = { position: number; bytes: Buffer } | { length: number };
type FolderChange = { path: string; inode: Inode | undefined; from?: string | undefined };

/** One sector is written or not; a write of several can be torn between them. */
const SECTOR_BYTES = 512;

class Inode {
  /** Its name now, or its last one. */
  path: string;
  content = Buffer.alloc(0);
  durable = Buffer.alloc(0);
  unsynced: Change[] = [];

  constructor(path: string) {
    this.path = path;
  }

  copy(): Inode {
    const copy = new Inode(this.path);
    copy.content = Buffer.from(this.content);
    copy.durable = Buffer.from(this.durable);
    copy.unsynced = [...this.unsynced];
    return copy;
  }

  change(change: Change): void {
    this.content = applyChange(this.content, change);
    this.unsynced.push(change);
  }

  sync(): void {
    for (const change of this.unsynced) this.durable = applyChange(this.durable, change);
    this.unsynced = [];
  }

  /** Each unsynced sector and truncation reached the disk or did not. */
  losePower(isKept: () => boolean): void {
    for (const change of this.unsynced) {
      for (const part of sectorsOf(change)) {
        if (isKept()) this.durable = applyChange(this.durable, part);
      }
    }
    this.unsynced = [];
    this.content = Buffer.from(this.durable);
  }
}

export class SimulatedDisk implements JournalFiles {
  fault: FaultRule = () => undefined;
  free: DiskSpace = { freeBytes: 2 ** 50, totalBytes: 2 ** 50 };
  readonly calls: { call: DiskCall; path: string }[] = [];
  #entries = new Map<string, Inode>();
  #durableEntries = new Map<string, Inode>();
  #unsynced = new Map<string, FolderChange[]>();
  #isDead = false;

  /** The machine after a kill -9: what was written is there. The old process does nothing more. */
  afterKill(): SimulatedDisk {
    this.#isDead = true;
    const disk = new SimulatedDisk();
    const copies = new Map<Inode, Inode>();
    const copied = (inode: Inode): Inode => {
      const copy = copies.get(inode) ?? inode.copy();
      copies.set(inode, copy);
      return copy;
    };
    for (const [path, inode] of this.#entries) disk.#entries.set(path, copied(inode));
    for (const [path, inode] of this.#durableEntries) disk.#durableEntries.set(path, copied(inode));
    for (const [folder, changes] of this.#unsynced) {
      const copy = changes.map((one) => ({ ...one, inode: one.inode && copied(one.inode) }));
      disk.#unsynced.set(folder, copy);
    }
    return disk;
  }

  /** The machine after a power loss; `isKept` decides for each thing that was not synced. */
  afterPowerLoss(isKept: () => boolean): SimulatedDisk {
    const disk = this.afterKill();
    for (const changes of disk.#unsynced.values()) {
      for (const change of changes) if (isKept()) applyToFolder(disk.#durableEntries, change);
    }
    disk.#unsynced = new Map();
    disk.#entries = new Map(disk.#durableEntries);
    for (const [path, inode] of disk.#entries) inode.path = path;
    for (const inode of new Set(disk.#entries.values())) inode.losePower(isKept);
    return disk;
  }

  contentOf(path: string): Buffer | undefined {
    return this.#entries.get(path)?.content;
  }

  paths(): string[] {
    return [...this.#entries.keys()].toSorted();
  }

  /** Puts a file there, durable, as if it had always been. */
  place(path: string, content: Uint8Array): void {
    const inode = new Inode(path);
    inode.change({ position: 0, bytes: Buffer.from(content) });
    inode.sync();
    this.#entries.set(path, inode);
    this.#durableEntries.set(path, inode);
  }

  delete(path: string): void {
    this.#entries.delete(path);
    this.#durableEntries.delete(path);
  }

  async makeFolder(path: string): Promise<void> {
    await this.#enter("makeFolder", path);
  }

  async list(folder: string): Promise<string[]> {
    await this.#enter("list", folder);
    const inside = [...this.#entries.keys()].filter((path) => dirname(path) === folder);
    return inside.map((path) => path.slice(folder.length + 1));
  }

  async open(path: string, mode: OpenMode): Promise<JournalFile> {
    await this.#enter(mode === "create" ? "create" : "open", path);
    const found = this.#entries.get(path);
    if (mode === "create") {
      if (found !== undefined) throw systemError("EEXIST");
      const inode = new Inode(path);
      this.#changeFolder(path, inode);
      return this.#handle(inode);
    }
    if (found === undefined) throw systemError("ENOENT");
    return this.#handle(found);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#enter("rename", from);
    const inode = this.#entries.get(from);
    if (inode === undefined) throw systemError("ENOENT");
    inode.path = to;
    this.#changeFolder(to, inode, from);
  }

  async remove(path: string): Promise<void> {
    await this.#enter("remove", path);
    if (!this.#entries.has(path)) throw systemError("ENOENT");
    this.#changeFolder(path, undefined);
  }

  async space(): Promise<DiskSpace> {
    await Promise.resolve();
    return this.free;
  }

  async syncFolder(path: string): Promise<void> {
    await this.#enter("syncFolder", path);
    for (const change of this.#unsynced.get(path) ?? []) {
      applyToFolder(this.#durableEntries, change);
    }
    this.#unsynced.delete(path);
  }

  /** A rename is one change: it reaches the disk whole, or not at all. */
  #changeFolder(path: string, inode: Inode | undefined, from?: string): void {
    const change = { path, inode, from };
    applyToFolder(this.#entries, change);
    const folder = dirname(path);
    const changes = this.#unsynced.get(folder) ?? [];
    changes.push(change);
    this.#unsynced.set(folder, changes);
  }

  async #enter(call: DiskCall, path: string): Promise<number | undefined> {
    await Promise.resolve();
    this.calls.push({ call, path });
    const fault = this.#isDead ? "never" : this.fault(call, path);
    if (fault === "never") return new Promise<never>(() => {});
    if (fault === undefined) return undefined;
    if ("bytes" in fault) return fault.bytes;
    if ("until" in fault) {
      await fault.until;
      return undefined;
    }
    // Pages that failed to be written are clean for the kernel: no later sync writes them.
    const inode = this.#entries.get(path);
    if (call === "sync" && inode !== undefined) inode.unsynced = [];
    throw systemError(fault.error);
  }

  #handle(inode: Inode): JournalFile {
    return {
      write: async (buffers, position) => {
        const short = await this.#enter("write", inode.path);
        const all = Buffer.concat(buffers);
        const bytes = all.subarray(0, short ?? all.length);
        inode.change({ position, bytes });
        return bytes.length;
      },
      read: async (into, position) => {
        const short = await this.#enter("read", inode.path);
        const end = position + Math.min(short ?? into.byteLength, into.byteLength);
        const bytes = inode.content.subarray(position, end);
        into.set(bytes);
        return bytes.length;
      },
      size: async () => inode.content.length,
      sync: async () => {
        await this.#enter("sync", inode.path);
        inode.sync();
      },
      truncate: async (length) => {
        await this.#enter("truncate", inode.path);
        inode.change({ length });
      },
      close: async () => {},
    };
  }
}

function applyToFolder(entries: Map<string, Inode>, { path, inode, from }: FolderChange): void {
  if (from !== undefined) entries.delete(from);
  if (inode === undefined) entries.delete(path);
  else entries.set(path, inode);
}

function applyChange(content: Buffer<ArrayBuffer>, change: Change): Buffer<ArrayBuffer> {
  if ("length" in change) {
    const cut = Buffer.alloc(change.length);
    content.copy(cut);
    return cut;
  }
  const grown = Buffer.alloc(Math.max(content.length, change.position + change.bytes.length));
  content.copy(grown);
  change.bytes.copy(grown, change.position);
  return grown;
}

function* sectorsOf(change: Change): Iterable<Change> {
  if ("length" in change) {
    yield change;
    return;
  }
  for (let at = 0; at < change.bytes.length;) {
    const toBorder = SECTOR_BYTES - ((change.position + at) % SECTOR_BYTES);
    yield { position: change.position + at, bytes: change.bytes.subarray(at, at + toBorder) };
    at += toBorder;
  }
}

function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: simulated`), { code });
}
