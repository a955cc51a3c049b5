import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";
import { SightglassError } from "#core/errors.ts";
import { MessagePackReader } from "./msgpack.ts";
import { packed } from "./pack.ts";

const NONCE_BYTES = 16;
const SERVER_NAME = "sightglass";
/** Those of a `PING` that are looked at: its name, the sender's host, its salt, and the digest. */
const PING_ELEMENTS = 4;

/**
 * The handshake by shared key (`HELO`, `PING`, `PONG`): each side shows that it knows the key without
 * sending it. There are no users beside the key.
 */
export class Handshake {
  private readonly sharedKey: string;
  private readonly nonce = randomBytes(NONCE_BYTES);

  constructor(sharedKey: string) {
    this.sharedKey = sharedKey;
  }

  /** What the server says first. */
  helo(): Buffer {
    return packed(["HELO", { nonce: this.nonce, auth: "", keepalive: true }]);
  }

  /**
   * Judges a `PING`, and gives the `PONG` for it, which says no where `isWelcome` is false.
   *
   * @throws SightglassError `bad_payload` when it is not a `PING`.
   */
  pong(ping: Buffer): { readonly isWelcome: boolean; readonly answer: Buffer } {
    const [kind, hostname, salt, digest] = elementsOf(ping);
    if (kind?.toString() !== "PING" || hostname === undefined) throw notPing();
    if (salt === undefined || digest === undefined) throw notPing();
    const expected = Buffer.from(this.digest(salt, hostname));
    const isWelcome = expected.length === digest.length && timingSafeEqual(expected, digest);
    const own = isWelcome ? this.digest(salt, Buffer.from(SERVER_NAME)) : "";
    const reason = isWelcome ? "" : "shared_key mismatch";
    return { isWelcome, answer: packed(["PONG", isWelcome, reason, SERVER_NAME, own]) };
  }

  private digest(salt: Buffer, hostname: Buffer): string {
    const hash = createHash("sha512");
    return hash
      .update(salt)
      .update(hostname)
      .update(this.nonce)
      .update(this.sharedKey)
      .digest("hex");
  }
}

/** The first elements of a message, as bytes, since a salt may be any. */
function elementsOf(message: Buffer): (Buffer | undefined)[] {
  const reader = new MessagePackReader(message);
  const length = Math.min(reader.arrayLength(), PING_ELEMENTS);
  return Array.from({ length }, () => {
    const element = reader.rawValue();
    return Buffer.isBuffer(element) ? element : undefined;
  });
}

function notPing(): SightglassError {
  return new SightglassError("bad_payload", "forward protocol: allowed is a PING first");
}
