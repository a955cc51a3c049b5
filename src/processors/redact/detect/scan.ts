import { Matches } from "./matches.ts";

/**
 * One text under the detectors: bytes `from` to `to` of a buffer, what its key says of it, and what
 * was found so far. One object serves all texts of a processor, so that a text costs no allocation.
 */
export class Scan {
  bytes: Buffer = Buffer.alloc(0);
  from = 0;
  to = 0;
  /** {@link WORDS} flags of the key that the text is the value of. */
  hints = 0;
  readonly matches = new Matches();
  /** The place that words were last looked for before, and their flags: several detectors ask. */
  wordsAt = -1;
  words = 0;

  begin(bytes: Buffer, from: number, to: number, hints: number): void {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.hints = hints;
    this.matches.clear();
    this.wordsAt = -1;
  }

  /** The byte at `at`, or 0 outside of the text. */
  byte(at: number): number {
    return at >= this.from && at < this.to ? this.bytes[at]! : 0;
  }

  /** Where a match may begin at the earliest: after the one before it. */
  get floor(): number {
    const { matches } = this;
    return matches.length === 0 ? this.from : matches.ends[matches.length - 1]!;
  }

  /** Whether the text goes on with `word` at `at`. */
  has(at: number, word: Uint8Array): boolean {
    if (at < this.from || at + word.length > this.to) return false;
    for (let i = 0; i < word.length; i++) if (this.bytes[at + i] !== word[i]) return false;
    return true;
  }
}
