import { SightglassError } from "#core/errors.ts";
import type { DoorLimits } from "./door.ts";
import { inflateAtOnce } from "./inflate-at-once.ts";
import { unsnappy } from "./snappy.ts";
import { inflateFreed, OutputBoundError } from "./inflate-freed.ts";

export const CODINGS = ["identity", "gzip", "deflate", "zstd"] as const;
export type Coding = (typeof CODINGS)[number];
/** Snappy's block format is what Prometheus and Loki send; nothing else names it in HTTP. */
export type BodyCoding = Coding | "snappy";

/** Below this, any ratio is allowed: small and very even bodies do occur. */
const RATIO_FLOOR_BYTES = 1024 * 1024;

/** Reads a `Content-Encoding` or `grpc-encoding` value; undefined when it is none that is spoken here. */
export function codingOf(header: string | undefined): Coding | undefined {
  if (header === undefined || header === "") return "identity";
  const name = header.trim().toLowerCase();
  if (name === "x-gzip") return "gzip";
  return CODINGS.find((coding) => coding === name);
}

/** Decompresses bodies that have arrived whole: usual ones at once, large and odd ones one after the other. */
export class Decompressor {
  private readonly limits: DoorLimits;
  private lastOdd: Promise<unknown> = Promise.resolve();

  constructor(limits: DoorLimits) {
    this.limits = limits;
  }

  /**
   * The body as it was before it was compressed. Output stops at the bound of bytes or of ratio, so a
   * bomb costs at most that much memory, once, and about 15 ms.
   *
   * @throws SightglassError `payload_too_large` beyond a bound, `bad_payload` when it is not valid.
   */
  async decompress(coding: BodyCoding, body: Buffer): Promise<Buffer> {
    if (coding === "identity") return body;
    const { bodyBytesMax, inflationRatioMax } = this.limits;
    // Snappy makes at most 21 bytes of one, so that a body can hardly be a bomb.
    if (coding === "snappy") return unsnappy(body, bodyBytesMax);
    const ratioBytesMax = Math.max(RATIO_FLOOR_BYTES, body.length * inflationRatioMax);
    const bytesMax = Math.min(bodyBytesMax, ratioBytesMax);
    const usual = inflateAtOnce(coding, body, bytesMax);
    if (usual !== undefined && usual.length <= bytesMax) return usual;
    // Each may need 20 MiB twice, so that only their number in flight would bound many at once.
    const odd = this.lastOdd.then(() => inflateFreed(coding, body, bytesMax));
    this.lastOdd = odd.catch(() => undefined);
    try {
      return await odd;
    } catch (error) {
      throw refusal(coding, error, bytesMax);
    }
  }
}

function refusal(coding: Coding, error: unknown, bytesMax: number): SightglassError {
  if (error instanceof OutputBoundError) {
    return new SightglassError(
      "payload_too_large",
      `the body: found more than the ${bytesMax} bytes allowed after decompression`,
    );
  }
  const reason = error instanceof Error ? error.message : "";
  return new SightglassError("bad_payload", `the body: not valid ${coding}: ${reason}`);
}
