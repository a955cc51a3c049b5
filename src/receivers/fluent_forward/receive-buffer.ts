import { Buffer } from "node:buffer";

const CAPACITY_MIN = 64 * 1024;
const NO_BYTES = Buffer.alloc(0);

/**
 * Bytes that come in pieces and are taken from the front. Each byte is copied about once, however small the
 * pieces are; what was taken stays as it is, since memory is never written over.
 */
export class ReceiveBuffer {
  private memory: Buffer = NO_BYTES;
  private from = 0;
  private to = 0;

  /** What has come and was not taken; good until the next {@link append}. */
  get bytes(): Buffer {
    return this.memory.subarray(this.from, this.to);
  }

  get length(): number {
    return this.to - this.from;
  }

  append(piece: Buffer): void {
    if (this.length === 0) {
      this.memory = piece;
      this.from = 0;
      this.to = piece.length;
      return;
    }
    if (this.to + piece.length > this.memory.length) this.grow(piece.length);
    piece.copy(this.memory, this.to);
    this.to += piece.length;
  }

  private grow(extra: number): void {
    const live = this.bytes;
    const memory = Buffer.allocUnsafeSlow(Math.max(CAPACITY_MIN, (live.length + extra) * 2));
    live.copy(memory);
    this.memory = memory;
    this.from = 0;
    this.to = live.length;
  }

  /** Takes `length` bytes, which are there. */
  take(length: number): Buffer {
    const taken = this.memory.subarray(this.from, this.from + length);
    this.from += length;
    return taken;
  }

  clear(): void {
    this.memory = NO_BYTES;
    this.from = 0;
    this.to = 0;
  }
}
