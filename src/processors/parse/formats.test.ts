import { describe, expect, it } from "vitest";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import { logRow } from "#core/row-views.ts";
import { parseTime } from "#core/time.ts";
import {
  APACHE_COMMON,
  fieldsOf,
  LOGRUS,
  NGINX,
  OBSERVED_NS,
  parsed,
  processorOf,
  PINO,
  plain,
  recordsOf,
  SLOG,
} from "./testing/parsed.ts";

describe("parsing JSON", () => {
  it("makes attributes of the fields of pino, with their types", () => {
    const { attributes, body } = parsed(PINO, { format: "json" });
    expect(plain(attributes)).toEqual({
      level: 30,
      time: 1_749_999_990_123,
      pid: 4_711,
      hostname: "web-1",
      reqId: "req-7",
      "req.method": "GET",
      "req.url": "/cart?id=1",
      "req.remotePort": 53_422,
      responseTime: 12.5,
      ok: true,
      msg: "request completed",
    });
    expect(body).toBe(PINO);
    const types = new Map(attributes.map(({ key, type }) => [key, type]));
    expect(types.get("pid")).toBe(ATTRIBUTE_TYPES.int);
    expect(types.get("responseTime")).toBe(ATTRIBUTE_TYPES.double);
    expect(types.get("ok")).toBe(ATTRIBUTE_TYPES.bool);
  });

  it("gives a record without a time, severity or trace those of well-known fields", () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const record = parsed(
      `{"time":"2025-06-15T15:06:30.5Z","level":"warn","trace_id":"${traceId}","span_id":"00f067aa0ba902b7"}`,
    );
    expect(record).toMatchObject({
      time: parseTime("2025-06-15T15:06:30.5Z"),
      severity: 13,
      severityText: "warn",
      traceId,
      spanId: "00f067aa0ba902b7",
    });
  });

  it("leaves what the record has of its own, and all of it where it is told so", () => {
    const text = '{"time":"2025-06-15T15:06:30Z","level":"warn"}';
    const timeNs = OBSERVED_NS - 5_000_000_000n;
    expect(parsed({ body: text, timeNs, severity: 17 })).toMatchObject({
      time: timeNs,
      severity: 17,
    });
    expect(parsed(text, { wellKnown: false })).toMatchObject({ time: OBSERVED_NS, severity: 0 });
  });

  it("keeps objects whole when it is told so, arrays and empty objects always", () => {
    const text = '{"a":{"b":{"c":1}},"d":[1,{"e":2}],"f":{},"g":null}';
    expect(fieldsOf(text)).toEqual({ "a.b.c": 1, d: [1, { e: 2 }], f: {}, g: null });
    expect(fieldsOf(text, { flatten: false })).toEqual({
      a: { b: { c: 1 } },
      d: [1, { e: 2 }],
      f: {},
      g: null,
    });
  });

  it("keeps the digits of large integers, and keys of any name", () => {
    expect(parsed('{"id":9007199254740993,"__proto__":"x","":1}').attributes).toEqual([
      { key: "id", value: "9007199254740993", type: ATTRIBUTE_TYPES.int },
      { key: "__proto__", value: "x", type: ATTRIBUTE_TYPES.string },
    ]);
  });

  it("takes no more than a row may have, and counts the rest", () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, i]));
    const batch = recordsOf({ body: JSON.stringify(many) });
    const processor = processorOf({ format: "json" });
    processor.process(batch, "default");
    const row = logRow(batch, 0);
    expect(row.attributes).toHaveLength(ROW_LIMITS.attributesMax);
    expect(row.droppedAttributes).toBe(200 - ROW_LIMITS.attributesMax);
    expect(processor.statistics!()).toMatchObject({ total_fields_dropped: 72 });
  });

  it("makes a value of objects that are nested deeper than fields are", () => {
    const deep = `${'{"a":'.repeat(14)}1${"}".repeat(14)}`;
    const [attribute, ...others] = parsed(deep).attributes;
    expect(others).toEqual([]);
    expect(attribute).toEqual({
      key: Array.from({ length: 11 }, () => "a").join("."),
      value: '{"a":{"a":{"a":1}}}',
      type: ATTRIBUTE_TYPES.kvlist,
    });
  });

  it.each(['{"a":1', "[1]", "1", "plain", '{"a":}', "{".repeat(100_000), `{"a":${"[".repeat(70)}`])(
    "leaves a record alone whose text begins with %.20j and is none",
    (text) => {
      const batch = recordsOf({ body: text });
      const processor = processorOf({ format: "json" });
      processor.process(batch, "default");
      expect(logRow(batch, 0)).toMatchObject({ body: text, attributes: [] });
      expect(processor.statistics!()).toMatchObject({ total_failed: 1, total_parsed: 0 });
    },
  );

  it("makes attributes of a body that is a map", () => {
    expect(fieldsOf({ body: { a: { b: 1 }, c: "x" } })).toEqual({ "a.b": 1, c: "x" });
  });
});

