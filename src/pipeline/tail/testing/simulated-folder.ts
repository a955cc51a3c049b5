import { Buffer } from "node:buffer";
import type { FileState, FoundFile, TailFile, TailFiles } from "../tail-files.ts";

interface Content {
  readonly id: string;
  bytes: Buffer;
  changes: number;
  handles: number;
  names: number;
}

/**
 * A folder for tests, in which files are written, renamed, copied, truncated and deleted. As on a real
 * disk, a file that is deleted stays readable where it is open, and once it is not its inode is the
 * first to be used again.
 */
export class SimulatedFolder implements TailFiles {
  private readonly names = new Map<string, Content>();
  private readonly freeIds: number[] = [];
  private idsUsed = 0;
  /** Files, by name, that cannot be opened. */
  readonly unreadable = new Set<string>();
  /** Runs at every call: to change files at that moment, or to never let the call return. */
  onCall: () => void | Promise<void> = () => undefined;
  private readonly handles = new Set<() => void>();
  private time = 0;

  append(path: string, text: string | Uint8Array): void {
    const file = this.names.get(path) ?? this.create(path);
    this.appendTo(file, text);
  }

  rename(from: string, to: string): void {
    const file = this.names.get(from)!;
    if (this.names.has(to)) this.remove(to);
    this.names.delete(from);
    this.names.set(to, file);
  }

  copy(from: string, to: string): void {
    const { bytes } = this.names.get(from)!;
    if (this.names.has(to)) this.remove(to);
    this.appendTo(this.create(to), bytes);
  }

  truncate(path: string): void {
    const file = this.names.get(path)!;
    file.bytes = Buffer.alloc(0);
    file.changes = ++this.time;
  }

  remove(path: string): void {
    const file = this.names.get(path)!;
    this.names.delete(path);
    file.names--;
    this.free(file);
  }

  has(path: string): boolean {
    return this.names.has(path);
  }

  sizeOf(path: string): number {
    return this.names.get(path)?.bytes.length ?? 0;
  }

  async list(): Promise<FoundFile[]> {
    await this.onCall();
    const found = [...this.names].map(([path, file]) => ({ path, id: file.id, ...stateOf(file) }));
    return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  async open(_folder: string, path: string): Promise<TailFile> {
    await this.onCall();
    const file = this.names.get(path);
    if (file === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
    if (this.unreadable.has(path)) {
      throw Object.assign(new Error(`EACCES: ${path}`), { code: "EACCES" });
    }
    file.handles++;
    const release = (): void => {
      if (this.handles.delete(release)) this.release(file);
    };
    this.handles.add(release);
    return {
      id: file.id,
      read: async (into, position) => {
        await this.onCall();
        const bytes = file.bytes.subarray(position, position + into.byteLength);
        into.set(bytes);
        return bytes.length;
      },
      state: async () => {
        await this.onCall();
        return stateOf(file);
      },
      close: async () => {
        await this.onCall();
        release();
      },
    };
  }

  /** Files that readers have open. */
  get openFiles(): number {
    return this.handles.size;
  }

  /** Closes what a process that was killed had open. */
  closeAll(): void {
    for (const release of this.handles) release();
  }

  private create(path: string): Content {
    const id = String(this.freeIds.pop() ?? this.idsUsed++);
    const file: Content = {
      id,
      bytes: Buffer.alloc(0),
      changes: ++this.time,
      handles: 0,
      names: 1,
    };
    this.names.set(path, file);
    return file;
  }

  private appendTo(file: Content, text: string | Uint8Array): void {
    file.bytes = Buffer.concat([file.bytes, typeof text === "string" ? Buffer.from(text) : text]);
    file.changes = ++this.time;
  }

  private release(file: Content): void {
    file.handles--;
    this.free(file);
  }

  private free(file: Content): void {
    if (file.handles === 0 && file.names === 0) this.freeIds.push(Number(file.id));
  }
}

function stateOf({ bytes, changes }: Content): FileState {
  return { size: bytes.length, changed: String(changes) };
}
