import type { JsonObject } from "#pipeline/delivery/row-json.ts";
import { wellFormedJson } from "#pipeline/delivery/well-formed-json.ts";
import type { WebhookSettings } from "./settings.ts";

/** Slack cuts a longer text itself. */
const SLACK_CHARACTERS_MAX = 12_000;
const LINE_CHARACTERS_MAX = 3_000;

/** Whether an address is that of an incoming webhook of Slack, which takes nothing without `text`. */
export function isSlack(url: string): boolean {
  return URL.canParse(url) && new URL(url).hostname === "hooks.slack.com";
}

/** The body of a request for these events. */
export function payloadOf(
  settings: WebhookSettings,
  events: readonly JsonObject[],
  nowMs: number,
): string {
  const { template = isSlack(settings.url) ? "slack" : undefined, payloadKey } = settings;
  if (template === "slack") return wellFormedJson({ text: slackText(events) });
  if (template !== undefined) return wellFormedJson(filledIn(template, events));
  switch (settings.payloadFormat) {
    case "array":
      return wellFormedJson(events);
    case "individual":
      return wellFormedJson(events[0]);
    case "object": {
      const timestamp = new Date(nowMs).toISOString();
      const metadata = { count: events.length, destination: "WebhookDestination", timestamp };
      return wellFormedJson({
        [payloadKey]: events,
        ...(settings.includeMetadata ? { metadata } : {}),
      });
    }
  }
}

/**
 * A line an event. `&`, `<` and `>` are escaped as Slack asks for, so that what an event says can
 * neither mention anyone nor make a link (docs.slack.dev/messaging/formatting-message-text).
 */
function slackText(events: readonly JsonObject[]): string {
  const lines: string[] = [];
  let characters = 0;
  for (const event of events) {
    const line = lineOf(event)
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;");
    characters += line.length + 1;
    if (characters > SLACK_CHARACTERS_MAX) {
      lines.push(`… and ${events.length - lines.length} more`);
      break;
    }
    lines.push(line);
  }
  return lines.join("\n");
}

/** `ERROR payment: card declined`, for people. */
function lineOf(event: JsonObject): string {
  const level = textOf(event["level"] ?? event["severity"]).toUpperCase();
  const type = textOf(event["event_type"] ?? event["type"] ?? event["metric"]);
  const said = event["message"] ?? event["error"] ?? event["name"] ?? event["value"] ?? event;
  const head = [level, type].filter((part) => part !== "").join(" ");
  const line = head === "" ? textOf(said) : `${head}: ${textOf(said)}`;
  return line.length <= LINE_CHARACTERS_MAX ? line : `${line.slice(0, LINE_CHARACTERS_MAX)}…`;
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

const PLACEHOLDER = /\{\{\s*([^{}\s]+)\s*\}\}/g;
const ONLY_PLACEHOLDER = /^\{\{\s*([^{}\s]+)\s*\}\}$/;

/** The template with what it names filled in; events are values in it, never part of it. */
function filledIn(template: unknown, events: readonly JsonObject[]): unknown {
  if (typeof template === "string") {
    const only = ONLY_PLACEHOLDER.exec(template)?.[1];
    if (only !== undefined) return valueOf(only, events) ?? "";
    return template.replaceAll(PLACEHOLDER, (_, name: string) => textOf(valueOf(name, events)));
  }
  if (Array.isArray(template)) return template.map((one) => filledIn(one, events));
  if (typeof template !== "object" || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => [key, filledIn(value, events)]),
  );
}

function valueOf(name: string, events: readonly JsonObject[]): unknown {
  if (name === "events") return events;
  if (name === "count") return events.length;
  if (name === "text") return events.map(lineOf).join("\n");
  const [first, ...path] = name.split(".");
  if (first !== "event") return undefined;
  let value: unknown = events[0];
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as JsonObject)[key];
  }
  return value;
}
