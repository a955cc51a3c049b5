import { z } from "zod";
import { batchPools } from "#core/batch.ts";
import { MetricBuilder } from "#core/build/metric-builder.ts";
import { SightglassError } from "#core/errors.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import { defineComponent, type ReceiverContext } from "#pipeline/component.ts";
import { Access } from "#pipeline/intake/access.ts";
import { emptyAnswer, textAnswer, textRefusal } from "#pipeline/intake/answers.ts";
import { endpointSetting, guarded, tokenSetting } from "#pipeline/intake/endpoint-settings.ts";
import { HttpReceiver } from "#pipeline/intake/http-receiver.ts";
import type {
  HttpAnswer,
  HttpRoute,
  HttpService,
  RequestHead,
} from "#pipeline/intake/http-route.ts";
import { mediaTypeOf } from "#pipeline/intake/media-type.ts";
import { OriginPolicy } from "#pipeline/intake/origin-policy.ts";
import { decodeVersion1, decodeVersion2 } from "./decode.ts";
import { PointWriter, type WriteOutcome } from "./points.ts";

const PROTOBUF = "application/x-protobuf";
const VERSION_1 = "prometheus.WriteRequest";
const VERSION_2 = "io.prometheus.write.v2.Request";
const PROTO = /;\s*proto\s*=\s*"?([\w.]+)"?/i;

const settings = z
  .strictObject({
    endpoint: endpointSetting("127.0.0.1:4320", "Where Prometheus writes to."),
    path: z
      .string()
      .regex(/^\/[^?#\s]*$/)
      .default("/api/v1/write")
      .describe("The path of the remote-write URL."),
    token: tokenSetting,
  })
  .superRefine(guarded);

export type PrometheusRemoteWriteSettings = z.infer<typeof settings>;

/**
 * Takes Prometheus' remote write, versions 1 and 2, with native histograms and exemplars. Samples may
 * come in any order: they are stored by their time. A stale marker ends a series by a point without a
 * value.
 */
export const prometheusRemoteWrite = defineComponent({
  kind: "receiver",
  type: "prometheus_remote_write",
  summary: "Takes metrics from Prometheus and every other sender of its remote write, 1.0 and 2.0.",
  signals: { metrics: "stable" },
  settings,
  claims: ({ endpoint, path }) => [{ kind: "http", address: endpoint, paths: [path] }],
  create: (given: PrometheusRemoteWriteSettings, context: ReceiverContext) =>
    new HttpReceiver({
      context,
      endpoint: given.endpoint,
      service: () => createRemoteWriteService(given, context),
    }),
});

function createRemoteWriteService(
  given: PrometheusRemoteWriteSettings,
  context: ReceiverContext,
): HttpService {
  const access = new Access(given.token);
  const points = new PointWriter();
  const counter = context.meter.counter({
    name: "intake_points_total",
    help: "Points that a receiver decoded, by whether they were taken or rejected.",
    unit: "{row}",
    labels: ["outcome"],
  });
  const route: HttpRoute = {
    signal: "metrics",
    methods: ["POST"],
    judge(head) {
      access.judge(head);
      versionOf(head);
    },
    coding({ headers }) {
      const coding = headers["content-encoding"]?.toLowerCase();
      return coding === undefined || coding === "snappy" ? "snappy" : undefined;
    },
    async accept(body, head) {
      const version = versionOf(head);
      const builder = new MetricBuilder({ window: context.timeWindow("metrics") });
      const request = version === 2 ? decodeVersion2(body) : decodeVersion1(body);
      const outcome = points.add(request, builder);
      const { rows } = builder;
      const batch = builder.finish(body.length);
      if (rows === 0) batchPools.metrics.give(batch);
      else await context.push(batch, DEFAULT_ORG);
      counter.add(rows, { outcome: "taken" });
      counter.add(outcome.rejected, { outcome: "rejected" });
      return answerOf(outcome, version);
    },
    refuse: textRefusal,
  };
  return {
    name: "prometheus_remote_write",
    owner: `the receiver ${context.name}`,
    origins: new OriginPolicy({}),
    paths: given.path,
    find: (path) => (path === given.path ? route : undefined),
    refuse: textRefusal,
  };
}

/** As the specification has it: what was rejected must not come again, so it is told with 400. */
function answerOf(outcome: WriteOutcome, version: 1 | 2): HttpAnswer {
  const { rejected, reason } = outcome;
  const more = rejected > 1 ? ` (and ${rejected - 1} more)` : "";
  const answer = rejected === 0 ? emptyAnswer(204) : textAnswer(400, `${reason}${more}\n`);
  if (version === 1) return answer;
  const headers = {
    "x-prometheus-remote-write-samples-written": String(outcome.samples),
    "x-prometheus-remote-write-histograms-written": String(outcome.histograms),
    "x-prometheus-remote-write-exemplars-written": String(outcome.exemplars),
  };
  return { ...answer, headers };
}

/** @throws SightglassError `unsupported_media_type`, at which a sender of version 2 falls back to 1. */
function versionOf({ headers }: RequestHead): 1 | 2 {
  const type = headers["content-type"];
  const proto = PROTO.exec(type ?? "")?.[1] ?? VERSION_1;
  if (mediaTypeOf(type) === PROTOBUF && proto === VERSION_2) return 2;
  if (mediaTypeOf(type) === PROTOBUF && proto === VERSION_1) return 1;
  throw new SightglassError(
    "unsupported_media_type",
    `Content-Type: found ${type ?? "none"}, allowed is ${PROTOBUF} with proto=${VERSION_1} or ${VERSION_2}`,
  );
}
