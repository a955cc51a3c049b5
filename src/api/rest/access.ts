import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { SightglassError } from "#core/errors.ts";
import { DEFAULT_ORG } from "#core/signal.ts";

/** Who may reach the API. */
export interface AccessOptions {
  /** What every route but health asks for; without it no token is needed. */
  readonly token?: string;
  /** Names and addresses, besides loopback ones, that a Host header may have, with a port or for any. */
  readonly hosts: readonly string[];
  /** Origins of other pages that may call the API from a browser. */
  readonly origins: readonly string[];
}

/** The headers that access is decided by. */
export interface AccessHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly authorization?: string | undefined;
  readonly "sec-fetch-site"?: string | string[] | undefined;
  readonly "sec-fetch-mode"?: string | string[] | undefined;
}

/** An address that listens everywhere: browsers then reach it by whatever address the machine has. */
const ANY_ADDRESS = new Set(["0.0.0.0", "::", "[::]"]);

/** Decides on requests by their headers. Every refusal is a {@link SightglassError}. */
export class Access {
  private readonly tokenDigest: Buffer | undefined;
  private readonly hosts: ReadonlySet<string>;
  private readonly anyAddress: boolean;
  private readonly origins: ReadonlySet<string>;

  constructor({ token, hosts, origins }: AccessOptions) {
    this.tokenDigest = token === undefined ? undefined : digest(token);
    this.hosts = new Set(hosts.map((host) => host.toLowerCase()));
    this.anyAddress = hosts.some((host) => ANY_ADDRESS.has(host));
    this.origins = new Set(origins.map((origin) => origin.toLowerCase()));
  }

  /**
   * Refuses a Host that is not ours. A page elsewhere can make its own name resolve to this machine
   * (DNS rebinding) and is then of "the same origin" to a browser; its Host still has its name.
   */
  checkHost(headers: AccessHeaders): void {
    const host = headers.host?.toLowerCase() ?? "";
    if (this.ownHost(host)) return;
    throw new SightglassError(
      "forbidden_origin",
      `Host: found ${JSON.stringify(host)}, allowed are loopback names and the configured hosts`,
    );
  }

  /**
   * Refuses what another page sent: a foreign Origin, or a browser's word that the request is not of
   * the same site. Following a link to a page of ours is allowed.
   */
  checkOrigin(headers: AccessHeaders): void {
    const { host, origin } = headers;
    if (origin !== undefined) {
      if (this.allowsOrigin(origin) || sameOrigin(origin, host)) return;
      throw new SightglassError(
        "forbidden_origin",
        `Origin: found ${JSON.stringify(origin)}, allowed are this server's own and the configured origins`,
      );
    }
    const site = headers["sec-fetch-site"];
    if (site !== "cross-site" && site !== "same-site") return;
    if (headers["sec-fetch-mode"] === "navigate") return;
    throw new SightglassError(
      "forbidden_origin",
      `Sec-Fetch-Site: found ${site}, allowed is same-origin`,
    );
  }

  /** Whether pages of this foreign origin may read answers. */
  allowsOrigin(origin: string): boolean {
    return this.origins.has(origin.toLowerCase());
  }

  /** The organization of the credential. Throws `unauthorized` where a token is needed and not given. */
  organization(headers: AccessHeaders): string {
    if (this.tokenDigest === undefined) return DEFAULT_ORG;
    const given = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
    // Digests are of equal length, so that the comparison takes the same time whatever was given.
    if (given !== undefined && timingSafeEqual(digest(given), this.tokenDigest)) return DEFAULT_ORG;
    throw new SightglassError(
      "unauthorized",
      given === undefined
        ? "Authorization: found no bearer token, allowed is Bearer and the configured token"
        : "Authorization: found another token than the configured one",
    );
  }

  private ownHost(host: string): boolean {
    const name = nameOf(host);
    if (name === "") return false;
    if (isLoopbackName(name) || this.hosts.has(host) || this.hosts.has(name)) return true;
    return this.anyAddress && isIP(name) !== 0;
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** The name or address of a Host header, without port and brackets; empty for what is no Host. */
function nameOf(host: string): string {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/.exec(host);
  return match?.[1] ?? match?.[2] ?? "";
}

function isLoopbackName(name: string): boolean {
  if (name === "localhost" || name === "localhost.") return true;
  return name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

function sameOrigin(origin: string, host: string | undefined): boolean {
  const lower = origin.toLowerCase();
  return (
    host !== undefined &&
    [`http://${host.toLowerCase()}`, `https://${host.toLowerCase()}`].includes(lower)
  );
}
