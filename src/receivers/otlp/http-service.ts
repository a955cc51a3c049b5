import { SightglassError } from "#core/errors.ts";
import { SIGNALS, type Signal } from "#core/signal.ts";
import { freeBody } from "#pipeline/intake/free-body.ts";
import type {
  HttpAnswer,
  HttpRoute,
  HttpService,
  RequestHead,
} from "#pipeline/intake/http-route.ts";
import type { OriginPolicy } from "#pipeline/intake/origin-policy.ts";
import { responseJson, responseProtobuf, rpcCode, statusJson, statusProtobuf } from "./answers.ts";
import type { OtlpDoor } from "./door.ts";
import { protobufOfJson } from "./json-body.ts";

const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";
const METHODS = ["POST"];

const HINT: HttpAnswer = {
  status: 200,
  contentType: "text/plain; charset=utf-8",
  body: Buffer.from(
    "Sightglass takes OTLP/HTTP here: POST /v1/traces, /v1/metrics or /v1/logs, as application/x-protobuf or application/json.\n",
  ),
};

/**
 * OTLP/HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp): POST on `/v1/traces`,
 * `/v1/metrics` and `/v1/logs`, in protobuf and JSON.
 */
export function createOtlpService(door: OtlpDoor, origins: OriginPolicy): HttpService {
  const routes = new Map(SIGNALS.map((signal) => [`/v1/${signal}`, new OtlpRoute(door, signal)]));
  return {
    name: "http",
    owner: "the OTLP receiver",
    http2Warning: "The OTLP/HTTP port got HTTP/2: OTLP/gRPC has a port of its own",
    paths: [...routes.keys()].join(", "),
    origins,
    find(path, method) {
      const isLook = path === "/" && (method === "GET" || method === "HEAD");
      return routes.get(path) ?? (isLook ? HINT : undefined);
    },
    refuse: (error, retryAfter) => refusal(door, error, retryAfter, true),
  };
}

/** The path of one signal. */
class OtlpRoute implements HttpRoute {
  readonly signal: Signal;
  readonly methods = METHODS;
  private readonly door: OtlpDoor;

  constructor(door: OtlpDoor, signal: Signal) {
    this.door = door;
    this.signal = signal;
  }

  judge({ headers }: RequestHead): void {
    if (this.door.token !== undefined && !this.door.token.opens(headers.authorization)) {
      throw new SightglassError("unauthorized", "Authorization: allowed is Bearer with the token");
    }
    const mediaType = mediaTypeOf(headers["content-type"]);
    if (mediaType === PROTOBUF || mediaType === JSON_TYPE) return;
    throw new SightglassError(
      "unsupported_media_type",
      `Content-Type: found ${mediaType ?? "none"}, allowed are ${PROTOBUF} and ${JSON_TYPE}`,
    );
  }

  async accept(body: Buffer, { headers }: RequestHead): Promise<HttpAnswer> {
    const { signal, door } = this;
    if (mediaTypeOf(headers["content-type"]) === PROTOBUF) {
      const intake = await door.accept(signal, body);
      return { status: 200, contentType: PROTOBUF, body: responseProtobuf(signal, intake) };
    }
    const protobuf = protobufOfJson(signal, body, door.limits);
    freeBody(body);
    const intake = await door.accept(signal, protobuf);
    return { status: 200, contentType: JSON_TYPE, body: responseJson(signal, intake) };
  }

  refuse(
    error: SightglassError,
    retryAfter: number | undefined,
    { headers }: RequestHead,
  ): HttpAnswer {
    const json = mediaTypeOf(headers["content-type"]) !== PROTOBUF;
    return refusal(this.door, error, retryAfter, json);
  }
}

/** A `google.rpc.Status` with the HTTP status that it goes with. */
function refusal(
  door: OtlpDoor,
  error: SightglassError,
  retryAfter: number | undefined,
  json: boolean,
): HttpAnswer {
  const write = json ? statusJson : statusProtobuf;
  const message = error.message.slice(0, door.limits.statusMessageCharactersMax);
  return {
    status: error.status,
    contentType: json ? JSON_TYPE : PROTOBUF,
    body: write(rpcCode(error), message, retryAfter),
  };
}

function mediaTypeOf(contentType: string | undefined): string | undefined {
  return contentType?.split(";", 1)[0]!.trim().toLowerCase();
}
