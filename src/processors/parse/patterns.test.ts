import { describe, expect, it } from "vitest";
import { settings } from "./settings.ts";
import { fieldsOf, NGINX, type Written } from "./testing/parsed.ts";

describe("parsing by patterns", () => {
  it("makes attributes of the groups of the first expression that is found", () => {
    const written: Written = {
      format: "regex",
      patterns: ["^(?<user>\\w+) logged in", "(?P<left>\\d+) left(?: of (?P<all>\\d+))?"],
      types: { left: "int" },
    };
    expect(fieldsOf("alice logged in", written)).toEqual({ user: "alice" });
    expect(fieldsOf("only 3 left", written)).toEqual({ left: 3 });
    expect(fieldsOf("3 left of 7", written)).toEqual({ left: 3, all: "7" });
    expect(fieldsOf("nothing", written)).toEqual({});
  });

  it("takes a time in proportion to the text whatever the expression", () => {
    const written: Written = { format: "regex", patterns: ["^(?<x>(?:a+)+)$"] };
    expect(fieldsOf(`${"a".repeat(5_000)}b`, written)).toEqual({});
    expect(fieldsOf("a".repeat(16_385), { ...written, onFailure: "mark" })).toEqual({
      "parse.error": "found 16385 bytes, and patterns are looked for in 16384 at most",
    });
  });

  it("reads what Logstash's patterns read", () => {
    expect(fieldsOf(NGINX, { format: "grok", patterns: ["%{COMBINEDAPACHELOG}"] })).toEqual({
      clientip: "203.0.113.7",
      ident: "-",
      auth: "alice",
      timestamp: "15/Jun/2025:15:06:30 +0000",
      verb: "GET",
      request: "/products/42?ref=mail",
      httpversion: "1.1",
      response: "502",
      bytes: "157",
      referrer: '"https://example.com/start"',
      agent: '"Mozilla/5.0 (X11; Linux x86_64)"',
    });
  });

  it.each<[string, string, Record<string, unknown>]>([
    [
      "%{SYSLOGBASE} %{GREEDYDATA:message}",
      "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure; uid=0",
      {
        timestamp: "Jun 14 15:16:01",
        logsource: "combo",
        program: "sshd(pam_unix)",
        pid: "19939",
        message: "authentication failure; uid=0",
      },
    ],
    [
      "^%{TIMESTAMP_ISO8601:ts} %{LOGLEVEL:level} %{NUMBER:took:float} %{INT:n:int} %{WORD:ok:bool}",
      "2025-06-15T15:06:30.123Z WARN 12.50 -7 true",
      { ts: "2025-06-15T15:06:30.123Z", level: "WARN", took: 12.5, n: -7, ok: true },
    ],
    ["%{IP:ip} %{IP:six}", "10.0.0.7 fe80::1", { ip: "10.0.0.7", six: "fe80::1" }],
    [
      "%{URI:uri}",
      "see https://a.example:8443/x?y=1",
      { uri: "https://a.example:8443/x?y=1", port: "8443" },
    ],
    [
      "%{QS:q} %{UUID:id}",
      "'a b' 123e4567-e89b-12d3-a456-426614174000",
      { q: "'a b'", id: "123e4567-e89b-12d3-a456-426614174000" },
    ],
    ["%{NUMBER:[http][response][status]:int}", "x 404", { "http.response.status": 404 }],
    [
      "(?<who>%{USER}) %{MAC:mac}",
      "bob 00:1B:44:11:3A:B7",
      { who: "bob", mac: "00:1B:44:11:3A:B7" },
    ],
    [
      "%{HTTPD_ERRORLOG}",
      "[Sun Dec 04 04:47:44 2005] [error] mod_jk child init",
      { timestamp: "Sun Dec 04 04:47:44 2005", loglevel: "error", message: "mod_jk child init" },
    ],
    [
      "%{NGINX_ERRORLOG}",
      "2025/06/15 15:06:30 [error] 12#34: *5 open() failed",
      {
        timestamp: "2025/06/15 15:06:30",
        loglevel: "error",
        pid: "12",
        tid: "34",
        connection: "5",
        message: "open() failed",
      },
    ],
  ])("reads %j of %j", (pattern, text, fields) => {
    expect(fieldsOf(text, { format: "grok", patterns: [pattern] })).toEqual(fields);
  });

  it("knows definitions of the user's own", () => {
    const written: Written = {
      format: "grok",
      patterns: ["order %{ORDER:order} of %{NUMBER:euros:float}"],
      definitions: { ORDER: "%{COUNTRY}-\\d{3}", COUNTRY: "[A-Z]{2}" },
    };
    expect(fieldsOf("order DE-123 of 9.90", written)).toEqual({ order: "DE-123", euros: 9.9 });
  });

  it.each<[string, Written, RegExp]>([
    [
      "a name that is not known",
      { format: "grok", patterns: ["%{NOPE:x}"] },
      /no grok pattern NOPE/,
    ],
    [
      "a definition that needs itself",
      { format: "grok", patterns: ["%{A:x}"], definitions: { A: "a%{A}" } },
      /need itself/,
    ],
    [
      "one that grows without bound",
      {
        format: "grok",
        patterns: ["%{A:x}"],
        definitions: { A: "%{B}".repeat(99), B: "%{C}".repeat(99), C: "c".repeat(99) },
      },
      /characters when expanded/,
    ],
    [
      "a type that is none",
      { format: "grok", patterns: ["%{INT:x:uuid}"] },
      /uuid of INT is no type/,
    ],
    ["a pattern without fields", { format: "grok", patterns: ["%{INT}"] }, /names no field/],
    ["a group without a name", { format: "regex", patterns: ["(a)"] }, /no group with a name/],
    ["look-ahead", { format: "regex", patterns: ["(?<x>a)(?=b)"] }, /not valid/],
    ["no pattern", { format: "regex" }, /needs at least one/],
    ["patterns of JSON", { format: "json", patterns: ["(?<x>a)"] }, /has no patterns/],
    ["no columns", { format: "csv" }, /at least one with a name/],
    ["a layout that is none", { timestamp: { from: "t", layouts: "yyyy" } }, /is no layout/],
    ["a directive that is none", { timestamp: { from: "t", layouts: "%Q" } }, /%Q is no directive/],
    ["a zone that is none", { timestamp: { from: "t", timezone: "Mars" } }, /no time zone/],
  ])("refuses %s", (_, written, message) => {
    expect(
      settings
        .safeParse(written)
        .error?.issues.map((issue) => issue.message)
        .join(),
    ).toMatch(message);
  });
});

describe("parsing CSV", () => {
  const columns = ["time", "level", "", "message"];

  it("names the fields of a record by its columns", () => {
    expect(fieldsOf('1,info,x,"a ""b"", c"', { format: "csv", columns })).toEqual({
      time: "1",
      level: "info",
      message: 'a "b", c',
    });
    expect(
      fieldsOf("1;x\n", { format: "csv", columns: ["a", "b"], delimiter: ";", detectTypes: true }),
    ).toEqual({ a: 1, b: "x" });
  });

  it.each(["1,2", "1,2,3,4,5", '1,2,3,"4', "1,2,3,4\n1,2,3,4"])("takes %j for none", (text) => {
    expect(fieldsOf(text, { format: "csv", columns })).toEqual({});
  });
});
