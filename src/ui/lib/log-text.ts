import type { LogRecord } from "#api/contract/logs.ts";
import type { AttributeValue } from "#api/contract/values.ts";

/** A value as it is stored and searched for. */
export function valueText(value: AttributeValue): string {
  if (typeof value === "string") return value;
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Control sequences that colour a terminal: noise in a line; the record itself shows them. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const TERMINAL_COLORS = /\u001b\[[0-9;:]{0,32}m/g;

/** Where loggers that write JSON put what is said. */
const MESSAGE_KEYS = ["message", "msg", "@m", "event"] as const;
const JSON_CHARACTERS_MAX = 16_384;

/** What a record says, on one line of any page: of a body that is JSON its message, of another one all of it. */
export function lineText({ body, eventName }: Pick<LogRecord, "body" | "eventName">): string {
  const text = (messageOf(body) ?? valueText(body)).replaceAll(TERMINAL_COLORS, "");
  return text === "" ? eventName : text;
}

function messageOf(body: AttributeValue): string | undefined {
  const fields = typeof body === "string" ? jsonObject(body) : body;
  if (typeof fields !== "object" || fields === null) return undefined;
  for (const [key, value] of Object.entries(fields))
    if (typeof value === "string" && MESSAGE_KEYS.some((one) => one === key)) return value;
  return undefined;
}

function jsonObject(text: string): unknown {
  if (!text.startsWith("{") || text.length > JSON_CHARACTERS_MAX) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // It only looks like JSON, and is shown as it is.
    return undefined;
  }
}
