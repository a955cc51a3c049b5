import { EventEmitter } from "node:events";

/** A socket of which nobody reads until it is told so. */
export class FullSocket extends EventEmitter {
  writableLength = 0;
  isDestroyed = false;
  isEnded = false;
  readonly written: string[] = [];
  /** After how long without anything sent it calls `timeout`. */
  timeoutMs = 0;

  write(bytes: Uint8Array): boolean {
    this.writableLength += bytes.length;
    this.written.push(Buffer.from(bytes).toString());
    return this.writableLength < 16_384;
  }

  setTimeout(ms: number, listener: () => void): this {
    this.timeoutMs = ms;
    return this.on("timeout", listener);
  }

  end(): this {
    this.isEnded = true;
    return this;
  }

  destroy(): this {
    this.isDestroyed = true;
    return this;
  }

  /** Somebody reads so many bytes; all that there are when left out. */
  read(bytes = this.writableLength): void {
    this.writableLength -= bytes;
    if (this.writableLength === 0) this.emit("drain");
  }
}
