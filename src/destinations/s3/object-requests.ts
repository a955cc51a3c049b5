import { escapeUri, type SignedRequests } from "#pipeline/aws/signed-requests.ts";
import type { OutboundResponse } from "#pipeline/outbound/outbound.ts";

/** A request about one object. */
export interface ObjectRequest {
  readonly method: "PUT" | "POST" | "DELETE";
  /** The object's name, unescaped. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Where a bucket is reached: the origin, and what stands before an object's name in the path. */
export interface BucketAddress {
  readonly origin: string;
  readonly basePath: string;
}

const REQUEST_MS_MAX = 60_000;

/** Requests about the objects of one bucket. */
export class ObjectRequests {
  readonly #requests: SignedRequests;
  readonly #address: BucketAddress;

  constructor(requests: SignedRequests, address: BucketAddress) {
    this.#requests = requests;
    this.#address = address;
  }

  /** The answer, whatever its status. */
  send({ key, ...request }: ObjectRequest, cancel: AbortSignal): Promise<OutboundResponse> {
    const { origin, basePath } = this.#address;
    const path = `${basePath}/${key.split("/").map(escapeUri).join("/")}`;
    return this.#requests.send({ ...request, origin, path, msMax: REQUEST_MS_MAX }, cancel);
  }
}
