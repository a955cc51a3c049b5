import { Buffer } from "node:buffer";

/** The longest UTF-8 sequence has three bytes after its first. */
const CONTINUATION_BYTES_MAX = 3;

/**
 * The end of the longest prefix of at most `bytesMax` bytes that does not split a UTF-8 sequence.
 * What is not UTF-8 is cut at `bytesMax` itself.
 */
export function cutText(bytes: Uint8Array, from: number, to: number, bytesMax: number): number {
  if (to - from <= bytesMax) return to;
  const end = from + bytesMax;
  for (let back = 0; back <= CONTINUATION_BYTES_MAX && end - back >= from; back++)
    if ((bytes[end - back]! & 0xc0) !== 0x80) return end - back;
  return end;
}

/** The longest prefix of a text that takes at most `bytesMax` bytes in UTF-8. */
export function cutString(text: string, bytesMax: number): string {
  // A UTF-16 unit takes three bytes at most.
  if (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax) return text;
  const bytes = Buffer.from(text.slice(0, bytesMax + 1));
  return bytes.toString("utf8", 0, cutText(bytes, 0, bytes.length, bytesMax));
}

/**
 * A text as it comes back from UTF-8 (halves of surrogate pairs mended), cut at `bytesMax` bytes: to be kept for
 * long, since it holds on to no longer text that it was a part of.
 */
export function ownText(text: string, bytesMax: number): string {
  return Buffer.from(cutString(text, bytesMax)).toString();
}
