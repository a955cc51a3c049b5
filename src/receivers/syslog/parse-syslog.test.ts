import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { localTimeIn } from "#core/local-time.ts";
import { formatTime } from "#core/time.ts";
import { parseSyslog } from "./parse-syslog.ts";

// 2026-11-21T13:00:00Z
const NOW_MS = Date.UTC(2026, 10, 21, 13);

function parse(text: string | Buffer, nowMs = NOW_MS, zone = "UTC"): Record<string, unknown> {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const { timeNs, structuredData, ...message } = parseSyslog(bytes, {
    nowMs,
    fromLocal: localTimeIn(zone),
  });
  return {
    ...message,
    ...(timeNs === undefined ? {} : { time: formatTime(timeNs).replace(".000000000", "") }),
    ...(structuredData === undefined
      ? {}
      : { data: JSON.parse(JSON.stringify(structuredData)) as unknown }),
  };
}

describe("RFC 5424", () => {
  it("reads the examples of section 6.5", () => {
    expect(
      parse(
        "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \uFEFF'su root' failed for lonvick on /dev/pts/8",
      ),
    ).toEqual({
      format: "rfc5424",
      facility: 4,
      severity: 2,
      version: 1,
      time: "2003-10-11T22:14:15.003000000Z",
      host: "mymachine.example.com",
      app: "su",
      msgId: "ID47",
      text: "'su root' failed for lonvick on /dev/pts/8",
    });
    expect(
      parse("<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time"),
    ).toMatchObject({
      time: "2003-08-24T12:14:15.000003000Z",
      procId: "8710",
      text: "%% It's time",
    });
    expect(
      parse(
        '<165>1 2003-10-11T22:14:15.003Z host evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application"][examplePriority@32473 class="high"]',
      ),
    ).toMatchObject({
      data: {
        "exampleSDID@32473": { iut: "3", eventSource: "Application" },
        "examplePriority@32473": { class: "high" },
      },
      text: "",
    });
  });

  it("takes escapes out of parameters, and makes a repeated one an array", () => {
    const message = String.raw`<13>1 - - - - - [a@1 x="a\"b\\c\]d\e" ip="1" ip="2" ip="3"] text`;
    expect(parse(message)).toMatchObject({
      data: { "a@1": { x: String.raw`a"b\c]d\e`, ip: ["1", "2", "3"] } },
      text: "text",
    });
  });

  it("leaves out every nil value", () => {
    expect(parse("<14>1 - - - - - -")).toEqual({
      format: "rfc5424",
      facility: 1,
      severity: 6,
      version: 1,
      text: "",
    });
  });

  it("keeps structured data that is not well formed in the text", () => {
    expect(parse('<14>1 - h a - - [broken x="1 and so on')).toMatchObject({
      format: "rfc5424",
      host: "h",
      text: '[broken x="1 and so on',
    });
    expect(parse("<14>1 - h a - - no data at all")).toMatchObject({ text: "no data at all" });
  });

  it("keeps names such as __proto__ as data", () => {
    const { structuredData } = parseSyslog(
      Buffer.from('<14>1 - - - - - [__proto__ __proto__="x"]'),
      { nowMs: NOW_MS, fromLocal: localTimeIn("UTC") },
    );
    expect(Object.keys(structuredData ?? {})).toEqual(["__proto__"]);
    expect(Object.keys(structuredData?.["__proto__"] ?? {})).toEqual(["__proto__"]);
    expect(({} as { x?: string }).x).toBeUndefined();
  });
});

