import { constants, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import type { Coding } from "./decompress.ts";

export type Coded = Exclude<Coding, "identity">;

const KiB = 1024;
/** Larger output is better made in pieces that can be freed (`inflate-freed.ts`). */
const OUTPUT_BYTES_MAX = 1024 * KiB;
/** How large a body is taken to be, per compressed byte, where its format does not say; and at least. */
const EXPECTED_RATIO = 12;
const RATIO_MIN = 3;

/** A zstd frame may ask for a window of 128 MiB; bodies are at most 20 MiB. */
export const ZSTD_WINDOW_LOG_MAX = 25;

/**
 * Decompresses a body as nearly all are, into one piece of memory of the right size: a body of 440 kB
 * takes half the processor time of a stream. Undefined when it is not of that kind: larger, of
 * several frames, not valid, or other than it says; what it cost until then is at most 1 MiB.
 */
export function inflateAtOnce(coding: Coded, body: Buffer, bytesMax: number): Buffer | undefined {
  const expected = Math.min(expectedBytes(coding, body), bytesMax);
  if (expected > OUTPUT_BYTES_MAX) return undefined;
  // One byte more than is needed, or a second piece of memory is made for the end of the input.
  const options = { maxOutputLength: expected + 1, chunkSize: Math.max(KiB, expected + 1) };
  try {
    if (coding === "gzip") return gunzipSync(body, options);
    const { bytes, consumed } =
      coding === "deflate"
        ? withConsumed(inflateSync, body, options)
        : withConsumed(zstdDecompressSync, body, { ...options, params: ZSTD_PARAMS });
    return consumed === body.length ? bytes : undefined;
  } catch {
    // Why it failed is found by whoever reads it in pieces.
    return undefined;
  }
}

const ZSTD_PARAMS = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX };

/** A gzip ends with its length (RFC 1952), which may be a lie. */
function expectedBytes(coding: Coded, body: Buffer): number {
  if (coding === "gzip" && body.length >= 4) return body.readUInt32LE(body.length - 4);
  if (body.length * RATIO_MIN > OUTPUT_BYTES_MAX) return Number.POSITIVE_INFINITY;
  return Math.min(body.length * EXPECTED_RATIO, OUTPUT_BYTES_MAX);
}

/** Runs a decompressor so that it also says how much of its input it read. */
function withConsumed<Options extends object>(
  run: (body: Buffer, options: Options) => Buffer,
  body: Buffer,
  options: Options,
): { bytes: Buffer; consumed: number } {
  // With `info`, which the types do not know, Node answers with the engine as well.
  const answer = run(body, { ...options, info: true }) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  return { bytes: answer.buffer, consumed: answer.engine.bytesWritten };
}
