import type { Transform } from "node:stream";
import { constants, createGunzip, createInflate, createZstdDecompress, type Zlib } from "node:zlib";
import { type Coded, ZSTD_WINDOW_LOG_MAX } from "./inflate-at-once.ts";

const KiB = 1024;
const CHUNK_BYTES = 256 * KiB;
/** Of the second and later frames of a zstd body, which do not occur in practice. */
const FURTHER_CHUNK_BYTES = 16 * KiB;
/** Stops the decoding of endless empty zstd frames. */
const ZSTD_FRAMES_MAX = 1_024;

/** The output went over its bound. */
export class OutputBoundError extends Error {}

/**
 * Decompresses a body of unknown size in pieces, and gives the memory of each back as soon as it has
 * been used: what a bomb made is gone when it is refused, and not at the next collection, for which
 * twenty of them in a row would not wait.
 *
 * @throws OutputBoundError when there are more than `bytesMax` bytes of output.
 * @throws Error with zlib's or zstd's reason when `body` is not valid.
 */
export async function inflateFreed(coding: Coded, body: Buffer, bytesMax: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of framesOf(coding, body)) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > bytesMax) throw new OutputBoundError();
    }
    return Buffer.concat(pieces, bytes);
  } finally {
    for (const piece of pieces) freePiece(piece);
  }
}

/** RFC 8878: a body is one or more frames. Node decodes the first and would drop the rest silently. */
async function* framesOf(coding: Coded, body: Buffer): AsyncGenerator<Buffer> {
  let rest = body;
  for (let frame = 0; frame < ZSTD_FRAMES_MAX; frame++) {
    const stream = streamOf(coding, frame === 0 ? CHUNK_BYTES : FURTHER_CHUNK_BYTES);
    try {
      stream.end(rest);
      yield* stream as AsyncIterable<Buffer>;
    } finally {
      stream.destroy();
    }
    rest = rest.subarray(stream.bytesWritten);
    if (rest.length === 0) return;
    if (coding !== "zstd") throw new Error("bytes after its end");
  }
  throw new Error(`more than ${ZSTD_FRAMES_MAX} frames`);
}

function streamOf(coding: Coded, chunkSize: number): Transform & Zlib {
  if (coding === "gzip") return createGunzip({ chunkSize });
  if (coding === "deflate") return createInflate({ chunkSize });
  const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX };
  return createZstdDecompress({ chunkSize, params });
}

/** Only memory that is full: into the rest of any other the decompressor may still write. */
function freePiece(piece: Buffer): void {
  const memory = piece.buffer;
  if (memory instanceof ArrayBuffer && memory.byteLength === piece.length) memory.transfer(0);
}
