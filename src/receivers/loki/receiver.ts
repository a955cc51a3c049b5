import { z } from "zod";
import type { LogBuilder } from "#core/build/log-builder.ts";
import { severityOfWord } from "#core/build/severity.ts";
import { SightglassError } from "#core/errors.ts";
import { REQUEST_LIMITS } from "#core/limits.ts";
import { defineComponent, type ReceiverContext } from "#pipeline/component.ts";
import { Access } from "#pipeline/intake/access.ts";
import { emptyAnswer, textAnswer, textRefusal } from "#pipeline/intake/answers.ts";
import type { Door } from "#pipeline/intake/door.ts";
import { endpointSetting, guarded, tokenSetting } from "#pipeline/intake/endpoint-settings.ts";
import { HttpReceiver } from "#pipeline/intake/http-receiver.ts";
import type { HttpRoute, HttpService, RequestHead } from "#pipeline/intake/http-route.ts";
import { LogIntake } from "#pipeline/intake/log-intake.ts";
import { mediaTypeOf } from "#pipeline/intake/media-type.ts";
import { OriginPolicy } from "#pipeline/intake/origin-policy.ts";
import { decodeJson, decodeProtobuf, type PushVisitor } from "./decode.ts";
import { type LabelMeaning, metadataOf, resourceOf } from "./streams.ts";

const PUSH_PATH = "/loki/api/v1/push";
const JSON_TYPE = "application/json";
const PROTOBUF = "application/x-protobuf";

const settings = z
  .strictObject({
    endpoint: endpointSetting("127.0.0.1:3100", "Where Loki's clients push to."),
    token: tokenSetting,
  })
  .superRefine(guarded);

export type LokiSettings = z.infer<typeof settings>;

/**
 * Takes what is pushed to Grafana Loki (https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs),
 * as Snappy-compressed protobuf and as JSON. A stream's labels become the resource, by OpenTelemetry's
 * names where they have one; structured metadata become attributes of the record.
 */
export const loki = defineComponent({
  kind: "receiver",
  type: "loki",
  summary: "Takes logs from every client of Grafana Loki's push API.",
  signals: { logs: "stable" },
  settings,
  claims: ({ endpoint }) => [{ kind: "http", address: endpoint, paths: [PUSH_PATH] }],
  create: (given: LokiSettings, context: ReceiverContext) =>
    new HttpReceiver({
      context,
      endpoint: given.endpoint,
      service: (door) => createLokiService(given, context, door),
    }),
});

function createLokiService(given: LokiSettings, context: ReceiverContext, door: Door): HttpService {
  const access = new Access(given.token);
  const intake = new LogIntake(context);
  const push: HttpRoute = {
    signal: "logs",
    methods: ["POST"],
    judge(head) {
      access.judge(head);
      formOf(head);
    },
    // Loki takes protobuf as Snappy, whatever the header says.
    coding: (head) => (formOf(head) === "json" ? undefined : "snappy"),
    async accept(body, head) {
      const builder = intake.begin();
      const visitor = new RecordsOfPush(builder);
      if (formOf(head) === "json") decodeJson(body, door.limits, visitor);
      else decodeProtobuf(body, visitor);
      await intake.push(builder, body.length);
      const { rejections } = builder;
      if (rejections.count === 0) return emptyAnswer(204);
      // As Loki does: what was valid is kept, and the sender is told of the rest.
      return textAnswer(400, `${rejections.message}\n`);
    },
    refuse: textRefusal,
  };
  return {
    name: "loki",
    owner: `the receiver ${context.name}`,
    origins: new OriginPolicy({}),
    paths: PUSH_PATH,
    find(path, method) {
      if (path === PUSH_PATH) return push;
      return path === "/ready" && method === "GET" ? textAnswer(200, "ready\n") : undefined;
    },
    refuse: textRefusal,
  };
}

/** Without a type it is protobuf, as Loki has it. */
function formOf({ headers }: RequestHead): "json" | "protobuf" {
  const mediaType = mediaTypeOf(headers["content-type"]);
  if (mediaType === JSON_TYPE) return "json";
  if (mediaType === PROTOBUF || mediaType === "") return "protobuf";
  throw new SightglassError(
    "unsupported_media_type",
    `Content-Type: found ${mediaType}, allowed are ${PROTOBUF} and ${JSON_TYPE}`,
  );
}

/** Makes log records of the entries of a push. */
class RecordsOfPush implements PushVisitor {
  private readonly builder: LogBuilder;
  private labels: LabelMeaning | undefined;
  private streams = 0;
  private entries = 0;

  constructor(builder: LogBuilder) {
    this.builder = builder;
  }

  stream(labels: Parameters<PushVisitor["stream"]>[0]): void {
    const { groupsMax } = REQUEST_LIMITS;
    if (++this.streams > groupsMax) throw tooMany("streams", groupsMax);
    this.labels = resourceOf(labels);
    this.builder.group(this.labels.attributes);
  }

  entry(timeNs: bigint, line: string, metadata: Parameters<PushVisitor["entry"]>[2]): void {
    const { rowsMax } = REQUEST_LIMITS;
    if (++this.entries > rowsMax) throw tooMany("entries", rowsMax);
    const own = metadataOf(metadata);
    const level = own.level ?? this.labels?.level ?? "";
    const traceId = own.traceId ?? this.labels?.traceId;
    const spanId = own.spanId ?? this.labels?.spanId;
    this.builder.add({
      timeNs,
      body: line,
      severity: severityOfWord(level),
      severityText: level,
      attributes: own.attributes,
      ...(traceId === undefined ? {} : { traceId }),
      ...(spanId === undefined ? {} : { spanId }),
    });
  }
}

/** All of it is refused then, so that it can be sent again in smaller portions. */
function tooMany(what: string, max: number): SightglassError {
  return new SightglassError("payload_too_large", `found more than ${max} ${what} in one push`);
}
