import { parseTime } from "#core/time.ts";
import type { Priority, SyslogMessage, TimeContext } from "./message.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_MS = 86_400_000;
const NS_PER_MS = 1_000_000n;

/** Cisco's number before the time. */
const SEQUENCE = /^(\d{1,10}): +/;
/** `Mmm dd hh:mm:ss`, also with a mark of a clock that is not set, a year, a fraction, a zone, a colon. */
const BSD_TIME =
  /^[*.]?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?: (UTC|GMT|Z))?(?::? +|:?$)/;
/** RFC 3339, which many senders put where RFC 3164 has its own time. */
const ISO_TIME = /^(\d{4}-\d{2}-\d{2}T\S{8,30}?):? +/;
/** A name, with or without what is in brackets, and a colon; or a name with brackets and no colon. */
const TAG = /^([^\s:[\]]{1,255})(?:\[([^\]\s]{0,255})\])?:(?: |$)/;
const TAG_WITHOUT_COLON = /^([^\s:[\]]{1,255})\[([^\]\s]{1,255})\] /;
/** Cisco's `%FACILITY-SEVERITY-MNEMONIC`, which may be followed by a colon only after a blank. */
const PERCENT_TAG = /^(%[A-Za-z0-9_-]{2,255}) ?:(?: |$)/;
const HOST = /^([A-Za-z0-9_.:[\]-]{1,255}?)(?: ?:)? +/;
/** Between Cisco's number and the time, where the device was told to name itself. */
const ORIGIN = /^([^\s:[\]%*]{1,255}): +/;

/**
 * Reads what follows `<PRI>` of a message as RFC 3164 describes them and as devices send them: any
 * part may be missing. What is left after time, host and tag is the text.
 */
export function readRfc3164(
  rest: string,
  priority: Priority,
  context: TimeContext,
): SyslogMessage | undefined {
  const sequence = SEQUENCE.exec(rest);
  const afterSequence = rest.slice(sequence?.[0].length ?? 0);
  const head = readHead(afterSequence, sequence !== null, context);
  const tag = readTag(afterSequence.slice(head.length));
  const { timeNs, host, length } = head;
  if (timeNs === undefined && tag === undefined) return undefined;
  // A number that is followed by neither may be anything.
  if (sequence !== null && timeNs === undefined && !tag!.app.startsWith("%")) return undefined;
  return {
    format: "rfc3164",
    ...priority,
    ...(sequence === null ? {} : { sequence: Number(sequence[1]) }),
    ...(timeNs === undefined ? {} : { timeNs }),
    ...(host === undefined ? {} : { host }),
    ...(tag === undefined ? {} : { app: tag.app }),
    ...(tag?.procId === undefined || tag.procId === "" ? {} : { procId: tag.procId }),
    text: afterSequence.slice(length + (tag?.length ?? 0)),
  };
}

interface Head {
  readonly timeNs?: bigint;
  readonly host?: string | undefined;
  readonly length: number;
}

/** Time and host, in that order but for devices that number their messages. */
function readHead(rest: string, isNumbered: boolean, context: TimeContext): Head {
  const time = readTime(rest, context);
  if (time !== undefined) {
    const { host, length } = readHost(rest.slice(time.length));
    return { timeNs: time.ns, host, length: time.length + length };
  }
  const origin = isNumbered ? ORIGIN.exec(rest) : null;
  if (origin === null) return { length: 0 };
  const later = readTime(rest.slice(origin[0].length), context);
  if (later === undefined) return { length: 0 };
  return { timeNs: later.ns, host: origin[1], length: origin[0].length + later.length };
}

const NO_HOST = { host: undefined, length: 0 };

/** The next word is the host, unless it is the tag already. */
function readHost(rest: string): { host: string | undefined; length: number } {
  if (readTag(rest) !== undefined && !isHostWithColon(rest)) return NO_HOST;
  const match = HOST.exec(rest);
  return match === null ? NO_HOST : { host: match[1], length: match[0].length };
}

/** Cisco puts a colon after the host too: `router1: %SYS-5-CONFIG_I: …`. */
function isHostWithColon(rest: string): boolean {
  const match = /^[^\s:[\]%]{1,255}: +/.exec(rest);
  return match !== null && PERCENT_TAG.test(rest.slice(match[0].length));
}

function readTag(
  rest: string,
): { app: string; procId: string | undefined; length: number } | undefined {
  const match = PERCENT_TAG.exec(rest) ?? TAG.exec(rest) ?? TAG_WITHOUT_COLON.exec(rest);
  return match === null ? undefined : { app: match[1]!, procId: match[2], length: match[0].length };
}

function readTime(rest: string, context: TimeContext): { ns: bigint; length: number } | undefined {
  const iso = ISO_TIME.exec(rest);
  const isoNs = iso === null ? undefined : (parseTime(iso[1]!) ?? zoneless(iso[1]!, context));
  if (iso !== null && isoNs !== undefined) return { ns: isoNs, length: iso[0].length };
  const bsd = BSD_TIME.exec(rest);
  const bsdNs = bsd === null ? undefined : bsdTime(bsd, context);
  return bsd === null || bsdNs === undefined ? undefined : { ns: bsdNs, length: bsd[0].length };
}

function zoneless(time: string, { fromLocal }: TimeContext): bigint | undefined {
  const ns = parseTime(`${time}Z`);
  if (ns === undefined) return undefined;
  return BigInt(fromLocal(Number(ns / NS_PER_MS))) * NS_PER_MS + (ns % NS_PER_MS);
}

function bsdTime(match: RegExpExecArray, context: TimeContext): bigint | undefined {
  const month = MONTHS.indexOf(match[1]!);
  const [day, hour, minute, second] = [match[2], match[4], match[5], match[6]].map(Number);
  if (month < 0 || hour! > 23 || minute! > 59 || second! > 60) return undefined;
  const inYear = (year: number): number | undefined => {
    const localMs = Date.UTC(year, month, day, hour, minute, second);
    const midnight = Date.UTC(year, month, day);
    // A day that the month does not have would roll over into the next month.
    if (new Date(midnight).getUTCMonth() !== month || day === 0) return undefined;
    return match[8] === undefined ? context.fromLocal(localMs) : localMs;
  };
  const ms = match[3] === undefined ? nearest(inYear, context.nowMs) : inYear(Number(match[3]));
  if (ms === undefined || ms < 0) return undefined;
  return BigInt(ms) * NS_PER_MS + BigInt((match[7] ?? "").padEnd(9, "0"));
}

/** The time without a year is the latest that is not in the future, a wrong clock or zone allowed for. */
function nearest(inYear: (year: number) => number | undefined, nowMs: number): number | undefined {
  const year = new Date(nowMs).getUTCFullYear();
  for (const candidate of [year + 1, year, year - 1, year - 2, year - 3, year - 4]) {
    const ms = inYear(candidate);
    if (ms !== undefined && ms <= nowMs + DAY_MS) return ms;
  }
  return undefined;
}
