const LOCAL_ORIGIN =
  /^https?:\/\/(?:localhost|[a-z0-9-]+\.localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;
/** A list of header names (RFC 9110 tokens). */
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+(?:\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/;
const HEADER_NAMES_CHARACTERS_MAX = 1_024;
const PREFLIGHT_SECONDS = "7200";

/** Which web pages may send telemetry. */
export interface CorsSettings {
  /** Origins such as `https://shop.example.com`; `*` allows all. Undefined: pages served from this machine. */
  readonly allowedOrigins?: readonly string[];
}

/**
 * Judges the `Origin` that a browser sends. By default only pages of this machine (localhost and its
 * subdomains, 127.0.0.1, [::1], any port) may send, so that no foreign page writes into a
 * Sightglass on a developer's machine, be it by a rebound DNS name. Other programs send no Origin
 * and are not concerned.
 */
export class OriginPolicy {
  private readonly allowed: ReadonlySet<string> | undefined;

  constructor(settings: CorsSettings) {
    const origins = settings.allowedOrigins?.map((origin) => origin.toLowerCase());
    this.allowed = origins === undefined ? undefined : new Set(origins);
  }

  allows(origin: string): boolean {
    if (this.allowed === undefined) return LOCAL_ORIGIN.test(origin);
    return this.allowed.has("*") || this.allowed.has(origin.toLowerCase());
  }

  /** Headers of every answer to an allowed page. */
  headers(origin: string): Record<string, string> {
    return {
      "access-control-allow-origin": origin,
      "access-control-expose-headers": "Retry-After",
      vary: "Origin",
    };
  }

  /** Headers of the answer to a preflight request, which asks for `requestedHeaders`. */
  preflightHeaders(origin: string, requestedHeaders: string | undefined): Record<string, string> {
    const names = requestedHeaders?.trim() ?? "";
    const readable = names.length <= HEADER_NAMES_CHARACTERS_MAX && HEADER_NAMES.test(names);
    return {
      ...this.headers(origin),
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": readable
        ? names
        : "content-type, content-encoding, authorization",
      "access-control-max-age": PREFLIGHT_SECONDS,
    };
  }
}
