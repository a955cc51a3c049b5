import type { Address } from "#core/address.ts";

/**
 * Something of the machine that a component takes for itself, so that two that want the same are found
 * before either starts.
 */
export type Claim =
  /** A port that nobody else may listen on. Port 0 is any free one. */
  | { readonly kind: "tcp" | "udp"; readonly address: Address }
  /** Paths behind an address that other HTTP receivers may share: `/v1/push`, or `/api/{project}/store`. */
  | { readonly kind: "http"; readonly address: Address; readonly paths: readonly string[] }
  /** A file that nobody else may write: of those that come one after the other, any. */
  | { readonly kind: "write"; readonly path: string }
  /** Those files of a folder that are read; they are judged by their paths below it. */
  | { readonly kind: "read"; readonly folder: string; readonly reads: (path: string) => boolean };