describe("parsing logfmt", () => {
  it("reads what logrus writes", () => {
    expect(fieldsOf(LOGRUS)).toEqual({
      time: "2025-06-15T15:06:30Z",
      level: "warning",
      msg: 'slow "query"',
      duration: 1.5,
      rows: 12,
      cached: false,
      err: "EOF",
      empty: "",
    });
  });

  it("reads what slog writes, and sets time and severity", () => {
    const record = parsed(SLOG);
    expect(plain(record.attributes)).toMatchObject({ addr: ":8080", version: "1.2.3", retry: 0 });
    expect(record).toMatchObject({
      severity: 9,
      time: parseTime("2025-06-15T13:06:30.123Z"),
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ["a=b=c d", { a: "b=c", d: true }],
    ['k="tab\\there\\u00e9\\x41" x', { k: "tab\there\u00e9A", x: true }],
    ["zip=01234 n=-5 f=0.50 e=1e5 p=+1", { zip: "01234", n: -5, f: 0.5, e: "1e5", p: "+1" }],
    ['q="12" u=12', { q: "12", u: 12 }],
    ['path=C:\\temp url=/a?b="c"', { path: "C:\\temp", url: '/a?b="c"' }],
  ])("reads %j", (text, fields) => {
    expect(fieldsOf(text, { format: "logfmt" })).toEqual(fields);
  });

  it.each(["hello world", "=x", 'a="b', 'a="b"c', '"a"=b', ""])(
    "takes %j for no logfmt",
    (text) => {
      expect(fieldsOf(text, { format: "logfmt" })).toEqual({});
    },
  );

  it("leaves types alone when it is told so", () => {
    expect(fieldsOf("a=1 b=true", { format: "logfmt", detectTypes: false })).toEqual({
      a: "1",
      b: "true",
    });
  });
});

describe("parsing access logs", () => {
  it("reads nginx's combined format, under the names of the conventions", () => {
    const record = parsed(NGINX, { format: "access_log" });
    expect(plain(record.attributes)).toEqual({
      "client.address": "203.0.113.7",
      "user.name": "alice",
      "http.request.method": "GET",
      "url.path": "/products/42",
      "url.query": "ref=mail",
      "network.protocol.name": "http",
      "network.protocol.version": "1.1",
      "http.response.status_code": 502,
      "http.response.body.size": 157,
      "http.request.header.referer": ["https://example.com/start"],
      "user_agent.original": "Mozilla/5.0 (X11; Linux x86_64)",
    });
    expect(record.time).toBe(parseTime("2025-06-15T15:06:30Z"));
  });

  it("reads the common format, with an offset and without a size", () => {
    const record = parsed(APACHE_COMMON);
    expect(plain(record.attributes)).toMatchObject({
      "http.request.method": "POST",
      "network.protocol.version": "1.0",
      "http.response.status_code": 200,
    });
    expect(plain(record.attributes)).not.toHaveProperty(["http.response.body.size"]);
    expect(record.time).toBe(parseTime("2025-06-15T15:06:30Z"));
  });

  it.each<[string, Record<string, unknown>]>([
    [
      `shop.example:443 ${APACHE_COMMON}`,
      { "server.address": "shop.example", "server.port": 443, "client.address": "127.0.0.1" },
    ],
    [
      `${NGINX} "10.0.0.1, 10.0.0.2"`,
      { "http.request.header.x-forwarded-for": ["10.0.0.1, 10.0.0.2"] },
    ],
    [`${NGINX} rt=0.005 "more"`, { "http.response.status_code": 502 }],
    [
      '::1 id7 - [15/Jun/2025:15:06:30 +0000] "PROPFIND /d%20v HTTP/2.0" 405 0 "-" "-"',
      {
        "client.address": "::1",
        "access_log.identity": "id7",
        "http.request.method": "_OTHER",
        "http.request.method_original": "PROPFIND",
        "network.protocol.version": "2",
        "http.response.body.size": 0,
      },
    ],
    [
      '1.2.3.4 - - [15/Jun/2025:15:06:30 +0000] "\\x16\\x03\\x01" 400 166 "-" "-"',
      { "access_log.request": "\u0016\u0003\u0001", "http.response.status_code": 400 },
    ],
    [
      '1.2.3.4 - - [15/Jun/2025:15:06:30 +0000] "-" 408 0 "-" "say \\"hi\\" \\xc3\\xa9"',
      { "user_agent.original": 'say "hi" é' },
    ],
    [
      '1.2.3.4 - - [15/Jun/2025:15:06:30 +0000] "GET http://a.example/x HTTP/1.1" 200 5',
      { "url.full": "http://a.example/x" },
    ],
  ])("reads %j", (line, fields) => {
    expect(fieldsOf(line, { format: "access_log" })).toMatchObject(fields);
  });

  it.each([
    "127.0.0.1 - - no brackets",
    '127.0.0.1 - [15/Jun/2025:15:06:30 +0000] "GET / HTTP/1.1" 200 1',
    '127.0.0.1 - - [15/Jun/2025:15:06:30 +0000] "GET / HTTP/1.1 200 1',
    '127.0.0.1 - - [15/Jun/2025:15:06:30 +0000] "GET / HTTP/1.1" ok 1',
    '127.0.0.1 - - [15/Jun/2025:15:06:30 +0000] "GET / HTTP/1.1" 200 many',
  ])("takes %j for none", (line) => {
    expect(fieldsOf(line, { format: "access_log" })).toEqual({});
  });

  it("gives a severity by the hundreds of the status", () => {
    const severity = {
      from: "http.response.status_code",
      map: { "5xx": "error", "404": 9 },
    } as const;
    expect(parsed(NGINX, { severity })).toMatchObject({ severity: 17, severityText: "502" });
    expect(parsed(APACHE_COMMON, { severity })).toMatchObject({ severity: 0 });
  });
});

describe("the format auto", () => {
  it.each([
    [PINO, "req.method"],
    [`  ${LOGRUS}`, "msg"],
    [NGINX, "url.path"],
    [APACHE_COMMON, "url.path"],
    [`a.example:80 ${APACHE_COMMON}`, "server.port"],
  ])("knows %.30j", (text, key) => {
    expect(fieldsOf(text)).toHaveProperty([key]);
  });

  it.each([
    "user=alice signed in",
    "x=1",
    "GET /a?b=c [info] done",
    "Jun 15 15:06:30 web sshd[1]: session opened",
    "[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok",
    "}{",
    "",
  ])("leaves %j alone", (text) => {
    expect(fieldsOf(text)).toEqual({});
  });
});
