import { EventEmitter } from "node:events";

/** A socket of which nobody reads until it is told so. */
export class FullSocket extends EventEmitter {
  writableLength = 0;
  isDestroyed = false;
  isEnded = false;
  readonly written: string[] = [];

  write(bytes: Uint8Array): boolean {
    this.writableLength += bytes.length;
    this.written.push(Buffer.from(bytes).toString());
    return this.writableLength < 16_384;
  }

  end(): this {
    this.isEnded = true;
    return this;
  }

  destroy(): this {
    this.isDestroyed = true;
    return this;
  }

  read(): void {
    this.writableLength = 0;
    this.emit("drain");
  }
}
