import { createHash, timingSafeEqual } from "node:crypto";

const BEARER = /^bearer +(\S+) *$/i;

/** The one token that opens a door. It keeps a digest only, and compares in constant time. */
export class BearerToken {
  private readonly digest: Buffer;

  constructor(token: string) {
    this.digest = digest(token);
  }

  /** Judges an `Authorization` header (RFC 6750). */
  opens(header: string | undefined): boolean {
    const given = header === undefined ? undefined : BEARER.exec(header)?.[1];
    return given !== undefined && timingSafeEqual(digest(given), this.digest);
  }
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}
