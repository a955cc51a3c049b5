import type { Buffer } from "node:buffer";
import type { Fields } from "./fields.ts";

/** A text in UTF-8, that may be read during the call only. */
export interface SourceText {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
}

/**
 * Finds the fields of a text. It never throws, and takes a time in proportion to the text.
 *
 * @returns undefined, or why the text is none of its kind: what was added to `into` by then does not count.
 */
export type TextParser = (source: SourceText, into: Fields) => string | undefined;

export function stringOf({ bytes, from, to }: SourceText): string {
  return bytes.toString("utf8", from, to);
}

/** The first byte that is not white space; 0 where there is none. */
export function firstByte({ bytes, from, to }: SourceText): number {
  for (let at = from; at < to; at++) if (bytes[at]! > 0x20) return bytes[at]!;
  return 0;
}
