import { Buffer } from "node:buffer";
import { SightglassError } from "#core/errors.ts";

/** Of the two lower bits of a tag byte; the other two kinds are copies with longer offsets. */
const LITERAL = 0;
const SHORT_COPY = 1;
/** Literals up to here have their length in the tag. */
const LITERAL_IN_TAG_MAX = 60;
/** Above it, a copy that overlaps itself by nothing is moved by the runtime instead of byte by byte. */
const MOVE_BYTES_MIN = 16;

/**
 * Decompresses Snappy's block format (https://github.com/google/snappy/blob/main/format_description.txt),
 * which has no frames and says its length first. Every offset and length is judged before memory is
 * touched, so that hostile input can neither read nor write beyond its own output.
 *
 * @throws SightglassError `payload_too_large` when it says more than `bytesMax`, `bad_payload` when it
 *   is not valid.
 */
export function unsnappy(body: Buffer, bytesMax: number): Buffer {
  const [length, start] = lengthOf(body);
  if (length > bytesMax) {
    throw new SightglassError(
      "payload_too_large",
      `the body: found ${length} bytes after decompression, allowed are ${bytesMax}`,
    );
  }
  // A copy of three bytes makes at most 64: what says more than all of them could make is a lie.
  if (length > (body.length - start) * 64)
    throw invalid("its length is not that of its content", 0);
  const output = Buffer.allocUnsafeSlow(length);
  let at = start;
  let written = 0;
  while (at < body.length) {
    const tag = body[at]!;
    if ((tag & 3) === LITERAL) {
      let size = (tag >>> 2) + 1;
      let from = at + 1;
      if (size > LITERAL_IN_TAG_MAX) {
        const sizeBytes = size - LITERAL_IN_TAG_MAX;
        if (from + sizeBytes > body.length) throw invalid("a literal without its length", at);
        size = body.readUIntLE(from, sizeBytes) + 1;
        from += sizeBytes;
      }
      if (from + size > body.length) throw invalid("a literal beyond the end", at);
      if (written + size > length) throw invalid("more output than it says", at);
      body.copy(output, written, from, from + size);
      written += size;
      at = from + size;
      continue;
    }
    const bytes = (tag & 3) === SHORT_COPY ? 2 : (tag & 3) === 2 ? 3 : 5;
    if (at + bytes > body.length) throw invalid("a copy beyond the end", at);
    const size = bytes === 2 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const offset =
      bytes === 2 ? ((tag & 0xe0) << 3) | body[at + 1]! : body.readUIntLE(at + 1, bytes - 1);
    if (offset === 0 || offset > written) throw invalid("a copy from before the start", at);
    if (written + size > length) throw invalid("more output than it says", at);
    copyWithin(output, written, offset, size);
    written += size;
    at += bytes;
  }
  if (written !== length)
    throw invalid(`${written} bytes instead of the ${length} that it says`, at);
  return output;
}

/** Copies from `offset` bytes before `to`, where what is copied may be what has just been written. */
function copyWithin(output: Buffer, to: number, offset: number, size: number): void {
  const from = to - offset;
  if (offset >= size && size >= MOVE_BYTES_MIN) {
    output.copyWithin(to, from, from + size);
    return;
  }
  for (let i = 0; i < size; i++) output[to + i] = output[from + i]!;
}

/** The varint that a block begins with, and where it ends. */
function lengthOf(body: Buffer): [length: number, end: number] {
  let length = 0;
  for (let at = 0; at < 5 && at < body.length; at++) {
    const byte = body[at]!;
    length += (byte & 127) * 2 ** (7 * at);
    if (byte < 128) {
      if (length > 0xffff_ffff) break;
      return [length, at + 1];
    }
  }
  throw invalid("no length", 0);
}

function invalid(what: string, at: number): SightglassError {
  return new SightglassError("bad_payload", `the body: not valid snappy: ${what}, at byte ${at}`);
}