describe("RFC 3164", () => {
  it("reads the example of section 5.4", () => {
    expect(
      parse("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8"),
    ).toEqual({
      format: "rfc3164",
      facility: 4,
      severity: 2,
      time: "2026-10-11T22:14:15Z",
      host: "mymachine",
      app: "su",
      text: "'su root' failed for lonvick on /dev/pts/8",
    });
  });

  it.each([
    ["<13>Nov  1 03:04:05 web-1 postfix/smtpd[4711]: connect", "web-1", "postfix/smtpd", "4711"],
    ["<13>Nov 21 12:00:00 root: no host", undefined, "root", undefined],
    ["<13>Nov 21 12:00:00 cron[7]: no host", undefined, "cron", "7"],
    ["<13>Nov 21 12:00:00 10.0.0.1 app[7] no colon", "10.0.0.1", "app", "7"],
    ["<13>Nov 21 12:00:00 fe80::1 app: six", "fe80::1", "app", undefined],
    ["<13>Nov 21 12:00:00 router interface up", "router", undefined, undefined],
    ["<13>app[12]: neither time nor host", undefined, "app", "12"],
    ["<13>2026-11-21T12:00:00.5+01:00 web1 app[1]: x", "web1", "app", "1"],
    ["<166>Nov 21 2026 12:00:00: %ASA-6-302013: Built", undefined, "%ASA-6-302013", undefined],
    ["<166>Nov 21 2026 12:00:00 fw1 : %ASA-6-302013: Built", "fw1", "%ASA-6-302013", undefined],
    [
      "<189>29: *Nov 21 12:00:00.123: %SYS-5-CONFIG_I: Configured",
      undefined,
      "%SYS-5-CONFIG_I",
      undefined,
    ],
    [
      "<189>29: router1: *Nov 21 12:00:00: %SYS-5-RESTART: x",
      "router1",
      "%SYS-5-RESTART",
      undefined,
    ],
    ["<189>Nov 21 12:00:00 UTC router1: %SYS-5-RESTART: x", "router1", "%SYS-5-RESTART", undefined],
  ])("finds host, tag and process in %s", (text, host, app, procId) => {
    expect(parse(text)).toMatchObject({ format: "rfc3164" });
    const { host: foundHost, app: foundApp, procId: foundProcId } = parse(text);
    expect({ host: foundHost, app: foundApp, procId: foundProcId }).toEqual({ host, app, procId });
  });

  it.each([
    ["Dec 31 23:59:59", Date.UTC(2027, 0, 1, 0, 0, 5), "2026-12-31T23:59:59Z"],
    ["Jan  1 00:00:03", Date.UTC(2026, 11, 31, 23, 59, 58), "2027-01-01T00:00:03Z"],
    ["Nov 21 13:30:00", NOW_MS, "2026-11-21T13:30:00Z"],
    ["Nov 23 13:30:00", NOW_MS, "2025-11-23T13:30:00Z"],
    ["Feb 29 10:00:00", NOW_MS, "2024-02-29T10:00:00Z"],
  ])("gives %s, which has no year, the latest one that is not ahead", (time, nowMs, expected) => {
    expect(parse(`<13>${time} host app: x`, nowMs)).toMatchObject({ time: expected });
  });

  it("reads a time without a zone in the zone that was set, in winter and in summer", () => {
    const winter = parse("<13>Nov 21 13:30:00 host app: x", NOW_MS, "Europe/Berlin");
    expect(winter).toMatchObject({ time: "2026-11-21T12:30:00Z" });
    const summer = parse("<13>Jul 21 13:30:00 host app: x", NOW_MS, "Europe/Berlin");
    expect(summer).toMatchObject({ time: "2026-07-21T11:30:00Z" });
    const iso = parse("<13>2026-07-21T13:30:00 host app: x", NOW_MS, "Europe/Berlin");
    expect(iso).toMatchObject({ time: "2026-07-21T11:30:00Z", host: "host" });
  });

  it("takes a day that its month does not have for text", () => {
    expect(parse("<13>Feb 30 10:00:00 host app: x")).toMatchObject({ format: "other" });
  });
});

describe("anything else", () => {
  it("is a message of its own, with the priority of RFC 3164 section 4.3.3", () => {
    expect(parse("just text\n")).toEqual({
      format: "other",
      facility: 1,
      severity: 5,
      text: "just text",
    });
    expect(parse("<999>out of range")).toMatchObject({ facility: 1, text: "<999>out of range" });
    expect(parse("<0>kernel panic")).toMatchObject({
      facility: 0,
      severity: 0,
      text: "kernel panic",
    });
    expect(parse("")).toMatchObject({ text: "" });
  });

  it("mends bytes that are not UTF-8", () => {
    const bytes = Buffer.concat([Buffer.from("<13>app: caf"), Buffer.from([0xe9, 0x0a])]);
    expect(parse(bytes)).toMatchObject({ app: "app", text: "caf\uFFFD" });
  });
});
