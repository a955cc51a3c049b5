/** One syslog message, whatever its format. What it does not say is absent. */
export interface SyslogMessage {
  /** `other` is text that neither format describes: all of it is the message. */
  readonly format: "rfc5424" | "rfc3164" | "other";
  /** 0 to 23. */
  readonly facility: number;
  /** 0 (emergency) to 7 (debug). */
  readonly severity: number;
  readonly version?: number;
  /** Unix nanoseconds. */
  readonly timeNs?: bigint;
  readonly host?: string;
  /** APP-NAME, or the name in the tag. */
  readonly app?: string;
  readonly procId?: string;
  readonly msgId?: string;
  /** The number that Cisco devices put before the time. */
  readonly sequence?: number;
  /** Parameters by the id of their element; one that is given more than once is an array. */
  readonly structuredData?: StructuredData;
  readonly text: string;
}

export type StructuredData = Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;

/** What is needed to read a time that says neither its year nor its zone. */
export interface TimeContext {
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** The Unix milliseconds of a local time, which is given as if it were UTC. */
  readonly fromLocal: (localMs: number) => number;
}

export interface Priority {
  readonly facility: number;
  readonly severity: number;
}

/** Of a message that has none: user-level, notice (RFC 3164 section 4.3.3). */
const NO_PRIORITY: Priority = { facility: 1, severity: 5 };
const PRIORITY_MAX = 191;

const PRIORITY = /^<(\d{1,3})>/;

/** Reads `<PRI>`, and says where what follows it begins: 0 without one. */
export function readPriority(text: string): { priority: Priority; end: number } {
  const match = PRIORITY.exec(text);
  const value = Number(match?.[1] ?? Number.NaN);
  if (match === null || !(value <= PRIORITY_MAX)) return { priority: NO_PRIORITY, end: 0 };
  return { priority: { facility: value >> 3, severity: value & 7 }, end: match[0].length };
}
