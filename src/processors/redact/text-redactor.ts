import { Buffer } from "node:buffer";
import type { Detectors } from "./detect/detectors.ts";
import type { Matches } from "./detect/matches.ts";
import { namedValueAt } from "./detect/named-secret.ts";
import { Scan } from "./detect/scan.ts";
import { scanText } from "./detect/text-scanner.ts";
import type { KeyMeaning } from "./key-meaning.ts";
import type { OwnPatterns } from "./own-patterns.ts";
import { GROWTH_BYTES_MAX, type Replace } from "./replacement.ts";

/** Output that grew beyond this is given back. */
const KEPT_BYTES_MAX = 1024 * 1024;

/** How often a text is looked at. */
const ROUNDS_MAX = 4;

/** Is told of each match that is replaced. */
export type OnMatch = (kind: number) => void;

/** Redacts one text at a time. Its answers are views of memory that the next call writes over. */
export class TextRedactor {
  private readonly scan = new Scan();
  private readonly detectors: Detectors;
  private readonly patterns: OwnPatterns;
  private readonly replace: Replace;
  private readonly onMatch: OnMatch;
  private readonly outs = [Buffer.allocUnsafeSlow(4096), Buffer.allocUnsafeSlow(4096)];
  private turn = 0;

  constructor(options: {
    readonly detectors: Detectors;
    readonly patterns: OwnPatterns;
    readonly replace: Replace;
    readonly onMatch: OnMatch;
  }) {
    this.detectors = options.detectors;
    this.patterns = options.patterns;
    this.replace = options.replace;
    this.onMatch = options.onMatch;
  }

  /**
   * The bytes `from` to `to`, which are UTF-8, with all that is found replaced, as UTF-8; undefined when
   * nothing is. What was replaced is looked at again, until nothing more is found: a match can hide
   * what is right beside it, and redacting a text twice is to change nothing more.
   *
   * @param meaning What the key says whose value the text is.
   */
  redact(bytes: Buffer, from: number, to: number, meaning: KeyMeaning): Buffer | undefined {
    let text: Buffer | undefined;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const next: Buffer | undefined =
        text === undefined ? this.once(bytes, from, to, meaning) : this.again(text, meaning);
      if (next === undefined) return text;
      text = next;
    }
    return text;
  }

  private once(bytes: Buffer, from: number, to: number, meaning: KeyMeaning): Buffer | undefined {
    const matches = this.patterns.unite(bytes, from, to, this.find(bytes, from, to, meaning));
    return matches.length === 0 ? undefined : this.write(bytes, from, to, matches);
  }

  /** Without the user's own patterns, which may well match what stands for a match. */
  private again(text: Buffer, meaning: KeyMeaning): Buffer | undefined {
    const matches = this.find(text, 0, text.length, meaning);
    return matches.length === 0 ? undefined : this.write(text, 0, text.length, matches);
  }

  private find(bytes: Buffer, from: number, to: number, meaning: KeyMeaning): Matches {
    const { scan, detectors } = this;
    scan.begin(bytes, from, to, meaning.hints);
    if (meaning.named !== 0) namedValueAt(scan, meaning.named, detectors);
    scanText(scan, detectors);
    return scan.matches;
  }

  private write(bytes: Buffer, from: number, to: number, matches: Matches): Buffer {
    const out = this.room(to - from + matches.length * GROWTH_BYTES_MAX);
    const match = { bytes, start: 0, end: 0, kind: 0 };
    let at = 0;
    let done = from;
    for (let i = 0; i < matches.length; i++) {
      match.start = matches.starts[i]!;
      match.end = matches.ends[i]!;
      match.kind = matches.kinds[i]!;
      at += bytes.copy(out, at, done, match.start);
      at = this.replace(out, at, match);
      done = match.end;
      this.onMatch(match.kind);
    }
    at += bytes.copy(out, at, done, to);
    return out.subarray(0, at);
  }

  /** Memory for the next output, which is not that of the one before it. */
  private room(length: number): Buffer {
    this.turn = 1 - this.turn;
    const present = this.outs[this.turn]!;
    const isLarge = present.length > KEPT_BYTES_MAX && length <= KEPT_BYTES_MAX;
    if (length <= present.length && !isLarge) return present;
    const larger = Buffer.allocUnsafeSlow(Math.max(4096, length * 2));
    this.outs[this.turn] = larger;
    return larger;
  }
}

/** How many characters UTF-8 bytes are. */
export function charactersIn(bytes: Buffer, from: number, to: number): number {
  let characters = 0;
  for (let i = from; i < to; i++) if ((bytes[i]! & 0xc0) !== 0x80) characters++;
  return characters;
}
