import type { Buffer } from "node:buffer";
import { readPriority, type SyslogMessage, type TimeContext } from "./message.ts";
import { readRfc3164 } from "./rfc3164.ts";
import { readRfc5424 } from "./rfc5424.ts";

/**
 * Reads one syslog message, without its framing: RFC 5424 where it is that, else RFC 3164 as it is
 * seen in the wild, else plain text. It never fails: bytes that are not UTF-8 are mended, and what is
 * in no format is a message of its own with the priority that RFC 3164 section 4.3.3 gives it.
 *
 * @example parseSyslog(Buffer.from("<13>Nov 21 13:00:00 web1 cron[7]: done"), context)
 */
export function parseSyslog(bytes: Buffer, context: TimeContext): SyslogMessage {
  const text = trimmed(bytes.toString("utf8"));
  const { priority, end } = readPriority(text);
  const rest = text.slice(end);
  const known = end > 0 ? readRfc5424(rest, priority) : undefined;
  return (
    known ?? readRfc3164(rest, priority, context) ?? { format: "other", ...priority, text: rest }
  );
}

/** Without line ends and NUL bytes at the end, which are rests of a framing, and a mark at the start. */
function trimmed(text: string): string {
  let end = text.length;
  while (end > 0 && "\r\n\0".includes(text[end - 1]!)) end--;
  return text.slice(text.startsWith("\uFEFF") ? 1 : 0, end);
}
