import { parseTime } from "#core/time.ts";
import type { Priority, SyslogMessage } from "./message.ts";
import { readStructuredData } from "./structured-data.ts";

/** VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID, each followed by one blank. */
const HEADER =
  /^([1-9]\d{0,2}) (-|\d{4}-\S{6,60}) (\S{1,255}) (\S{1,255}) (\S{1,255}) (\S{1,255}) /;
const BYTE_ORDER_MARK = "\uFEFF";

/**
 * Reads what follows `<PRI>` of a message of RFC 5424 section 6; undefined when it is none. Names may
 * be longer than the RFC lets them be. Structured data that is not well formed stays in the text.
 */
export function readRfc5424(rest: string, priority: Priority): SyslogMessage | undefined {
  const match = HEADER.exec(`${rest} `);
  if (match === null) return undefined;
  const [header, version, time, host, app, procId, msgId] = match;
  const timeNs = time === "-" ? undefined : parseTime(time!);
  if (time !== "-" && timeNs === undefined) return undefined;
  const read = readStructuredData(rest, header.length);
  const text = read === undefined ? rest.slice(header.length) : messageAt(rest, read.end);
  if (text === undefined) return undefined;
  return {
    format: "rfc5424",
    ...priority,
    version: Number(version),
    ...(timeNs === undefined ? {} : { timeNs }),
    ...present("host", host),
    ...present("app", app),
    ...present("procId", procId),
    ...present("msgId", msgId),
    ...(read?.data === undefined ? {} : { structuredData: read.data }),
    text,
  };
}

/** A field unless it is the nil value. */
function present<Key extends string>(key: Key, value: string | undefined): { [K in Key]?: string } {
  return value === undefined || value === "-" ? {} : ({ [key]: value } as { [K in Key]: string });
}

/** MSG, without the byte order mark that says it is UTF-8; undefined when something else follows. */
function messageAt(rest: string, end: number): string | undefined {
  if (end >= rest.length) return "";
  if (rest[end] !== " ") return undefined;
  const text = rest.slice(end + 1);
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}
