import { readFileSync } from "node:fs";
import fc from "fast-check";
import protobuf from "protobufjs";
import { describe, expect, it } from "vitest";
import { SightglassError } from "../errors.ts";
import { SIGNALS, type Signal } from "../signal.ts";
import { encodeOtlp } from "./encode.ts";

const root = protobuf.parse(
  readFileSync(new URL("testdata/otlp.proto", import.meta.url), "utf8"),
).root;
root.resolveAll();
const REQUESTS: Readonly<Record<Signal, protobuf.Type>> = {
  traces: root.lookupType("ExportTraceServiceRequest"),
  logs: root.lookupType("ExportLogsServiceRequest"),
  metrics: root.lookupType("ExportMetricsServiceRequest"),
};

/** A value as OTLP/JSON writes it, and as protobufjs reads it back; `undefined` when it is left out. */
interface Sample {
  json: unknown;
  read: unknown;
}

const text = fc.string({ unit: "grapheme", maxLength: 40 });
const octets = fc.uint8Array({ maxLength: 20 });
const asIs = (value: unknown): Sample => ({ json: value, read: value });

function wide(arbitrary: fc.Arbitrary<bigint>): fc.Arbitrary<Sample> {
  return fc.tuple(arbitrary, fc.boolean()).map(([value, asText]) => ({
    json: asText ? value.toString() : value,
    read: value.toString(),
  }));
}

const SCALARS: Readonly<Record<string, fc.Arbitrary<Sample>>> = {
  string: text.map(asIs),
  bool: fc.boolean().map(asIs),
  double: fc.double().map((value) => ({
    json: Number.isFinite(value) ? value : String(value),
    read: value,
  })),
  fixed64: wide(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  uint64: wide(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  int64: wide(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  sfixed64: wide(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  fixed32: fc.nat(2 ** 32 - 1).map(asIs),
  uint32: fc.nat(2 ** 32 - 1).map(asIs),
  sint32: fc.integer().map(asIs),
  int32: fc.integer().map(asIs),
};

function octetSample(isId: boolean): fc.Arbitrary<Sample> {
  return octets.map((value) => ({
    json: Buffer.from(value).toString(isId ? "hex" : "base64"),
    read: Buffer.from(value).toString("base64"),
  }));
}

function fieldSample(field: protobuf.Field, depth: number): fc.Arbitrary<Sample> {
  const type = field.resolvedType;
  const single =
    type instanceof protobuf.Type
      ? messageSample(type, depth - 1)
      : type instanceof protobuf.Enum
        ? enumSample(type)
        : field.type === "bytes"
          ? octetSample(field.name !== "bytesValue")
          : SCALARS[field.type]!;
  if (!field.repeated) return single.map((sample) => withoutDefault(field, sample));
  return fc.array(single, { maxLength: 3 }).map((samples) => ({
    json: samples.map(({ json }) => json),
    read: samples.length === 0 ? undefined : samples.map(({ read }) => read),
  }));
}

function enumSample(type: protobuf.Enum): fc.Arbitrary<Sample> {
  return fc
    .constantFrom(...Object.entries(type.values))
    .chain(([name, number]) =>
      fc.constantFrom(name, number).map((json) => ({ json, read: number })),
    );
}

/** Without explicit presence a default is not written, so that it does not come back. */
function withoutDefault(field: protobuf.Field, sample: Sample): Sample {
  const explicit = field.hasPresence || field.resolvedType instanceof protobuf.Type;
  const isDefault = ["", "0", false].includes(sample.read as string) || Object.is(sample.read, 0);
  return !explicit && isDefault ? { json: sample.json, read: undefined } : sample;
}

function messageSample(type: protobuf.Type, depth: number): fc.Arbitrary<Sample> {
  const fields = type.fieldsArray.filter(
    (field) => depth > 0 || !(field.resolvedType instanceof protobuf.Type),
  );
  const plain = fields.filter((field) => field.partOf === null);
  const exclusive = fields.filter(
    (field) => field.partOf !== null && !field.options?.["proto3_optional"],
  );
  const optional = fields.filter(
    (field) => field.partOf !== null && field.options?.["proto3_optional"] === true,
  );
  const record = [...plain, ...optional].map((field) =>
    fc.option(fc.tuple(fc.constant(field), fieldSample(field, depth), fc.boolean()), {
      nil: undefined,
    }),
  );
  const oneOf = fc.option(
    exclusive.length === 0
      ? fc.constant(undefined)
      : fc
          .constantFrom(...exclusive)
          .chain((field) => fc.tuple(fc.constant(field), fieldSample(field, depth), fc.boolean())),
    { nil: undefined },
  );
  return fc.tuple(fc.tuple(...record), oneOf).map(([parts, choice]) => {
    const json: Record<string, unknown> = {};
    const read: Record<string, unknown> = {};
    for (const part of [...parts, choice]) {
      if (part === undefined) continue;
      const [field, sample, snake] = part;
      json[snake ? snakeName(field.name) : field.name] = sample.json;
      if (sample.read !== undefined) read[field.name] = sample.read;
    }
    return { json, read };
  });
}

function snakeName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Replaces one node somewhere in a tree, in place. */
function spoil(tree: unknown, path: readonly number[], value: unknown): unknown {
  if (typeof tree !== "object" || tree === null || path.length === 0) return value;
  const keys = Object.keys(tree);
  if (keys.length === 0) return value;
  const record = tree as Record<string, unknown>;
  const key = keys[path[0]! % keys.length]!;
  record[key] = spoil(record[key], path.slice(1), value);
  return tree;
}

/** What encoding came to: the error's code, or "ok" when protobufjs can read the bytes. */
function outcome(signal: Signal, request: unknown): string {
  try {
    REQUESTS[signal].decode(encodeOtlp(signal, request));
    return "ok";
  } catch (error) {
    if (error instanceof SightglassError) return error.code;
    throw error;
  }
}

describe("encodeOtlp, for any request", () => {
  it.each(SIGNALS)("writes %s that protobufjs reads back as they were", (signal) => {
    const type = REQUESTS[signal];
    fc.assert(
      fc.property(messageSample(type, 7), ({ json, read }) => {
        const bytes = encodeOtlp(signal, json);
        const decoded = type.toObject(type.decode(bytes), { longs: String, bytes: String });
        expect(decoded).toEqual(read);
      }),
    );
  });

  it.each(SIGNALS)("encodes or refuses %s with one value replaced by any other", (signal) => {
    const path = fc.array(fc.nat(1000), { maxLength: 14 });
    fc.assert(
      fc.property(messageSample(REQUESTS[signal], 7), path, fc.anything(), (sample, at, value) => {
        expect(outcome(signal, spoil(sample.json, at, value))).toMatch(/^(ok|bad_payload)$/);
      }),
    );
  });

  it("encodes or refuses any JSON", () => {
    fc.assert(
      fc.property(fc.constantFrom(...SIGNALS), fc.jsonValue(), (signal, request) => {
        expect(outcome(signal, request)).toMatch(/^(ok|bad_payload)$/);
      }),
    );
  });
});
