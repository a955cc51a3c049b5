import { Buffer } from "node:buffer";
import { SightglassError } from "#core/errors.ts";
import { BearerToken } from "./bearer.ts";
import type { RequestHead } from "./http-route.ts";

const SCHEME = /^(basic|apikey) +(\S+) *$/i;

/**
 * Who may send to a receiver: who shows its token, in any of the forms that clients have settings
 * for: `Bearer token`, `Basic` with the token as password (whatever the user), and Elasticsearch's
 * `ApiKey`, plain or with an id in base64. Without a token everyone may.
 */
export class Access {
  private readonly token: BearerToken | undefined;

  constructor(token: string | undefined) {
    this.token = token === undefined ? undefined : new BearerToken(token);
  }

  /** @throws SightglassError `unauthorized` */
  judge({ headers }: RequestHead): void {
    if (this.opens(headers.authorization)) return;
    throw new SightglassError(
      "unauthorized",
      "Authorization: allowed is Bearer with the receiver's token, or Basic with it as password",
    );
  }

  /** Judges a token that came by another way than the header. */
  opensWith(token: string | undefined): boolean {
    return this.token === undefined || (token !== undefined && this.token.opens(`Bearer ${token}`));
  }

  private opens(header: string | undefined): boolean {
    if (this.token === undefined || this.token.opens(header)) return true;
    const [, scheme = "", given = ""] = SCHEME.exec(header ?? "") ?? [];
    if (given === "") return false;
    const pair = Buffer.from(given, "base64").toString("utf8");
    const secret = pair.slice(pair.indexOf(":") + 1);
    if (this.opensWith(secret)) return true;
    return scheme.toLowerCase() === "apikey" && this.opensWith(given);
  }
}
