import { SightglassError } from "#core/errors.ts";
import { WireReader } from "#pipeline/intake/wire.ts";
import {
  answerError,
  errorOfMeaning,
  type Meaning,
  shortened,
} from "#pipeline/outbound/answer-error.ts";
import type { OutboundResponse } from "#pipeline/outbound/outbound.ts";

/** What a backend took some of says of the rest: that it is never to be sent again. */
export interface PartialSuccess {
  readonly rejected: number;
  /** May be a warning where nothing was rejected. */
  readonly message: string;
}

/** gRPC's codes (https://grpc.io/docs/guides/status-codes/). */
const UNKNOWN = 2;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;
const INTERNAL = 13;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;
const RETRY_INFO = "google.rpc.RetryInfo";

/** What codes are about; those that are not here pass, such as UNAVAILABLE and whatever a server makes up. */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  // INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION; and that of a message that is too large.
  3: "rows",
  5: "rows",
  6: "rows",
  9: "rows",
  [RESOURCE_EXHAUSTED]: "rows",
  [PERMISSION_DENIED]: "sender",
  [UNAUTHENTICATED]: "sender",
  [UNIMPLEMENTED]: "target",
};

/**
 * What an answer without gRPC's own status means
 * (https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md), and 413, by which a proxy says that
 * a message is too large.
 */
const CODES_OF_STATUSES: Readonly<Record<number, number>> = {
  400: INTERNAL,
  401: UNAUTHENTICATED,
  403: PERMISSION_DENIED,
  404: UNIMPLEMENTED,
  413: RESOURCE_EXHAUSTED,
  429: UNAVAILABLE,
  502: UNAVAILABLE,
  503: UNAVAILABLE,
  504: UNAVAILABLE,
};

/**
 * What an answer over HTTP means; undefined when it was taken. OTLP calls only 429, 502, 503 and 504 retryable
 * (https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes): a sender that may drop rows drops them after
 * any other. This one may not: a backend that is broken (500), or a credential that has expired, is nothing that the
 * rows have done, so that they are sent again, at least once, and `maxRetries` bounds how often.
 */
export function httpError(answer: OutboundResponse, nowMs: number): Error | undefined {
  const said = statusMessage(answer.body, answer.headers["content-type"]);
  return answerError(answer, { said, nowMs });
}

/**
 * What an answer over gRPC means; undefined when it was taken. Beyond the codes that OTLP calls retryable
 * (https://opentelemetry.io/docs/specs/otlp/#failures), UNKNOWN, INTERNAL and refused credentials are tried again, for
 * the reason that {@link httpError} has. RESOURCE_EXHAUSTED is about the rows unless it says how long to wait: that
 * is how servers refuse a message that is too large.
 */
export function grpcError(answer: Pick<OutboundResponse, "status" | "headers">): Error | undefined {
  const { status, headers } = answer;
  const given = headers["grpc-status"];
  const code = given === undefined ? (CODES_OF_STATUSES[status] ?? UNKNOWN) : Number(given);
  if (code === 0) return undefined;
  const what = given === undefined ? `HTTP ${status} without a gRPC status` : `gRPC status ${code}`;
  const said = shortened(percentDecoded(headers["grpc-message"] ?? ""));
  const afterMs = retryDelayMs(headers["grpc-status-details-bin"]);
  const isExhausted = code === RESOURCE_EXHAUSTED && afterMs !== undefined;
  const meaning = isExhausted ? "later" : (MEANINGS[code] ?? "later");
  return errorOfMeaning(meaning, said === "" ? what : `${what}: ${said}`, afterMs);
}

/** The partial success of an `Export…ServiceResponse`, whose fields have the same numbers for all signals. */
export function partialSuccess(body: Buffer): PartialSuccess | undefined {
  return readable(() => {
    let found: PartialSuccess | undefined;
    eachField(body, (tag, reader, end) => {
      if (tag === 0x0a) found = partialSuccessFields(inner(reader, end));
      else reader.skip(tag, end);
    });
    return found;
  });
}

