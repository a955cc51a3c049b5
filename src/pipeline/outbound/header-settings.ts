import { z } from "zod";

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110 §5.5: visible characters, spaces and tabs; nothing that could end the header. */
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

export const headerName = z.string().regex(HEADER_NAME, "a header's name");
export const headerValue = z.string().regex(HEADER_VALUE, "a header's value on one line");

/** Headers by their names as HTTP/2 writes them, so that one given by a user replaces one of ours. */
export function lowerCasedHeaders(
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/** Further headers of every request, of which any may be a secret. */
export const headersSetting = z
  .record(headerName, headerValue)
  .default({})
  .describe("Further headers of each request.")
  .meta({ secret: true, examples: [{ "X-Key": "${env:KEY}" }] });
