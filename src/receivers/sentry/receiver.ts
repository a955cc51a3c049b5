import { z } from "zod";
import { batchPools } from "#core/batch.ts";
import { SpanBuilder } from "#core/build/span-builder.ts";
import { SightglassError } from "#core/errors.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import { defineComponent, type ReceiverContext } from "#pipeline/component.ts";
import { Access } from "#pipeline/intake/access.ts";
import { jsonAnswer, messageOf } from "#pipeline/intake/answers.ts";
import type { Door } from "#pipeline/intake/door.ts";
import { endpointSetting, guarded, tokenSetting } from "#pipeline/intake/endpoint-settings.ts";
import { HttpReceiver } from "#pipeline/intake/http-receiver.ts";
import type {
  HttpAnswer,
  HttpRoute,
  HttpService,
  RequestHead,
} from "#pipeline/intake/http-route.ts";
import { LogIntake } from "#pipeline/intake/log-intake.ts";
import { OriginPolicy } from "#pipeline/intake/origin-policy.ts";
import { type Envelope, objectOf, readEnvelope, textIn } from "./envelope.ts";
import { EnvelopeRows } from "./rows.ts";

/** A DSN may have a path before its project. */
const PATH = /\/api\/([^/]{1,100})\/(envelope|store)\/?$/;
const HEADER_KEY = /(?:^|[\s,])sentry_key=([^\s,]+)/;

const settings = z
  .strictObject({
    endpoint: endpointSetting(
      "127.0.0.1:4320",
      "Where Sentry's SDKs send to: host and port of their DSN.",
    ),
    token: tokenSetting.describe(
      "The public key of the DSN: `http://KEY@host:port/PROJECT`. Without it any key is taken, and only loopback addresses are served.",
    ),
    services: z
      .record(z.string(), z.string())
      .default({})
      .describe("Names of services by the number of the project in the DSN.")
      .meta({ examples: [{ "1": "shop" }] }),
    allowedOrigins: z
      .array(z.string())
      .optional()
      .describe("Origins of the web pages that may send; without it pages of this machine.")
      .meta({ examples: [["https://shop.example.com"]] }),
  })
  .superRefine(guarded);

export type SentrySettings = z.infer<typeof settings>;

/**
 * Takes what Sentry's SDKs send: errors and messages become log records, transactions and streamed
 * spans become spans, and Sentry's logs log records. What else an envelope may have (sessions,
 * replays, profiles, attachments …) is agreed to, counted and not kept.
 */
export const sentry = defineComponent({
  kind: "receiver",
  type: "sentry",
  summary: "Takes errors, logs and traces from the stock Sentry SDKs, by a DSN that points here.",
  signals: { logs: "stable", traces: "stable" },
  settings,
  claims: ({ endpoint }) => [
    {
      kind: "http",
      address: endpoint,
      paths: ["/api/{project}/envelope/", "/api/{project}/store/"],
    },
  ],
  create: (given: SentrySettings, context: ReceiverContext) =>
    new HttpReceiver({
      context,
      endpoint: given.endpoint,
      service: (door) => new SentryService(given, context, door),
    }),
});

class SentryService implements HttpService {
  readonly name = "sentry";
  readonly paths = "/api/:project/envelope/, /api/:project/store/";
  readonly owner: string;
  readonly origins: OriginPolicy;
  private readonly access: Access;
  private readonly intake: LogIntake;
  private readonly context: ReceiverContext;
  private readonly services: Readonly<Record<string, string>>;
  private readonly door: Door;
  private readonly notKept: ReturnType<ReceiverContext["meter"]["counter"]>;

  constructor(given: SentrySettings, context: ReceiverContext, door: Door) {
    const { allowedOrigins } = given;
    this.owner = `the receiver ${context.name}`;
    this.origins = new OriginPolicy(allowedOrigins === undefined ? {} : { allowedOrigins });
    this.access = new Access(given.token);
    this.intake = new LogIntake(context);
    this.context = context;
    this.services = given.services;
    this.door = door;
    this.notKept = context.meter.counter({
      name: "intake_items_not_kept_total",
      help: "Items of envelopes of a kind that is not kept, or that could not be read.",
      labels: ["type"],
    });
  }

