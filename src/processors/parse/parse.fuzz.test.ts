import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ATTRIBUTE_TYPES, attributeValue } from "#core/attributes.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import { formatTime, parseTime } from "#core/time.ts";
import { accessLogParser } from "./access-log.ts";
import { csvParser } from "./csv-fields.ts";
import { Fields } from "./fields.ts";
import { jsonParser } from "./json-fields.ts";
import { logfmtParser } from "./logfmt.ts";
import { parserOf } from "./parser-of.ts";
import { grokPattern, patternParser, regexPattern } from "./pattern-fields.ts";
import { settings } from "./settings.ts";
import type { TextParser } from "./text-parser.ts";
import { timeReader } from "./time-layout.ts";

const logfmt = logfmtParser({ detectTypes: true, pairsOnly: false, pairsMin: 1 });

const PARSERS: Readonly<Record<string, TextParser>> = {
  json: jsonParser(true),
  "json, nested": jsonParser(false),
  logfmt,
  access_log: accessLogParser,
  csv: csvParser({ columns: ["a", "b", "c"], delimiter: ",", detectTypes: true }),
  regex: patternParser([regexPattern("(?P<a>a+)[^]*?(?P<b>\\d+)|(?P<c>=)")], true),
  grok: patternParser(
    [grokPattern("%{COMBINEDAPACHELOG}", {}), grokPattern("%{SYSLOGBASE}", {})],
    false,
  ),
  auto: parserOf(settings.parse({})),
};

function fieldsOf(parser: TextParser, text: string | Uint8Array): Fields | undefined {
  const inner = Buffer.from(text);
  // What lies around a text in its column is none of it.
  const bytes = Buffer.concat([Buffer.from('"{='), inner, Buffer.from('"} a=b')]);
  const fields = new Fields(ROW_LIMITS.attributesMax);
  const reason = parser({ bytes, from: 3, to: 3 + inner.length }, fields);
  return reason === undefined ? fields : undefined;
}

const PIECES = [
  '{"a":',
  "}",
  "[",
  "]",
  ",",
  '"',
  "\\",
  "\\u00",
  "\\x4",
  "=",
  " ",
  "\n",
  "1",
  "-",
  ".5",
  "e9",
  "true",
  "a=b",
  'k="v"',
  "127.0.0.1 - - [",
  '] "GET / HTTP/1.1" 200 12',
  ' "-" "x"',
  "10/Oct/2000:13:55:36 -0700",
  "Jun 14 15:16:01 combo sshd[1]:",
  "é",
  "😀",
  "\ud83d",
  "\0",
  "__proto__",
  "null",
];
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.uint8Array({ maxLength: 60 }),
  fc.json(),
);

describe.each(Object.entries(PARSERS))("the parser %s", (_, parser) => {
  it("never throws, and finds no more than fields with a type within the bound", () => {
    const types: ReadonlySet<number> = new Set(Object.values(ATTRIBUTE_TYPES));
    fc.assert(
      fc.property(hostile, (text) => {
        const fields = fieldsOf(parser, text);
        if (fields === undefined) return;
        expect(fields.count).toBeLessThanOrEqual(ROW_LIMITS.attributesMax);
        for (let place = 0; place < fields.count; place++) {
          expect(typeof fields.keys[place]).toBe("string");
          expect(typeof fields.texts[place]).toBe("string");
          expect(types.has(fields.types[place]!)).toBe(true);
        }
      }),
    );
  });
});

const valuesOf = (fields: Fields | undefined): [string, unknown][] =>
  Array.from({ length: fields!.count }, (_, place) => [
    fields!.keys[place]!,
    attributeValue(fields!.texts[place]!, fields!.types[place]!),
  ]);

const simpleKey = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,10}$/);

it("JSON gives back the values that were written", () => {
  const value = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.maxSafeInteger(),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((number) => !Number.isInteger(number) || Number.isSafeInteger(number))
      .map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.maxSafeInteger(), { maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.dictionary(simpleKey, value, { maxKeys: 20 }), (object) => {
      const found = valuesOf(fieldsOf(jsonParser(true), JSON.stringify(object)));
      expect(Object.fromEntries(found)).toEqual({ ...object });
    }),
  );
});

it("logfmt gives back the pairs that were written", () => {
  const pairs = fc.array(fc.tuple(simpleKey, fc.string({ unit: "grapheme" })), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(pairs, (list) => {
      const text = list.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(" ");
      expect(valuesOf(fieldsOf(logfmt, text))).toEqual(list);
    }),
  );
});

it("an access log gives back the request that was written", () => {
  const word = fc.stringMatching(/^[a-zA-Z0-9._~/%-]{1,12}$/);
  const agent = fc.string({
    unit: fc.constantFrom("a", "é", '"', "\\", " ", "\n"),
    minLength: 1,
    maxLength: 12,
  });
  const line = fc.tuple(fc.ipV4(), word, fc.integer({ min: 100, max: 599 }), fc.nat(), agent);
  fc.assert(
    fc.property(line, ([ip, path, status, size, name]) => {
      // As Apache escapes what it writes.
      const escaped = name
        .replaceAll(/["\\]/g, "\\$&")
        .replaceAll("\n", "\\n")
        .replaceAll("é", "\\xc3\\xa9");
      const text = `${ip} - - [10/Oct/2000:13:55:36 -0700] "GET /${path} HTTP/1.1" ${status} ${size} "-" "${escaped}"`;
      expect(Object.fromEntries(valuesOf(fieldsOf(accessLogParser, text)))).toMatchObject({
        "client.address": ip,
        "url.path": `/${path}`,
        "http.response.status_code": status,
        "http.response.body.size": size,
        "user_agent.original": name,
      });
    }),
  );
});

describe("layouts of times", () => {
  const around = { nowMs: Date.UTC(2025, 5, 15), fromLocal: (ms: number) => ms };

  it("give back the time that was written, to the nanosecond", () => {
    const read = timeReader("%Y-%m-%dT%H:%M:%S.%L%z");
    const times = fc.bigInt({ min: 1n, max: 4_294_967_295_000_000_000n });
    fc.assert(
      fc.property(times, (ns) => {
        expect(read(formatTime(ns), around)).toBe(ns);
        expect(parseTime(formatTime(ns))).toBe(ns);
      }),
    );
  });

  it("never throw, whatever the text", () => {
    const readers = ["auto", "unix", "httpdate", "%b %e %H:%M:%S", "%s", "%y%m%d %p %z"].map(
      timeReader,
    );
    const text = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom("Jun", " ", "1", "99", ":", "/", "+0", "-", "Z", "PM", "2025"), {
          maxLength: 15,
        })
        .map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(text, (one) => {
        for (const read of readers) {
          expect(read(one, around) ?? 1n).toBeGreaterThan(0n);
        }
      }),
    );
  });
});
