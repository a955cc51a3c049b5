import { isIP } from "node:net";
import { messageOf, SightglassError } from "#core/errors.ts";
import { classOfAddress } from "./address-class.ts";

/** Ports of web servers; the others below this bound belong to services that must not be spoken to. */
const WEB_PORTS = new Set(["", "80", "443"]);
const PORT_MIN = 1_024;

/** Whether private and loopback addresses may be reached: only when the operator has said so. */
export interface Reach {
  readonly allowPrivate: boolean;
}

/**
 * The URL in a text, if requests may go there. A host name is judged when it is resolved.
 *
 * @throws SightglassError `config_invalid` that says what is wrong with it.
 */
export function destinationUrl(text: string, reach: Reach): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol))
    throw refused(url, "is not an address that begins with http:// or https://");
  if (url.username !== "" || url.password !== "")
    throw refused(url, "has a user name or password in it; there are settings for them");
  if (!reach.allowPrivate && !WEB_PORTS.has(url.port) && Number(url.port) < PORT_MIN)
    throw refused(url, `has port ${url.port}; allowed are 80, 443 and those from ${PORT_MIN} on`);
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isAllowed(host, reach)) throw refused(url, whyNot(host));
  return url;
}

/** Why {@link destinationUrl} refuses a text, for a setting's error; undefined when it does not. */
export function whyUrlRefused(text: string, reach: Reach): string | undefined {
  try {
    destinationUrl(text, reach);
    return undefined;
  } catch (error) {
    return `an address to send to: ${messageOf(error)}`;
  }
}

/** The host without the brackets of an IPv6 address. */
function hostOf(url: URL): string {
  return url.hostname.replaceAll(/^\[|\]$/g, "");
}

export function isAllowed(address: string, { allowPrivate }: Reach): boolean {
  const found = classOfAddress(address);
  return found === "public" || (found === "private" && allowPrivate);
}

export function whyNot(address: string): string {
  return classOfAddress(address) === "private"
    ? `leads to ${address}, a private address; those are only allowed where a setting says so`
    : `leads to ${address}, which is never allowed`;
}

/** Names only the origin: paths of webhooks are secrets. */
function refused(url: URL | undefined, why: string): SightglassError {
  const where = url === undefined ? "The address" : url.origin;
  return new SightglassError("config_invalid", `${where} ${why}`);
}
