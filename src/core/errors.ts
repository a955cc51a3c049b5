/**
 * Every error that a user or a sender can see, declared once: a stable code, the HTTP status it
 * answers with, and one sentence of help. Codes are part of the public contract and never change.
 */
export const ERRORS = {
  bad_request: { status: 400, title: "The request is not valid" },
  bad_payload: { status: 400, title: "The payload cannot be decoded" },
  unauthorized: { status: 401, title: "A valid bearer token is needed" },
  forbidden_origin: { status: 403, title: "This Host or Origin is not allowed" },
  not_found: { status: 404, title: "There is nothing here" },
  method_not_allowed: { status: 405, title: "This method is not allowed here" },
  payload_too_large: { status: 413, title: "The payload is over the limit" },
  unsupported_media_type: { status: 415, title: "This content type or encoding is not supported" },
  too_many_requests: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Sightglass failed to answer" },
  overloaded: { status: 503, title: "Sightglass cannot take this now" },
  storage_full: { status: 503, title: "The disk is full or cannot be written" },
  stopping: { status: 503, title: "Sightglass is stopping" },
  query_timeout: { status: 504, title: "The query took longer than its limit" },
  result_too_large: { status: 422, title: "The answer would be over the limit" },
  store_unavailable: { status: 503, title: "The ClickHouse server cannot be reached" },
  data_in_use: { status: 500, title: "The data folder is in use by another process" },
  data_newer: { status: 500, title: "The data was written by a newer version" },
  data_mismatch: { status: 500, title: "The data does not match this version" },
  engine_unsupported: { status: 500, title: "The embedded engine cannot run here" },
  port_in_use: { status: 500, title: "The address is in use by another process" },
  config_invalid: { status: 500, title: "The configuration is not valid" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** An error with a stable {@link ErrorCode}; `message` says where, what was found, what is allowed. */
export class SightglassError extends Error {
  readonly code: ErrorCode;
  /** Seconds after which the sender may try again, for 429 and 503. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options?: { cause?: unknown; retryAfterSeconds?: number },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = "SightglassError";
    this.code = code;
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** Marks a failure that trying again cannot mend: the rows go to the dead letters and are counted. */
export class PermanentError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "PermanentError";
  }
}

/** What went wrong in words, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
