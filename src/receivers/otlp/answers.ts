import type { ErrorCode, SightglassError } from "#core/errors.ts";
import { encodeMessage } from "#core/otlp/encode.ts";
import type { Signal } from "#core/signal.ts";
import type { Intake } from "./intake.ts";

/** The status codes of gRPC (https://grpc.io/docs/guides/status-codes/) that the doors answer with. */
export const RPC_CODES = {
  OK: 0,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;
export type RpcCode = keyof typeof RPC_CODES;

const RPC_CODE_OF: Partial<Record<ErrorCode, RpcCode>> = {
  bad_request: "INVALID_ARGUMENT",
  bad_payload: "INVALID_ARGUMENT",
  unauthorized: "UNAUTHENTICATED",
  forbidden_origin: "PERMISSION_DENIED",
  not_found: "NOT_FOUND",
  method_not_allowed: "UNIMPLEMENTED",
  unsupported_media_type: "INVALID_ARGUMENT",
  // Without RetryInfo a sender does not try again, which is right for what is too large.
  payload_too_large: "RESOURCE_EXHAUSTED",
};

/** Everything else is a matter of time, and therefore UNAVAILABLE, which senders try again. */
export function rpcCode(error: SightglassError): RpcCode {
  return RPC_CODE_OF[error.code] ?? "UNAVAILABLE";
}

const RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";

/** A `google.rpc.Status` in protobuf, with RetryInfo when the sender should try again. */
export function statusProtobuf(code: RpcCode, message: string, retryAfterSeconds?: number): Buffer {
  const details =
    retryAfterSeconds === undefined
      ? []
      : [
          {
            typeUrl: RETRY_INFO,
            value: encodeMessage("RetryInfo", { retryDelay: { seconds: retryAfterSeconds } }),
          },
        ];
  return encodeMessage("RpcStatus", { code: RPC_CODES[code], message, details });
}

/** The same in JSON. */
export function statusJson(code: RpcCode, message: string, retryAfterSeconds?: number): Buffer {
  const details =
    retryAfterSeconds === undefined
      ? undefined
      : [{ "@type": RETRY_INFO, retryDelay: `${retryAfterSeconds}s` }];
  return Buffer.from(JSON.stringify({ code: RPC_CODES[code], message, details }));
}

const RESPONSES = {
  traces: { message: "ExportTraceServiceResponse", rejected: "rejectedSpans" },
  logs: { message: "ExportLogsServiceResponse", rejected: "rejectedLogRecords" },
  metrics: { message: "ExportMetricsServiceResponse", rejected: "rejectedDataPoints" },
} as const;

const FULL_SUCCESS_PROTOBUF = Buffer.alloc(0);
const FULL_SUCCESS_JSON = Buffer.from("{}");

/** An Export…ServiceResponse in protobuf: empty for full success, else with `partial_success`. */
export function responseProtobuf(signal: Signal, intake: Intake): Buffer {
  if (isFullSuccess(intake)) return FULL_SUCCESS_PROTOBUF;
  return encodeMessage(RESPONSES[signal].message, partialSuccess(signal, intake));
}

/** The same in OTLP/JSON. */
export function responseJson(signal: Signal, intake: Intake): Buffer {
  if (isFullSuccess(intake)) return FULL_SUCCESS_JSON;
  return Buffer.from(JSON.stringify(partialSuccess(signal, intake)));
}

function isFullSuccess(intake: Intake): boolean {
  return intake.rejected === 0 && intake.message === "";
}

function partialSuccess(signal: Signal, intake: Intake): unknown {
  const rejected = { [RESPONSES[signal].rejected]: String(intake.rejected) };
  return { partialSuccess: { ...rejected, errorMessage: intake.message } };
}
