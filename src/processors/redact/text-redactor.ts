import { Buffer } from "node:buffer";
import type { Detectors } from "./detect/detectors.ts";
import type { Matches } from "./detect/matches.ts";
import { namedValueAt } from "./detect/named-secret.ts";
import { Scan } from "./detect/scan.ts";
import { scanText } from "./detect/text-scanner.ts";
import type { KeyMeaning } from "./key-meaning.ts";
import type { OwnPatterns } from "./own-patterns.ts";
import { copyBytes, GROWTH_BYTES_MAX, type Replace } from "./replacement.ts";

/** Output that grew beyond this is given back. */
const KEPT_BYTES_MAX = 1024 * 1024;

/** Views of the output that are kept: those of up to so many bytes. */
const KEPT_VIEWS = 256;

/** Is told of each match that is replaced. */
export type OnMatch = (kind: number) => void;

/** Redacts one text at a time. Its answers are views of memory that the next call writes over. */
export class TextRedactor {
  private readonly scan = new Scan();
  private readonly detectors: Detectors;
  private readonly patterns: OwnPatterns;
  private readonly replace: Replace;
  private readonly onMatch: OnMatch;
  private out = Buffer.allocUnsafeSlow(4096);
  /** Of `out`, by length. */
  private readonly views: (Buffer | undefined)[] = [];

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
   * nothing is.
   *
   * @param meaning What the key says whose value the text is.
   */
  redact(bytes: Buffer, from: number, to: number, meaning: KeyMeaning): Buffer | undefined {
    const { scan, detectors } = this;
    scan.begin(bytes, from, to, meaning.hints);
    if (meaning.named !== 0) namedValueAt(scan, meaning.named, detectors);
    scanText(scan, detectors);
    const matches = this.patterns.unite(bytes, from, to, scan.matches);
    return matches.length === 0 ? undefined : this.write(bytes, from, to, matches);
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
      at = copyBytes(bytes, done, match.start, out, at);
      at = this.replace(out, at, match);
      done = match.end;
      this.onMatch(match.kind);
    }
    at = copyBytes(bytes, done, to, out, at);
    return this.view(at);
  }

  /** The beginning of the output. Making a view takes longer than redacting a short text: they are kept. */
  private view(length: number): Buffer {
    if (length > KEPT_VIEWS) return this.out.subarray(0, length);
    return (this.views[length] ??= this.out.subarray(0, length));
  }

  private room(length: number): Buffer {
    const isLarge = this.out.length > KEPT_BYTES_MAX && length <= KEPT_BYTES_MAX;
    if (length > this.out.length || isLarge) {
      this.out = Buffer.allocUnsafeSlow(Math.max(4096, length * 2));
      this.views.length = 0;
    }
    return this.out;
  }
}

/** How many characters UTF-8 bytes are. */
export function charactersIn(bytes: Buffer, from: number, to: number): number {
  let characters = 0;
  for (let i = from; i < to; i++) if ((bytes[i]! & 0xc0) !== 0x80) characters++;
  return characters;
}
