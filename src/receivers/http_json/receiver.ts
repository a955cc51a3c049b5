import { z } from "zod";
import { SightglassError } from "#core/errors.ts";
import { defineComponent, type ReceiverContext } from "#pipeline/component.ts";
import { Access } from "#pipeline/intake/access.ts";
import { jsonAnswer, problemRefusal } from "#pipeline/intake/answers.ts";
import type { Door } from "#pipeline/intake/door.ts";
import { endpointSetting, guarded, tokenSetting } from "#pipeline/intake/endpoint-settings.ts";
import { HttpReceiver } from "#pipeline/intake/http-receiver.ts";
import type { HttpRoute, HttpService } from "#pipeline/intake/http-route.ts";
import { LogIntake } from "#pipeline/intake/log-intake.ts";
import { mediaTypeOf } from "#pipeline/intake/media-type.ts";
import { OriginPolicy } from "#pipeline/intake/origin-policy.ts";
import { EventReader } from "./events.ts";

const JSON_TYPE = "application/json";
const LINES_TYPES: ReadonlySet<string> = new Set([
  "application/x-ndjson",
  "application/ndjson",
  "application/jsonl",
  "application/jsonlines",
  "application/x-jsonlines",
  "text/plain",
]);

const settings = z
  .strictObject({
    endpoint: endpointSetting("127.0.0.1:4320", "Where events are posted."),
    path: z
      .string()
      .regex(/^\/[^?#\s]*$/)
      .default("/v1/events")
      .describe("The path that events are posted to."),
    token: tokenSetting,
    resource: z
      .record(z.string(), z.string())
      .default({})
      .describe(
        "Attributes of what the events come from. An event's own `service` or `service.name` stands before the one given here.",
      )
      .meta({ examples: [{ "service.name": "shop" }] }),
    allowedOrigins: z
      .array(z.string())
      .optional()
      .describe("Origins of the web pages that may send; without it pages of this machine.")
      .meta({ examples: [["https://shop.example.com"]] }),
  })
  .superRefine(guarded);

export type HttpJsonSettings = z.infer<typeof settings>;

/**
 * Takes events: a POST of a JSON object, of an array of them, or of an object a line (NDJSON). The
 * answer tells which were taken, after they are durable.
 */
export const httpJson = defineComponent({
  kind: "receiver",
  type: "http_json",
  summary: "Takes events as JSON objects, arrays of them, or NDJSON, posted over HTTP.",
  signals: { logs: "stable" },
  settings,
  claims: ({ endpoint, path }) => [{ kind: "http", address: endpoint, paths: [path] }],
  create: (given: HttpJsonSettings, context: ReceiverContext) =>
    new HttpReceiver({
      context,
      endpoint: given.endpoint,
      service: (door) => createHttpJsonService(given, context, door),
    }),
});

function createHttpJsonService(
  given: HttpJsonSettings,
  context: ReceiverContext,
  door: Door,
): HttpService {
  const access = new Access(given.token);
  const intake = new LogIntake(context);
  const { allowedOrigins } = given;
  const route: HttpRoute = {
    signal: "logs",
    methods: ["POST"],
    judge(head) {
      access.judge(head);
      const mediaType = mediaTypeOf(head.headers["content-type"]);
      if (mediaType === JSON_TYPE || LINES_TYPES.has(mediaType)) return;
      throw new SightglassError(
        "unsupported_media_type",
        `Content-Type: found ${mediaType || "none"}, allowed are ${[JSON_TYPE, ...LINES_TYPES].join(", ")}`,
      );
    },
    async accept(body, { headers }) {
      const builder = intake.begin();
      const reader = new EventReader(builder, door.limits, given.resource);
      if (mediaTypeOf(headers["content-type"]) === JSON_TYPE) reader.json(body);
      else reader.lines(body);
      await intake.push(builder, body.length);
      const { accepted, rejected } = reader.outcome;
      return jsonAnswer(accepted === 0 && rejected > 0 ? 400 : 200, reader.outcome);
    },
    refuse: problemRefusal,
  };
  return {
    name: "http_json",
    owner: `the receiver ${context.name}`,
    origins: new OriginPolicy(allowedOrigins === undefined ? {} : { allowedOrigins }),
    paths: given.path,
    find: (path) => (path === given.path ? route : undefined),
    refuse: problemRefusal,
  };
}
