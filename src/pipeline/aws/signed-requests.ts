import { createHash, createHmac } from "node:crypto";
import type { SignatureV4 } from "@smithy/signature-v4";
import type { Clock } from "#core/clock.ts";
import type { Outbound, OutboundResponse } from "../outbound/outbound.ts";
import type { CredentialSource } from "./credentials.ts";

/** A request as it is signed and sent. */
export interface AwsRequest {
  readonly method: string;
  readonly origin: string;
  /** From the first slash on, escaped. */
  readonly path: string;
  /** Unescaped. */
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly msMax: number;
}

type Digesting = ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

/** As the signer wants a hash; see https://github.com/smithy-lang/smithy-typescript, `Checksum`. */
class NodeHash {
  readonly #key: Uint8Array | string | undefined;
  #hash: Digesting;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#key = secret === undefined ? undefined : bytesOf(secret);
    this.#hash = this.#fresh();
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#fresh();
  }

  #fresh(): Digesting {
    return this.#key === undefined ? createHash("sha256") : createHmac("sha256", this.#key);
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array | string {
  if (typeof data === "string") return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * Requests to Amazon's services, signed with Signature Version 4
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html). The hash of the body is part of
 * what is signed, so that a body that was changed on its way is refused.
 */
export class SignedRequests {
  readonly #outbound: Outbound;
  readonly #clock: Clock;
  readonly #signer: SignatureV4;

  private constructor(outbound: Outbound, clock: Clock, signer: SignatureV4) {
    this.#outbound = outbound;
    this.#clock = clock;
    this.#signer = signer;
  }

  /** @param options.service As signatures name it: `s3`, `logs`. */
  static async open(options: {
    readonly outbound: Outbound;
    readonly clock: Clock;
    readonly service: string;
    readonly region: string;
    readonly credentials: CredentialSource;
  }): Promise<SignedRequests> {
    // Loaded when it is needed: most send nothing to Amazon.
    const { SignatureV4: Signer } = await import("@smithy/signature-v4");
    const { outbound, clock, service, region, credentials } = options;
    const signer = new Signer({
      service,
      region,
      credentials,
      sha256: NodeHash,
      // S3 signs the path as it is sent, unlike Amazon's other services.
      uriEscapePath: service !== "s3",
    });
    return new SignedRequests(outbound, clock, signer);
  }

  /** The answer, whatever its status. */
  async send(request: AwsRequest, cancel: AbortSignal): Promise<OutboundResponse> {
    const { method, origin, path, msMax } = request;
    const { protocol, hostname, host } = new URL(origin);
    const body = request.body ?? new Uint8Array(0);
    const query = { ...request.query };
    const signed = await this.#signer.sign(
      {
        method,
        protocol,
        hostname,
        path,
        query,
        headers: {
          ...request.headers,
          host,
          "x-amz-content-sha256": createHash("sha256").update(body).digest("hex"),
        },
      },
      { signingDate: new Date(this.#clock.nowMs()) },
    );
    const search = Object.entries(query).map(([name, value]) =>
      value === "" ? `${escapeUri(name)}=` : `${escapeUri(name)}=${escapeUri(value)}`,
    );
    return this.#outbound.request({
      method,
      url: `${origin}${path}${search.length === 0 ? "" : `?${search.join("&")}`}`,
      headers: signed.headers,
      body,
      msMax,
      cancel,
    });
  }
}

/** As RFC 3986 §2.3 has it, which signatures ask for: `encodeURIComponent` leaves five more characters. */
export function escapeUri(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
