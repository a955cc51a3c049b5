import { Buffer } from "node:buffer";
import { createHash, randomBytes, randomInt } from "node:crypto";
import { ByteWriter } from "./bytes.ts";

/** Tables that grew beyond this many slots are given back at reset. */
const KEPT_SLOTS_MAX = 1 << 16;

/** Differs from process to process, so that a sender cannot prepare keys that collide. Never visible in any output. */
const HASH_SEED = randomInt(0x7fffffff);
const STRONG_SEED = randomBytes(16);

/** Steps from a key's first slot beyond which its dictionary is taken to be under attack. Chance needs a few dozen. */
const STEPS_MAX = 256;

function hashBytes(source: Uint8Array, from: number, to: number): number {
  let h = HASH_SEED ^ (to - from);
  let i = from;
  for (; i + 4 <= to; i += 4) {
    h = Math.imul(
      h ^ (source[i]! | (source[i + 1]! << 8) | (source[i + 2]! << 16) | (source[i + 3]! << 24)),
      0x9e3779b1,
    );
    h ^= h >>> 15;
  }
  for (; i < to; i++) h = Math.imul(h ^ source[i]!, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Slow, and without collisions that a sender could prepare: {@link hashBytes} has some, whatever its seed. */
function strongHash(source: Uint8Array, from: number, to: number): number {
  const hash = createHash("sha256").update(STRONG_SEED).update(source.subarray(from, to));
  return hash.digest().readInt32LE(0);
}

/**
 * An insertion-ordered set of byte strings with a number for each: the dictionary of a
 * `LowCardinality` column. Keys are kept length-prefixed, ready to be written in one piece.
 */
export class Dictionary {
  readonly keys = new ByteWriter(512);
  size = 0;
  private starts = new Int32Array(32);
  private lengths = new Int32Array(32);
  private hashes = new Int32Array(32);
  /** Open addressing: key number + 1, or 0 for a free slot. */
  private slots = new Int32Array(64);
  private mask = 63;
  /** Set when the keys collide too much: from then until the reset they are hashed the slow way. */
  private isStrong = false;

  reset(): void {
    this.isStrong = false;
    if (this.size === 0) return;
    if (this.slots.length > KEPT_SLOTS_MAX) {
      this.slots = new Int32Array(64);
      this.mask = 63;
      this.starts = new Int32Array(32);
      this.lengths = new Int32Array(32);
      this.hashes = new Int32Array(32);
    } else {
      this.slots.fill(0);
    }
    this.size = 0;
    this.keys.reset();
  }

  /** Exchanges all keys, and their memory, with another dictionary. */
  swap(other: Dictionary): void {
    this.keys.swap(other.keys);
    [this.size, other.size] = [other.size, this.size];
    [this.starts, other.starts] = [other.starts, this.starts];
    [this.lengths, other.lengths] = [other.lengths, this.lengths];
    [this.hashes, other.hashes] = [other.hashes, this.hashes];
    [this.slots, other.slots] = [other.slots, this.slots];
    [this.mask, other.mask] = [other.mask, this.mask];
    [this.isStrong, other.isStrong] = [other.isStrong, this.isStrong];
  }

  /** Has the same keys with the same numbers as another dictionary, in memory of its own. */
  copyFrom(other: Dictionary): void {
    this.keys.copyFrom(other.keys);
    this.size = other.size;
    this.starts = other.starts.slice();
    this.lengths = other.lengths.slice();
    this.hashes = other.hashes.slice();
    this.slots = other.slots.slice();
    this.mask = other.mask;
    this.isStrong = other.isStrong;
  }

  /** The number of a byte string, which is added when it is new. */
  number(source: Uint8Array, from: number, to: number): number {
    const found = this.find(source, from, to);
    // Hashed again, since the look-up may have changed how.
    return found >= 0 ? found : this.insert(source, from, to, this.hash(source, from, to));
  }

  /** The number of a byte string, or -1. */
  find(source: Uint8Array, from: number, to: number): number {
    return this.lookup(source, from, to, this.hash(source, from, to));
  }

  private hash(source: Uint8Array, from: number, to: number): number {
    return this.isStrong ? strongHash(source, from, to) : hashBytes(source, from, to);
  }

  /** Whether key `number` equals the bytes: cheaper than a look-up when the caller has a guess. */
  equals(number: number, source: Uint8Array, from: number, to: number): boolean {
    const n = to - from;
    if (number >= this.size || this.lengths[number] !== n) return false;
    const keys = this.keys.bytes;
    let k = this.starts[number]!;
    for (let i = from; i < to; i++) if (keys[k++] !== source[i]) return false;
    return true;
  }

  /** Where key `number` begins in `keys.bytes`, after its length prefix. */
  start(number: number): number {
    return this.starts[number]!;
  }

  byteLength(number: number): number {
    return this.lengths[number]!;
  }

  text(number: number): string {
    const start = this.starts[number]!;
    return this.keys.bytes.toString("utf8", start, start + this.lengths[number]!);
  }

  numberOfText(text: string): number {
    const bytes = Buffer.from(text);
    return this.number(bytes, 0, bytes.length);
  }

  private lookup(source: Uint8Array, from: number, to: number, hash: number): number {
    let slot = hash & this.mask;
    for (let steps = 0; ; steps++) {
      const held = this.slots[slot]!;
      if (held === 0) return -1;
      if (this.hashes[held - 1] === hash && this.equals(held - 1, source, from, to))
        return held - 1;
      if (steps > STEPS_MAX && !this.isStrong) {
        this.strengthen();
        return this.find(source, from, to);
      }
      slot = (slot + 1) & this.mask;
    }
  }

  private strengthen(): void {
    this.isStrong = true;
    for (let number = 0; number < this.size; number++) {
      const start = this.starts[number]!;
      this.hashes[number] = strongHash(this.keys.bytes, start, start + this.lengths[number]!);
    }
    this.slots.fill(0);
    for (let number = 0; number < this.size; number++) this.place(number);
  }

  private insert(source: Uint8Array, from: number, to: number, hash: number): number {
    const number = this.size++;
    if (number >= this.starts.length) {
      this.starts = grown(this.starts);
      this.lengths = grown(this.lengths);
      this.hashes = grown(this.hashes);
    }
    this.keys.varint(to - from);
    this.starts[number] = this.keys.length;
    this.lengths[number] = to - from;
    this.hashes[number] = hash;
    this.keys.raw(source, from, to);
    if (this.size * 2 > this.mask) this.rehash();
    else this.place(number);
    return number;
  }

  private place(number: number): void {
    let slot = this.hashes[number]! & this.mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask;
    this.slots[slot] = number + 1;
  }

  private rehash(): void {
    this.mask = this.mask * 2 + 1;
    this.slots = new Int32Array(this.mask + 1);
    for (let number = 0; number < this.size; number++) this.place(number);
  }
}

/** The same numbers in an array of twice the length. */
export function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
