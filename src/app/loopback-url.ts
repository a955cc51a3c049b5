import { formatAddress, type Address } from "#core/address.ts";

const WILDCARDS: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** How a program on this machine reaches what listens at `address`. */
export function loopbackUrl({ host, port }: Address): string {
  return `http://${formatAddress({ host: WILDCARDS[host] ?? host, port })}`;
}