function partialSuccessFields(body: Buffer): PartialSuccess {
  let rejected = 0;
  let message = "";
  eachField(body, (tag, reader, end) => {
    if (tag === 0x08) rejected = countOf(Number(reader.varint64(end)));
    else if (tag === 0x12) message = inner(reader, end).toString();
    else reader.skip(tag, end);
  });
  return { rejected, message: shortened(message) };
}

/** The same of a response in JSON. */
export function partialSuccessOfJson(body: Buffer): PartialSuccess | undefined {
  const { partialSuccess: given } = jsonObject(body.toString());
  if (typeof given !== "object" || given === null) return undefined;
  const fields = given as Record<string, unknown>;
  const { rejectedSpans, rejectedLogRecords, rejectedDataPoints, errorMessage } = fields;
  const rejected = countOf(rejectedSpans ?? rejectedLogRecords ?? rejectedDataPoints);
  const message = typeof errorMessage === "string" ? errorMessage : "";
  return { rejected, message: shortened(message) };
}

/** A count, which OTLP/JSON writes as text; 0 for what is none. */
function countOf(value: unknown): number {
  const count = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof count === "number" && Number.isFinite(count) && count >= 0 ? count : 0;
}

/** The message of a `google.rpc.Status`, which errors have as their body. */
function statusMessage(body: Buffer, contentType = ""): string {
  if (contentType.startsWith("application/x-protobuf")) {
    let message = "";
    return (
      readable(() => {
        eachField(body, (tag, reader, end) => {
          if (tag === 0x12) message = inner(reader, end).toString();
          else reader.skip(tag, end);
        });
        return message;
      }) ?? ""
    );
  }
  const text = body.toString();
  const { message } = jsonObject(text);
  return typeof message === "string" ? message : text;
}

/** The delay of a RetryInfo among the details of a `google.rpc.Status` in base64; undefined where there is none. */
function retryDelayMs(details: string | undefined): number | undefined {
  if (details === undefined) return undefined;
  return readable(() => {
    let afterMs: number | undefined;
    eachField(Buffer.from(details, "base64"), (tag, reader, end) => {
      if (tag === 0x1a) afterMs = retryInfoMs(inner(reader, end)) ?? afterMs;
      else reader.skip(tag, end);
    });
    return afterMs;
  });
}

function retryInfoMs(any: Buffer): number | undefined {
  let type = "";
  let value: Buffer = Buffer.alloc(0);
  eachField(any, (tag, reader, end) => {
    if (tag === 0x0a) type = inner(reader, end).toString();
    else if (tag === 0x12) value = inner(reader, end);
    else reader.skip(tag, end);
  });
  if (!type.endsWith(`/${RETRY_INFO}`)) return undefined;
  let afterMs = 0;
  eachField(value, (tag, reader, end) => {
    if (tag === 0x0a) afterMs = durationMs(inner(reader, end));
    else reader.skip(tag, end);
  });
  return afterMs;
}

function durationMs(duration: Buffer): number {
  let ms = 0;
  eachField(duration, (tag, reader, end) => {
    if (tag === 0x08) ms += Number(reader.varint64(end)) * 1_000;
    else if (tag === 0x10) ms += Number(reader.varint64(end)) / 1e6;
    else reader.skip(tag, end);
  });
  return Math.max(0, ms);
}

function eachField(
  bytes: Buffer,
  visit: (tag: number, reader: WireReader, end: number) => void,
): void {
  const reader = new WireReader(bytes);
  while (reader.position < bytes.length) {
    const tag = reader.varint(bytes.length);
    visit(tag, reader, bytes.length);
  }
}

function inner(reader: WireReader, end: number): Buffer {
  const to = reader.enter(end);
  const bytes = reader.bytes.subarray(reader.position, to);
  reader.position = to;
  return bytes;
}

/** Undefined for what cannot be read: an answer's details are never worth more than the answer. */
function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SightglassError) return undefined;
    throw error;
  }
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
