import { Buffer } from "node:buffer";
import type { SightglassError } from "#core/errors.ts";
import type { HttpAnswer } from "./http-route.ts";

const NO_BYTES = Buffer.alloc(0);
/** What is told about an error; more helps nobody. */
const MESSAGE_CHARACTERS_MAX = 1_024;

export function jsonAnswer(
  status: number,
  value: unknown,
  headers?: Readonly<Record<string, string>>,
): HttpAnswer {
  return {
    status,
    contentType: "application/json",
    body: Buffer.from(JSON.stringify(value)),
    ...(headers === undefined ? {} : { headers }),
  };
}

export function textAnswer(status: number, text: string): HttpAnswer {
  return { status, contentType: "text/plain; charset=utf-8", body: Buffer.from(text) };
}

export function emptyAnswer(status: number): HttpAnswer {
  return { status, body: NO_BYTES };
}

/** An error as a line of text, as Go's HTTP servers write it. */
export function textRefusal(error: SightglassError): HttpAnswer {
  return textAnswer(error.status, `${messageOf(error)}\n`);
}

/** An error as `application/problem+json` (RFC 9457) with its stable code. */
export function problemRefusal(error: SightglassError): HttpAnswer {
  const { status, code } = error;
  return {
    status,
    contentType: "application/problem+json",
    body: Buffer.from(JSON.stringify({ status, code, detail: messageOf(error) })),
  };
}

export function messageOf(error: SightglassError): string {
  return error.message.slice(0, MESSAGE_CHARACTERS_MAX);
}
