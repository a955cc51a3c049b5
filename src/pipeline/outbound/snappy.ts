import { Buffer } from "node:buffer";

/** What is compressed without a look at what came before: a copy then reaches back by two bytes. */
const BLOCK_BYTES = 65_536;
const TABLE_BITS = 14;
const HASH_FACTOR = 0x1e35_a7bd;
/** A literal up to this has its length in the tag. */
const LITERAL_IN_TAG_MAX = 60;
const MATCH_BYTES_MIN = 4;
const COPY_BYTES_MAX = 64;
/** A copy of one byte less is written in two bytes, when it reaches back by less than this. */
const SHORT_COPY_BYTES_MAX = 12;
const SHORT_OFFSET_MAX = 2_048;
/** After so many bytes without a match, steps grow: what cannot be compressed is passed over. */
const STEPS_PER_BYTE_BITS = 5;

/**
 * Compresses into Snappy's block format (https://github.com/google/snappy/blob/main/format_description.txt), which
 * Prometheus' remote write and Loki's push ask for.
 */
export function snappy(input: Buffer): Buffer {
  const output = Buffer.allocUnsafe(32 + input.length + Math.ceil(input.length / 6));
  const block = new BlockWriter(input, output);
  block.length(input.length);
  for (let from = 0; from < input.length; from += BLOCK_BYTES)
    block.compress(from, Math.min(input.length, from + BLOCK_BYTES));
  return output.subarray(0, block.written);
}

class BlockWriter {
  written = 0;
  private readonly input: Buffer;
  private readonly output: Buffer;
  /** Where four bytes of a hash were last seen, counted from the block's beginning. */
  private readonly table = new Uint16Array(1 << TABLE_BITS);

  constructor(input: Buffer, output: Buffer) {
    this.input = input;
    this.output = output;
  }

  length(bytes: number): void {
    let rest = bytes;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.byte((rest & 127) | 128);
    this.byte(rest);
  }

  compress(from: number, to: number): void {
    const { input, table } = this;
    table.fill(0);
    let literal = from;
    let at = from;
    let steps = 1 << STEPS_PER_BYTE_BITS;
    while (at + MATCH_BYTES_MIN <= to) {
      const word = wordAt(input, at);
      const slot = Math.imul(word, HASH_FACTOR) >>> (32 - TABLE_BITS);
      const candidate = from + table[slot]!;
      table[slot] = at - from;
      if (candidate >= at || wordAt(input, candidate) !== word) {
        at += steps++ >> STEPS_PER_BYTE_BITS;
        continue;
      }
      this.literal(literal, at);
      let end = at + MATCH_BYTES_MIN;
      for (let same = candidate + MATCH_BYTES_MIN; end < to && input[same] === input[end]; same++)
        end++;
      this.copy(at - candidate, end - at);
      at = literal = end;
      steps = 1 << STEPS_PER_BYTE_BITS;
    }
    this.literal(literal, to);
  }

  private literal(from: number, to: number): void {
    if (from === to) return;
    const last = to - from - 1;
    if (last < LITERAL_IN_TAG_MAX) this.byte(last << 2);
    else if (last < 256) {
      this.byte(LITERAL_IN_TAG_MAX << 2);
      this.byte(last);
    } else {
      this.byte((LITERAL_IN_TAG_MAX + 1) << 2);
      this.byte(last & 255);
      this.byte(last >>> 8);
    }
    this.written += this.input.copy(this.output, this.written, from, to);
  }

  private copy(offset: number, length: number): void {
    let rest = length;
    // What is left must not be shorter than a copy may be.
    for (; rest >= COPY_BYTES_MAX + MATCH_BYTES_MIN; rest -= COPY_BYTES_MAX)
      this.longCopy(offset, COPY_BYTES_MAX);
    if (rest > COPY_BYTES_MAX) {
      this.longCopy(offset, COPY_BYTES_MAX - MATCH_BYTES_MIN);
      rest -= COPY_BYTES_MAX - MATCH_BYTES_MIN;
    }
    if (rest >= SHORT_COPY_BYTES_MAX || offset >= SHORT_OFFSET_MAX) {
      this.longCopy(offset, rest);
      return;
    }
    this.byte(((offset >>> 8) << 5) | ((rest - MATCH_BYTES_MIN) << 2) | 1);
    this.byte(offset & 255);
  }

  private longCopy(offset: number, length: number): void {
    this.byte(((length - 1) << 2) | 2);
    this.byte(offset & 255);
    this.byte(offset >>> 8);
  }

  private byte(value: number): void {
    this.output[this.written++] = value;
  }
}

function wordAt(bytes: Buffer, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
