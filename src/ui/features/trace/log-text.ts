import type { TraceLog } from "./trace-queries.ts";

/** What a log record says on one line: its message, where its body is JSON that has one. */
export function logText({ body, eventName }: Pick<TraceLog, "body" | "eventName">): string {
  if (typeof body === "string") return messageOf(body) ?? body;
  if (body === null) return eventName;
  if (typeof body !== "object") return String(body);
  return messageOf(JSON.stringify(body)) ?? JSON.stringify(body);
}

/** Names under which loggers write the message. */
const MESSAGE_KEYS = ["msg", "message", "body", "event"] as const;

function messageOf(text: string): string | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const record = JSON.parse(text) as Record<string, unknown>;
    for (const key of MESSAGE_KEYS) {
      const message = record[key];
      if (typeof message === "string" && message !== "") return message;
    }
  } catch {
    // It only looks like JSON.
  }
  return undefined;
}
