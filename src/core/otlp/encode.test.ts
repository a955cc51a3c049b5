import { existsSync, readFileSync } from "node:fs";
import protobuf from "protobufjs";
import { describe, expect, it } from "vitest";
import { SightglassError } from "../errors.ts";
import type { Signal } from "../signal.ts";
import { encodeMessage, encodeOtlp } from "./encode.ts";

const root = protobuf.parse(
  readFileSync(new URL("testdata/otlp.proto", import.meta.url), "utf8"),
).root;

function decode(message: string, bytes: Uint8Array): Record<string, unknown> {
  const type = root.lookupType(message);
  return type.toObject(type.decode(bytes), { longs: String, enums: Number, bytes: String });
}

function decodeRequest(signal: Signal, bytes: Uint8Array): Record<string, unknown> {
  const names = { traces: "Trace", logs: "Logs", metrics: "Metrics" };
  return decode(`Export${names[signal]}ServiceRequest`, bytes);
}

/** Encodes one attribute value and reads it back. */
function roundTrip(value: unknown): unknown {
  const bytes = encodeMessage("KeyValue", { key: "k", value });
  return decode("KeyValue", bytes)["value"];
}

function span(fields: Record<string, unknown>): unknown {
  return { resourceSpans: [{ scopeSpans: [{ spans: [fields] }] }] };
}

