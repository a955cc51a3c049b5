import { constants, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { SightglassError } from "#core/errors.ts";
import type { DoorLimits } from "./door.ts";

export const CODINGS = ["identity", "gzip", "deflate", "zstd"] as const;
export type Coding = (typeof CODINGS)[number];

const KiB = 1024;
const MiB = 1024 * KiB;
/** Below this, any ratio is allowed: small and very even bodies do occur. */
const RATIO_FLOOR_BYTES = MiB;
/** How large a body is first taken to be, per compressed byte, where its format does not say. */
const EXPECTED_RATIO = 12;
/** A zstd frame may ask for a window of 128 MiB; bodies are at most 20 MiB. */
const ZSTD_WINDOW_LOG_MAX = 25;
/** For the second and later frames of a zstd body, which do not occur in practice. */
const FURTHER_CHUNK_BYTES = 64 * KiB;
/** Stops the decoding of endless empty zstd frames. */
const ZSTD_FRAMES_MAX = 1_024;

/** Reads a `Content-Encoding` or `grpc-encoding` value; undefined when it is none that is spoken here. */
export function codingOf(header: string | undefined): Coding | undefined {
  if (header === undefined || header === "") return "identity";
  const name = header.trim().toLowerCase();
  if (name === "x-gzip") return "gzip";
  return CODINGS.find((coding) => coding === name);
}

/**
 * Decompresses a body that has arrived whole. Output stops at the bound of bytes or of ratio, so a
 * bomb costs at most that much memory and about 15 ms. Synchronous on purpose: for a body of 440 kB
 * it takes half the CPU time of a stream, and the bound on bodies keeps it short.
 *
 * @throws SightglassError `payload_too_large` beyond a bound, `bad_payload` when it is not valid.
 */
export function decompress(coding: Coding, body: Buffer, limits: DoorLimits): Buffer {
  if (coding === "identity") return body;
  const bytesMax = Math.min(
    limits.bodyBytesMax,
    Math.max(RATIO_FLOOR_BYTES, body.length * limits.inflationRatioMax),
  );
  try {
    return coding === "zstd" ? unzstd(body, bytesMax) : inflate(coding, body, bytesMax);
  } catch (error) {
    throw refusal(coding, error, bytesMax);
  }
}

function inflate(coding: "gzip" | "deflate", body: Buffer, bytesMax: number): Buffer {
  const options = { maxOutputLength: bytesMax, chunkSize: chunkSize(coding, body, bytesMax) };
  if (coding === "gzip") return gunzipSync(body, options);
  const { bytes, consumed } = withConsumed(inflateSync, body, options);
  if (consumed < body.length) throw new Error("bytes after its end");
  return bytes;
}

/** RFC 8878: a body is one or more frames. Node decodes the first and would drop the rest silently. */
function unzstd(body: Buffer, bytesMax: number): Buffer {
  const frames: Buffer[] = [];
  let rest = body;
  let left = bytesMax;
  do {
    if (frames.length === ZSTD_FRAMES_MAX) throw new Error(`more than ${ZSTD_FRAMES_MAX} frames`);
    const options = {
      maxOutputLength: Math.max(1, left),
      chunkSize: frames.length === 0 ? chunkSize("zstd", body, bytesMax) : FURTHER_CHUNK_BYTES,
      params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
    };
    const { bytes, consumed } = withConsumed(zstdDecompressSync, rest, options);
    frames.push(bytes);
    left -= bytes.length;
    rest = rest.subarray(consumed);
  } while (rest.length > 0);
  return frames.length === 1 ? frames[0]! : Buffer.concat(frames);
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

/** The size of the pieces that output is allocated in: best is one piece that just holds it. */
function chunkSize(coding: Coding, body: Buffer, bytesMax: number): number {
  // A gzip member ends with its length (RFC 1952), which may be a lie, hence the clamp.
  const expected =
    coding === "gzip" && body.length >= 4
      ? body.readUInt32LE(body.length - 4) + 1
      : body.length * EXPECTED_RATIO;
  return Math.max(4 * KiB, Math.min(expected, bytesMax + 1, 2 * MiB));
}

function refusal(coding: Coding, error: unknown, bytesMax: number): SightglassError {
  if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
    return new SightglassError(
      "payload_too_large",
      `the body: found more than the ${bytesMax} bytes allowed after decompression`,
    );
  }
  const reason = error instanceof Error ? error.message : "";
  return new SightglassError("bad_payload", `the body: not valid ${coding}: ${reason}`);
}
