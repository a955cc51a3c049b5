import { severityOfSyslog } from "#core/build/severity.ts";
import type { AttributeInput } from "#core/build/attribute-input.ts";
import type { LogInput } from "#core/build/log-builder.ts";
import type { TimeWindow } from "#core/rejections.ts";
import { formatTime } from "#core/time.ts";
import type { SyslogMessage } from "./message.ts";

/** Names of the severities as syslog.conf and `logger` write them; RFC 5424 section 6.2.1. */
const SEVERITIES = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/** Names of the facilities as syslog.conf and `logger` write them; RFC 5424 section 6.2.1. */
const FACILITIES = (
  "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp security console " +
  "solaris-cron local0 local1 local2 local3 local4 local5 local6 local7"
).split(" ");

/** How a message came. */
export interface Arrival {
  readonly transport: "udp" | "tcp";
  readonly peerAddress: string;
  readonly peerPort: number;
  /** Unix milliseconds. */
  readonly receivedMs: number;
  /** Its end is missing: it was over the bound, or its connection ended. */
  readonly isCut: boolean;
}

/** A message as the pipeline takes it. */
export interface SyslogRecord {
  readonly resource: Readonly<Record<string, string>>;
  readonly input: LogInput;
}

/**
 * The log record of a message, after the mapping of RFC 5424 in OpenTelemetry's logs data model
 * (appendix A): HOSTNAME is `host.name` and APP-NAME `service.name` of the resource, all else
 * attributes `syslog.*`. A message without a host has its sender's address as `host.name`. One whose
 * time is outside the window, such as that of a device whose clock is not set, is not lost: it has
 * the time at which it came, and `syslog.timestamp` says what it had said.
 */
export function syslogRecord(
  message: SyslogMessage,
  arrival: Arrival,
  window: TimeWindow,
): SyslogRecord {
  const receivedNs = BigInt(arrival.receivedMs) * 1_000_000n;
  const { timeNs } = message;
  const isTimely = timeNs !== undefined && isInside(timeNs, window);
  const attributes = attributesOf(message, arrival);
  if (timeNs !== undefined && !isTimely) attributes["syslog.timestamp"] = timeText(timeNs);
  return {
    resource: {
      "host.name": message.host ?? arrival.peerAddress,
      ...(message.app === undefined ? {} : { "service.name": message.app }),
    },
    input: {
      timeNs: isTimely ? timeNs : receivedNs,
      severity: severityOfSyslog(message.severity),
      severityText: SEVERITIES[message.severity]!,
      body: message.text,
      attributes,
    },
  };
}

function attributesOf(message: SyslogMessage, arrival: Arrival): Record<string, AttributeInput> {
  const { version, procId, msgId, sequence, structuredData } = message;
  return {
    "syslog.facility": message.facility,
    "syslog.facility_text": FACILITIES[message.facility]!,
    "syslog.format": message.format,
    ...(version === undefined ? {} : { "syslog.version": version }),
    ...(procId === undefined ? {} : { "syslog.procid": procId }),
    ...(msgId === undefined ? {} : { "syslog.msgid": msgId }),
    ...(sequence === undefined ? {} : { "syslog.sequence": sequence }),
    ...(structuredData === undefined ? {} : { "syslog.structured_data": structuredData }),
    ...(arrival.isCut ? { "syslog.cut": true } : {}),
    "network.transport": arrival.transport,
    "network.peer.address": arrival.peerAddress,
    "network.peer.port": arrival.peerPort,
  };
}

function isInside(timeNs: bigint, { oldestMs, newestMs }: TimeWindow): boolean {
  const ms = Number(timeNs / 1_000_000n);
  return ms >= oldestMs && ms <= newestMs;
}

/** RFC 3339, or nanoseconds where a date cannot hold them. */
function timeText(timeNs: bigint): string {
  const ms = Number(timeNs / 1_000_000n);
  return Math.abs(ms) <= 8.64e15 ? formatTime(timeNs) : String(timeNs);
}
