import { Buffer } from "node:buffer";
import { detectors } from "../detect/detectors.ts";
import { KINDS } from "../detect/matches.ts";
import { Scan } from "../detect/scan.ts";
import { scanText } from "../detect/text-scanner.ts";

/** A match of a text, in characters' bytes. */
export interface Found {
  readonly kind: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const scan = new Scan();
const all = detectors();

/** What the built-in detectors find in a text, in order. */
export function found(text: string): Found[] {
  const bytes = Buffer.from(text);
  scan.begin(bytes, 0, bytes.length, 0);
  scanText(scan, all);
  const { matches } = scan;
  return Array.from({ length: matches.length }, (_, i) => {
    const [start, end] = [matches.starts[i]!, matches.ends[i]!];
    const kind = KINDS[matches.kinds[i]!]!;
    return { kind, text: bytes.toString("utf8", start, end), start, end };
  });
}
