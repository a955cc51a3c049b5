import { isIP } from "node:net";

/** Where a door listens. Port 0 means any free one. */
export interface Address {
  /** An IP address, without brackets, or a name. */
  readonly host: string;
  readonly port: number;
}

export const ADDRESS_ALLOWED =
  '"host:port", such as "127.0.0.1:4318", "[::1]:4318" or "0.0.0.0:4318"; port 0 takes any free one';

const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*\.?$/i;

/** Reads `host:port` or `[ipv6]:port`; undefined for anything else, a missing host included. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[(?<six>[^\]]+)\]|(?<host>[^:[\]]+)):(?<port>\d{1,5})$/.exec(text);
  if (match?.groups === undefined) return undefined;
  const { six, host, port: digits } = match.groups;
  const port = Number(digits);
  if (port > 65_535) return undefined;
  if (six !== undefined) return isIP(six) === 6 ? { host: six, port } : undefined;
  if (host === undefined || !(isIP(host) === 4 || isHostName(host))) return undefined;
  return { host, port };
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Whether only programs on this machine can reach `host`: 127.0.0.0/8, ::1, an IPv4-mapped loopback
 * address, or the name localhost. Any other name counts as reachable from outside, whatever it
 * resolves to now.
 */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === "localhost" || host.toLowerCase() === "localhost.") return true;
  if (isIP(host) === 4) return host.startsWith("127.");
  if (isIP(host) === 6) return loopbackV6(host);
  return false;
}

/** A name whose last label is numeric is some spelling of an IPv4 address, which resolvers read in their own ways. */
function isHostName(host: string): boolean {
  return HOST_NAME.test(host) && !/(^|\.)(\d+|0x[0-9a-f]*)\.?$/i.test(host);
}

function loopbackV6(host: string): boolean {
  // The URL parser is the shortest way to the canonical form.
  const address = host.split("%")[0]!;
  const canonical = new URL(`http://[${address}]`).hostname;
  return canonical === "[::1]" || canonical.startsWith("[::ffff:7f");
}