/** The message with which the action refuses its payload. */
function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof SightglassError && error.code === "bad_payload") return error.message;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("encodeOtlp", () => {
  it("writes every field of a span as protobufjs reads it", () => {
    const bytes = encodeOtlp(
      "traces",
      span({
        traceId: "5B8EFFF798038103D269B633813FC60C",
        spanId: "eee19b7ec3c1b174",
        parentSpanId: "",
        traceState: "a=b",
        name: "größer 🚀",
        kind: "SPAN_KIND_SERVER",
        startTimeUnixNano: "1544712660300000001",
        endTimeUnixNano: 18446744073709551615n,
        flags: 4294967295,
        droppedAttributesCount: "3",
        events: [{ timeUnixNano: "1", name: "e" }],
        links: [{ traceId: "00", flags: 1 }],
        status: { code: 2, message: "m" },
        unknownField: { a: [1] },
        attributes: null,
      }),
    );
    expect(decodeRequest("traces", bytes)).toEqual({
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: [
                {
                  traceId: "W47/95gDgQPSabYzgT/GDA==",
                  spanId: "7uGbfsPBsXQ=",
                  traceState: "a=b",
                  name: "größer 🚀",
                  kind: 2,
                  startTimeUnixNano: "1544712660300000001",
                  endTimeUnixNano: "18446744073709551615",
                  flags: 4294967295,
                  droppedAttributesCount: 3,
                  events: [{ timeUnixNano: "1", name: "e" }],
                  links: [{ traceId: "AA==", flags: 1 }],
                  status: { code: 2, message: "m" },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it("gives the same bytes for lowerCamelCase and for snake_case names", () => {
    const snake = { resource_spans: [{ scope_spans: [{ spans: [{ trace_id: "0a" }] }] }] };
    expect(encodeOtlp("traces", snake)).toEqual(encodeOtlp("traces", span({ traceId: "0A" })));
  });

  it("writes nothing for an empty request and for fields that hold their default", () => {
    expect(encodeOtlp("logs", {})).toHaveLength(0);
    expect(encodeOtlp("logs", { resourceLogs: [] })).toHaveLength(0);
    expect(encodeMessage("Span", { name: "", kind: 0, traceId: "", flags: 0 })).toHaveLength(0);
  });

  it("keeps a zero where the protocol tells it from absence", () => {
    const point = decode("HistogramDataPoint", encodeMessage("HistogramDataPoint", { sum: 0 }));
    expect(point).toEqual({ sum: 0 });
    expect(roundTrip({ intValue: "0" })).toEqual({ intValue: "0" });
    expect(roundTrip({ boolValue: false })).toEqual({ boolValue: false });
    expect(roundTrip({ stringValue: "" })).toEqual({ stringValue: "" });
    expect(roundTrip({})).toEqual({});
  });

  it("keeps the sign of a negative zero", () => {
    const bytes = encodeMessage("SummaryDataPoint", { sum: -0 });
    expect(Object.is(decode("SummaryDataPoint", bytes)["sum"], -0)).toBe(true);
  });

  it.each([
    ["-9223372036854775808", "-9223372036854775808"],
    ["9223372036854775807", "9223372036854775807"],
    [-9223372036854775808n, "-9223372036854775808"],
    [-1, "-1"],
    ["-4294967296", "-4294967296"],
    [-4294967297, "-4294967297"],
    [1e15, "1000000000000000"],
    [2 ** 60, "1152921504606846976"],
    ["0000000000000000042", "42"],
  ])("keeps the integer %s to its last digit", (value, expected) => {
    expect(roundTrip({ intValue: value })).toEqual({ intValue: expected });
    const point = encodeMessage("NumberDataPoint", { asInt: value });
    expect(decode("NumberDataPoint", point)).toEqual({ asInt: expected });
  });

  it.each([
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["1.5e3", 1500],
    [0.1, 0.1],
    [Number.NaN, Number.NaN],
  ])("reads the double %s", (value, expected) => {
    const bytes = encodeMessage("AnyValue", { doubleValue: value });
    expect(bytes.readDoubleLE(1)).toBe(expected);
  });

  it("packs lists of numbers and zigzags signed ones", () => {
    const bytes = encodeMessage("ExponentialHistogramDataPoint", {
      scale: -3,
      positive: { offset: -2147483648, bucketCounts: ["1", 300, 18446744073709551615n] },
    });
    expect(decode("ExponentialHistogramDataPoint", bytes)).toEqual({
      scale: -3,
      positive: { offset: -2147483648, bucketCounts: ["1", "300", "18446744073709551615"] },
    });
  });

  it("reads bytes in both base64 alphabets, padded or not", () => {
    expect(roundTrip({ bytesValue: "-_8=" })).toEqual({ bytesValue: "+/8=" });
    expect(roundTrip({ bytesValue: "+/8" })).toEqual({ bytesValue: "+/8=" });
    expect(roundTrip({ bytesValue: new Uint8Array([1]) })).toEqual({ bytesValue: "AQ==" });
  });

  it("replaces a lone surrogate, for protobuf strings are UTF-8", () => {
    expect(roundTrip({ stringValue: "a\ud800b" })).toEqual({ stringValue: "a\ufffdb" });
  });

  it("keeps strings and bodies of every length around the sizes of their length prefix", () => {
    for (const length of [0, 23, 24, 25, 126, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152]) {
      const text = "x".repeat(length);
      const expected = { stringValue: text };
      expect(roundTrip({ stringValue: text })).toEqual(expected);
    }
  });

  it("takes a value 64 levels deep and refuses one more", () => {
    const nest = (levels: number): unknown =>
      levels === 0 ? { intValue: 1 } : { arrayValue: { values: [nest(levels - 1)] } };
    // protobufjs reads fewer levels than that.
    expect(JSON.stringify(roundTrip(nest(40)))).toBe(
      JSON.stringify(nest(40)).replace('"intValue":1', '"intValue":"1"'),
    );
    expect(() => encodeMessage("KeyValue", { value: nest(64) })).not.toThrow();
    const message = refusal(() => encodeMessage("KeyValue", { value: nest(65) }));
    expect(message).toContain("allowed is at most 64 values within each other");
  });

  it("refuses a value that contains itself", () => {
    const list: { values: unknown[] } = { values: [] };
    list.values.push({ arrayValue: list });
    expect(refusal(() => roundTrip({ arrayValue: list }))).toContain("at most 64 values");
  });

  it("ignores keys that name parts of a prototype", () => {
    const hostile: unknown = JSON.parse(
      '{"__proto__":{"name":"x","polluted":1},"constructor":{"prototype":{"polluted":1}},"name":"n"}',
    );
    expect(decode("Span", encodeMessage("Span", hostile))).toEqual({ name: "n" });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it.each([
    [{ name: 7 }, "name: found 7, allowed is a string"],
    [{ traceId: "xyz" }, 'traceId: found "xyz", allowed is a string of hex digits'],
    [{ traceId: "abc" }, 'traceId: found "abc", allowed is a string of hex digits'],
    [
      { kind: "SERVER" },
      'kind: found "SERVER", allowed is a number, or one of SPAN_KIND_UNSPECIFIED',
    ],
    [{ flags: -1 }, "flags: found -1, allowed is an integer from 0 to 4294967295"],
    [{ flags: 4294967296 }, "flags: found 4294967296, allowed is"],
    [{ startTimeUnixNano: 1.5 }, "startTimeUnixNano: found 1.5, allowed is an integer from 0"],
    [{ startTimeUnixNano: "-1" }, 'startTimeUnixNano: found "-1", allowed is an integer from 0'],
    [{ startTimeUnixNano: "18446744073709551616" }, 'found "18446744073709551616", allowed is'],
    [{ startTimeUnixNano: "99999999999999999999" }, 'found "99999999999999999999", allowed is'],
    [{ startTimeUnixNano: "" }, 'startTimeUnixNano: found "", allowed is'],
    [{ startTimeUnixNano: "2024-01-01" }, 'found "2024-01-01", allowed is'],
    [{ attributes: {} }, "attributes: found an object, allowed is an array"],
    [{ attributes: [null] }, "attributes[0]: found null, allowed is an object"],
    [{ status: [] }, "status: found an array, allowed is an object"],
    [{ status: "OK" }, 'status: found "OK", allowed is an object'],
    [
      { attributes: [{ key: "a" }, { key: "b", value: { boolValue: "true" } }] },
      'attributes[1].value.boolValue: found "true", allowed is true or false',
    ],
    [
      { attributes: [{ value: { intValue: "9223372036854775808" } }] },
      'intValue: found "9223372036854775808", allowed is an integer from -9223372036854775808',
    ],
    [{ attributes: [{ value: { intValue: "-9223372036854775809" } }] }, "allowed is an integer"],
    [{ attributes: [{ value: { intValue: -(2 ** 64) } }] }, "allowed is an integer"],
    [{ attributes: [{ value: { doubleValue: "1,5" } }] }, 'doubleValue: found "1,5"'],
    [{ attributes: [{ value: { bytesValue: "%%" } }] }, "allowed is a base64 string"],
    [{ name: { toString: "x" } }, "name: found an object, allowed is a string"],
    [{ traceState: "x".repeat(9), name: [] }, "name: found an array, allowed is a string"],
  ])("refuses %j and says where, what and what instead", (fields, expected) => {
    const message = refusal(() => encodeOtlp("traces", span(fields)));
    expect(message).toContain("resourceSpans[0].scopeSpans[0].spans[0].");
    expect(message).toContain(expected);
  });

  it.each([[null], [[]], ["text"], [7], [undefined]])("refuses %j as a request", (request) => {
    expect(refusal(() => encodeOtlp("metrics", request))).toMatch(/^the request: found /);
  });

  it("cuts what it quotes", () => {
    const message = refusal(() => encodeOtlp("traces", span({ kind: "K".repeat(10_000) })));
    expect(message.length).toBeLessThan(400);
  });

  it("encodes correctly after a request that it refused", () => {
    refusal(() => encodeOtlp("traces", span({ name: "kept", kind: "no" })));
    expect(decode("Span", encodeMessage("Span", { name: "next" }))).toEqual({ name: "next" });
  });

  it("bounds what a short JSON of many numbers becomes", () => {
    const bucketCounts = Array.from({ length: 3_000_000 }, () => 0);
    expect(() => encodeMessage("HistogramDataPoint", { bucketCounts })).toThrow(
      expect.objectContaining({ code: "payload_too_large" }),
    );
  });
});

describe("encodeMessage", () => {
  it("writes the answers of the doors", () => {
    const detail = encodeMessage("RetryInfo", { retryDelay: { seconds: 2 } });
    const status = {
      code: 14,
      message: "later",
      details: [{ typeUrl: "type.googleapis.com/google.rpc.RetryInfo", value: detail }],
    };
    expect(decode("RpcStatus", encodeMessage("RpcStatus", status))).toEqual({
      ...status,
      details: [{ ...status.details[0], value: detail.toString("base64") }],
    });
    expect(decode("RetryInfo", detail)).toEqual({ retryDelay: { seconds: "2" } });
  });
});

describe("the official examples of OTLP/JSON", () => {
  const folder = new URL("../../../../shared/data/otlp/", import.meta.url);
  const present = existsSync(folder);
  const examples: [string, Signal][] = [
    ["trace.json", "traces"],
    ["logs.json", "logs"],
    ["events.json", "logs"],
    ["metrics.json", "metrics"],
  ];

  it.for(examples)("%s decodes to what it says", ([file, signal], { skip }) => {
    skip(!present, "the folder of examples is not beside this repository");
    const request: unknown = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
    const decoded = decodeRequest(signal, encodeOtlp(signal, request));
    expect(asOtlpJson(decoded)).toEqual(asOtlpJson(request));
  });
});

/** Ids in lower-case hex, integers as strings and no defaults, so that two notations compare. */
function asOtlpJson(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return value.map((element) => asOtlpJson(element, key));
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([name, inner]) => [name, asOtlpJson(inner, name)]);
    return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
  }
  if (["zeroThreshold", "scale"].includes(key) && value === 0) return undefined;
  if (key.endsWith("Id") && typeof value === "string") {
    const hex = /^(?:[0-9A-F]{16}|[0-9A-F]{32})$/.test(value);
    return hex ? value.toLowerCase() : Buffer.from(value, "base64").toString("hex");
  }
  return value;
}