  private readonly envelope: HttpRoute = {
    signal: undefined,
    methods: ["POST"],
    // A tunnelled envelope has its key in the DSN of its header only.
    judge: (head) => {
      if (keyOf(head) !== undefined) this.judgeKey(keyOf(head));
    },
    accept: async (body, head) => {
      const envelope = readEnvelope(body, this.door.limits);
      if (keyOf(head) === undefined) this.judgeKey(keyOfDsn(textIn(envelope.header, "dsn")));
      await this.take(envelope, projectOf(head), body.length);
      const id = textIn(envelope.header, "event_id");
      return jsonAnswer(200, id === undefined ? {} : { id });
    },
    refuse: sentryRefusal,
  };

  private readonly store: HttpRoute = {
    signal: "logs",
    methods: ["POST"],
    judge: (head) => {
      this.judgeKey(keyOf(head));
    },
    accept: async (body, head) => {
      const event = objectOf(body, "event", this.door.limits);
      const items = [{ type: textIn(event, "type") ?? "event", header: {}, payload: body }];
      await this.take({ header: {}, items }, projectOf(head), body.length);
      return jsonAnswer(200, { id: textIn(event, "event_id") });
    },
    refuse: sentryRefusal,
  };

  find(path: string): HttpRoute | undefined {
    const kind = PATH.exec(path)?.[2];
    if (kind === undefined) return undefined;
    return kind === "envelope" ? this.envelope : this.store;
  }

  refuse(error: SightglassError): HttpAnswer {
    return sentryRefusal(error, undefined);
  }

  private async take(envelope: Envelope, project: string, bytes: number): Promise<void> {
    const logs = this.intake.begin();
    const spans = new SpanBuilder({ window: this.context.timeWindow("traces") });
    const service = this.services[project] ?? `sentry-project-${project}`;
    const rows = new EnvelopeRows(logs, spans, this.door.limits);
    for (const type of rows.add(envelope, { service, header: envelope.header }, project)) {
      this.notKept.add(1, { type });
    }
    const { rows: spanRows } = spans;
    const batch = spans.finish(spanRows === 0 ? 0 : bytes);
    if (spanRows === 0) batchPools.traces.give(batch);
    await Promise.all([
      this.intake.push(logs, bytes),
      ...(spanRows === 0 ? [] : [this.context.push(batch, DEFAULT_ORG)]),
    ]);
  }

  private judgeKey(key: string | undefined): void {
    if (this.access.opensWith(key)) return;
    throw new SightglassError("unauthorized", "sentry_key: allowed is the public key of the DSN");
  }
}

/** The key that a request shows: in `X-Sentry-Auth`, in `Authorization`, or in the query. */
function keyOf({ headers, query }: RequestHead): string | undefined {
  const header = headers["x-sentry-auth"] ?? headers.authorization;
  const text = Array.isArray(header) ? header[0] : header;
  return (
    HEADER_KEY.exec(text ?? "")?.[1] ?? new URLSearchParams(query).get("sentry_key") ?? undefined
  );
}

function keyOfDsn(dsn: string | undefined): string | undefined {
  return dsn !== undefined && URL.canParse(dsn) ? new URL(dsn).username : undefined;
}

function projectOf({ path }: RequestHead): string {
  return PATH.exec(path)![1]!;
}

/**
 * An error in Sentry's form. SDKs keep quiet for as long as the rate limit says, and lose what they
 * would have sent meanwhile: so it is told only for as long as it must be.
 */
function sentryRefusal(error: SightglassError, retryAfterSeconds: number | undefined): HttpAnswer {
  const body = { detail: messageOf(error), causes: [] };
  if (retryAfterSeconds === undefined) {
    return jsonAnswer(error.status, body, { "x-sentry-error": headerText(messageOf(error)) });
  }
  const limits = `${retryAfterSeconds}::organization:overloaded`;
  return jsonAnswer(429, body, { "x-sentry-rate-limits": limits });
}

/** Nothing but what a header may have. */
function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?");
}
