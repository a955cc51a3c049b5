import { Buffer } from "node:buffer";
import { getHashes } from "node:crypto";
import { z } from "zod";
import { whyUrlRefused } from "#pipeline/outbound/destination-url.ts";
import { headerName, headersSetting, headerValue } from "#pipeline/outbound/header-settings.ts";
import { flushInterval } from "#pipeline/outbound/request-settings.ts";

/** Bytes of a secret of Standard Webhooks. */
const SECRET_BYTES_MIN = 24;
const SECRET_BYTES_MAX = 64;
const SECRET_PREFIX = "whsec_";

/** The fields are those of the event pipeline of old; times are milliseconds. */
export const webhookSettings = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .describe("Where rows are sent to.")
      .meta({ examples: ["https://example.com/events"] }),
    method: z.enum(["POST", "PUT", "PATCH"]).default("POST").describe("The request's method."),
    headers: headersSetting,
    authType: z
      .enum(["none", "bearer", "basic", "api-key", "hmac"])
      .default("none")
      .describe("How requests say who sends them. Signatures may be added to any."),
    authToken: headerValue
      .optional()
      .describe("For bearer: the token.")
      .meta({ secret: true, examples: ["${env:WEBHOOK_TOKEN}"] }),
    username: z
      .string()
      .optional()
      .describe("For basic: the user.")
      .meta({ examples: ["sightglass"] }),
    password: z
      .string()
      .optional()
      .describe("For basic: the password.")
      .meta({ secret: true, examples: ["${env:WEBHOOK_PASSWORD}"] }),
    apiKey: headerValue
      .optional()
      .describe("For api-key: the key.")
      .meta({ secret: true, examples: ["${env:WEBHOOK_API_KEY}"] }),
    apiKeyHeader: headerName.default("X-API-Key").describe("For api-key: the header that has it."),
    hmacSecret: z
      .string()
      .min(1)
      .optional()
      .describe("Secret of a signature of the body, sent in hex whenever this is set.")
      .meta({ secret: true, examples: ["${env:WEBHOOK_HMAC_SECRET}"] }),
    hmacAlgorithm: z
      .string()
      .refine((name) => getHashes().includes(name), "a hash such as sha256")
      .default("sha256")
      .describe("Hash of that signature."),
    hmacHeader: headerName.default("X-Signature").describe("Header of that signature."),
    signingSecret: z
      .string()
      .refine((text) => secretOf(text) !== undefined, "whsec_ and 24 to 64 bytes in base64")
      .optional()
      .describe(
        "Secret of Standard Webhooks (standardwebhooks.com), which begins with whsec_. Its three headers are sent when this is set.",
      )
      .meta({ secret: true, examples: ["${env:WEBHOOK_SIGNING_SECRET}"] }),
    payloadFormat: z
      .enum(["array", "object", "individual"])
      .default("array")
      .describe("A list of rows, an object around such a list, or one request for each row."),
    payloadKey: z.string().min(1).default("events").describe("For object: the list's field."),
    includeMetadata: z
      .boolean()
      .default(true)
      .describe("For object: whether there is metadata with count, destination and timestamp."),
    template: z
      .union([z.literal("slack"), z.record(z.string(), z.json())], {
        error: '"slack", or an object',
      })
      .optional()
      .describe(
        'The body in place of the format: "slack" for a message of text (which addresses of Slack get anyway), or an object in whose strings {{text}}, {{count}} and {{event.field}} are filled in; a string of nothing but {{events}} or {{event}} becomes the value itself.',
      )
      .meta({ examples: ["slack", { text: "{{count}} events", first: "{{event.message}}" }] }),
    batchSize: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(10)
      .describe("The most rows of one request."),
    flushInterval: flushInterval(5_000),
    rateLimit: z
      .number()
      .positive()
      .optional()
      .describe("The most requests a second. Without it there is no bound, but 1 for Slack.")
      .meta({ examples: [10] }),
    timeout: z
      .number()
      .int()
      .min(1)
      .max(3_600_000)
      .default(30_000)
      .describe("How long one request may take."),
    allowPrivate: z
      .boolean()
      .default(false)
      .describe(
        "Whether the address may be a private or loopback one. Link-local addresses and those of cloud metadata never are.",
      ),
  })
  .superRefine((given, context) => {
    const refused = whyUrlRefused(given.url, given);
    if (refused !== undefined)
      context.addIssue({ code: "custom", path: ["url"], message: refused });
    const need = (field: keyof typeof given): void => {
      if (given[field] !== undefined) return;
      const message = `is needed for authType ${given.authType}`;
      context.addIssue({ code: "custom", path: [field], message });
    };
    if (given.authType === "bearer") need("authToken");
    if (given.authType === "api-key") need("apiKey");
    if (given.authType === "hmac") need("hmacSecret");
    if (given.authType !== "basic") return;
    need("username");
    need("password");
  });

export type WebhookSettings = z.infer<typeof webhookSettings>;

/** The bytes of a secret of Standard Webhooks; undefined when it is none. */
export function secretOf(text: string): Buffer | undefined {
  if (!text.startsWith(SECRET_PREFIX)) return undefined;
  const base64 = text.slice(SECRET_PREFIX.length);
  const bytes = Buffer.from(base64, "base64");
  const isBase64 = bytes.toString("base64").replace(/=+$/, "") === base64.replace(/=+$/, "");
  const isLong = bytes.length >= SECRET_BYTES_MIN && bytes.length <= SECRET_BYTES_MAX;
  return isBase64 && isLong ? bytes : undefined;
}
