import { Buffer } from "node:buffer";
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { SightglassError } from "#core/errors.ts";
import { z } from "zod";

const MAC_BYTES = 16;

/**
 * Page cursors: where the next page starts, opaque and signed, so that nobody can make one up or
 * carry one over to another list, organization or set of parameters.
 */
export class Cursors {
  readonly #key: Buffer;

  /** `key` belongs to the data folder: a cursor outlives a restart, and works nowhere else. */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /** `list` is what the cursor pages through: see {@link listOf}. */
  encode(list: string, position: unknown): string {
    const payload = Buffer.from(JSON.stringify(position));
    return Buffer.concat([this.#mac(list, payload), payload]).toString("base64url");
  }

  /** Throws `bad_request` unless the cursor came from {@link encode} for the same list. */
  decode<T>(list: string, cursor: string, schema: z.ZodType<T>): T {
    const bytes = Buffer.from(cursor, "base64url");
    const payload = bytes.subarray(MAC_BYTES);
    if (
      bytes.length > MAC_BYTES &&
      timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.#mac(list, payload))
    ) {
      return schema.parse(JSON.parse(payload.toString()));
    }
    throw new SightglassError(
      "bad_request",
      "cursor: found one that is not of this list, allowed is the nextCursor of the page before, with all other parameters as they were",
    );
  }

  #mac(list: string, payload: Buffer): Buffer {
    const mac = createHmac("sha256", this.#key).update(`${list.length}:${list}`).update(payload);
    return mac.digest().subarray(0, MAC_BYTES);
  }
}

/** Names a list by what it holds, whose it is, and by the parameters that select its rows. */
export function listOf(kind: string, org: string, parameters: unknown): string {
  const text = JSON.stringify([kind, org, parameters], (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
  return createHash("sha256").update(text).digest("hex");
}

/** A bigint as it stands in a cursor. */
export const bigintText = z.string().regex(/^\d+$/).transform(BigInt);
