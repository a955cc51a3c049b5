import { Buffer } from "node:buffer";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import type { Fields } from "./fields.ts";
import { stringOf, type TextParser } from "./text-parser.ts";

const { string, int, array } = ATTRIBUTE_TYPES;

/** The field that has the time of an access log's line, in the layout `httpdate`. */
export const ACCESS_LOG_TIME = "access_log.time";

/** Longer lines are no lines of an access log. */
const LINE_CHARACTERS_MAX = 65_536;

const NONE = "-";
const BLANK = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The methods that the semantic conventions have for HTTP; any other is `_OTHER`. */
const METHODS: ReadonlySet<string> = new Set([
  "CONNECT",
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
  "QUERY",
  "TRACE",
]);

const NOT_ONE = "not an access log";

/**
 * A line of an access log: the common log format, Apache's and nginx's `combined`, Apache's `vhost_combined`, and
 * nginx's `main` with its `$http_x_forwarded_for`. What comes after is not looked at. Fields have the names of
 * OpenTelemetry's semantic conventions for HTTP (https://opentelemetry.io/docs/specs/semconv/http/).
 */
export const accessLogParser: TextParser = (source, into) => {
  if (source.to - source.from > LINE_CHARACTERS_MAX) return `${NOT_ONE}: the line is too long`;
  return new Line(stringOf(source), into).read();
};

class Line {
  private readonly text: string;
  private readonly into: Fields;
  private at = 0;

  constructor(text: string, into: Fields) {
    this.text = text;
    this.into = into;
  }

  read(): string | undefined {
    const bracket = this.text.indexOf(" [");
    if (bracket < 0) return `${NOT_ONE}: found no time in brackets`;
    if (!this.addClient(this.text.slice(0, bracket)))
      return `${NOT_ONE}: found no client, identity and user before the time`;
    const close = this.text.indexOf('] "', bracket);
    if (close < 0) return `${NOT_ONE}: found no request in quotes after the time`;
    this.into.add(ACCESS_LOG_TIME, this.text.slice(bracket + 2, close), string);
    this.at = close + 1;
    const request = this.quoted();
    if (request === undefined) return `${NOT_ONE}: the request's quote is not closed`;
    const status = this.word();
    if (!/^[1-9][0-9]{2}$/.test(status)) return `${NOT_ONE}: found no status after the request`;
    this.addRequest(request);
    this.into.add("http.response.status_code", status, int);
    const size = this.word();
    if (/^[0-9]{1,18}$/.test(size))
      this.into.add("http.response.body.size", withoutZeros(size), int);
    else if (size !== NONE && size !== "") return `${NOT_ONE}: found no size after the status`;
    this.addHeaders();
    return undefined;
  }

  /** `client identity user`, with `host:port` before them where there are several virtual hosts. A user may have blanks. */
  private addClient(text: string): boolean {
    const words = text.split(" ");
    if (words.length > 3 && /^[^:]+:[0-9]{1,5}$/.test(words[0]!)) this.addHost(words.shift()!);
    if (words.length < 3) return false;
    const [client, identity, ...user] = words as [string, string, ...string[]];
    if (client === "" || identity === "") return false;
    this.addText("client.address", client);
    this.addText("access_log.identity", identity);
    this.addText("user.name", unescaped(user.join(" ")));
    return true;
  }

  private addHost(host: string): void {
    const colon = host.lastIndexOf(":");
    this.into.add("server.address", host.slice(0, colon), string);
    this.into.add("server.port", withoutZeros(host.slice(colon + 1)), int);
  }

  private addRequest(request: string): void {
    const match = /^(\S+) (\S(?:.*\S)?) (?:([A-Za-z]+)\/([0-9.]+))$/.exec(request);
    const [, method, target, protocol, version] = match ?? /^([A-Z]+) (\S+)$/.exec(request) ?? [];
    if (method === undefined || target === undefined) {
      // Not HTTP: a scan, a handshake of TLS, or a client that said nothing.
      this.addText("access_log.request", request);
      return;
    }
    const isKnown = METHODS.has(method);
    this.into.add("http.request.method", isKnown ? method : "_OTHER", string);
    if (!isKnown) this.into.add("http.request.method_original", method, string);
    this.addTarget(target);
    if (protocol === undefined || version === undefined) return;
    this.into.add("network.protocol.name", protocol.toLowerCase(), string);
    this.into.add("network.protocol.version", version === "2.0" ? "2" : version, string);
  }

  private addTarget(target: string): void {
    if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(target)) {
      this.into.add("url.full", target, string);
      return;
    }
    const query = target.indexOf("?");
    this.into.add("url.path", query < 0 ? target : target.slice(0, query), string);
    if (query >= 0) this.into.add("url.query", target.slice(query + 1), string);
  }

  /** What the combined format has after the common one, as far as it is there. */
  private addHeaders(): void {
    this.addHeader("referer", this.quoted());
    const agent = this.quoted();
    if (agent !== undefined) this.addText("user_agent.original", agent);
    this.addHeader("x-forwarded-for", this.quoted());
  }

  /** Headers are lists in the conventions. */
  private addHeader(name: string, value: string | undefined): void {
    if (value === undefined || value === NONE || value === "") return;
    this.into.add(`http.request.header.${name}`, JSON.stringify([value.toWellFormed()]), array);
  }

  private addText(key: string, text: string): void {
    if (text !== NONE && text !== "") this.into.add(key, text, string);
  }

  /** The next word, after one blank. */
  private word(): string {
    if (this.text.charCodeAt(this.at) !== BLANK) return "";
    const from = this.at + 1;
    const end = this.text.indexOf(" ", from);
    this.at = end < 0 ? this.text.length : end;
    return this.text.slice(from, this.at).trimEnd();
  }

  /** The next text in quotes, after one blank; undefined where there is none. */
  private quoted(): string | undefined {
    const { text } = this;
    if (text.charCodeAt(this.at) !== BLANK || text.charCodeAt(this.at + 1) !== QUOTE)
      return undefined;
    let end = this.at + 2;
    while (end < text.length && text.charCodeAt(end) !== QUOTE)
      end += text.charCodeAt(end) === BACKSLASH ? 2 : 1;
    if (end >= text.length) return undefined;
    const quoted = text.slice(this.at + 2, end);
    this.at = end + 1;
    return unescaped(quoted);
  }
}

/** Digits as an integer is kept: without zeros before them. */
function withoutZeros(digits: string): string {
  return digits.replace(/^0+(?=[0-9])/, "");
}

const LETTERS: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", v: "\v" };

/** Without the escapes of Apache (`\"`, `\n`, `\xhh`) and nginx (`\xhh`), whose bytes are UTF-8 together. */
function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replaceAll(/(?:\\x[0-9a-fA-F]{2})+|\\([^])/g, (escaped, letter: string | undefined) =>
    letter === undefined
      ? Buffer.from(escaped.replaceAll("\\x", ""), "hex").toString("utf8")
      : (LETTERS[letter] ?? letter),
  );
}
