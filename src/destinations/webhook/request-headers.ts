import { Buffer } from "node:buffer";
import { createHash, createHmac } from "node:crypto";
import { lowerCasedHeaders } from "#pipeline/outbound/header-settings.ts";
import { secretOf } from "./settings.ts";
import type { WebhookSettings } from "./settings.ts";

/** As the event pipeline of old named itself. */
const AGENT = "Cortex-Observability-Pipeline/1.0";

/**
 * The headers of one request. `key` names the rows: whoever gets them twice can tell by
 * `idempotency-key`, or by the `webhook-id` of Standard Webhooks.
 */
export function headersOf(
  settings: WebhookSettings,
  body: string,
  request: { readonly key: string; readonly nowMs: number },
): Record<string, string> {
  const id = `msg_${createHash("sha256").update(request.key).digest("base64url").slice(0, 27)}`;
  return {
    "content-type": "application/json",
    "user-agent": AGENT,
    "idempotency-key": id,
    ...lowerCasedHeaders(settings.headers),
    ...credentialsOf(settings),
    ...hmacOf(settings, body),
    ...standardOf(settings, body, id, request.nowMs),
  };
}

function credentialsOf(settings: WebhookSettings): Record<string, string> {
  const { authType, authToken = "", username = "", password = "", apiKey = "" } = settings;
  switch (authType) {
    case "bearer":
      return { authorization: `Bearer ${authToken}` };
    case "basic":
      return {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
      };
    case "api-key":
      return { [settings.apiKeyHeader.toLowerCase()]: apiKey };
    case "none":
    case "hmac":
      return {};
  }
}

/** The plain signature of the body in hex. */
function hmacOf(settings: WebhookSettings, body: string): Record<string, string> {
  const { hmacSecret, hmacAlgorithm, hmacHeader } = settings;
  if (hmacSecret === undefined) return {};
  const signature = createHmac(hmacAlgorithm, hmacSecret).update(body).digest("hex");
  return { [hmacHeader.toLowerCase()]: signature };
}

/** Standard Webhooks: `v1`, HMAC-SHA256 of `id.timestamp.body` in base64; the time is in Unix seconds. */
function standardOf(
  { signingSecret }: WebhookSettings,
  body: string,
  id: string,
  nowMs: number,
): Record<string, string> {
  const secret = signingSecret === undefined ? undefined : secretOf(signingSecret);
  if (secret === undefined) return {};
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signature = createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`);
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature.digest("base64")}`,
  };
}
