import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ATTRIBUTE_TYPES, attributeValue, type Attribute } from "#core/attributes.ts";
import type { Batch } from "#core/batch.ts";
import type { AttributeInput } from "#core/build/attribute-input.ts";
import { LogBuilder, type LogInput } from "#core/build/log-builder.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { logRow, type LogRow, numberPointRow, spanRow } from "#core/row-views.ts";
import type { Processor, ProcessorContext } from "#pipeline/component.ts";
import { points, spans } from "#pipeline/testing/batches.ts";
import { settings } from "./settings.ts";
import { transform } from "./transform.ts";

const CONTEXT = {} as ProcessorContext;

function transformOf(...statements: readonly string[]): Processor {
  return transform.create(settings.parse({ statements }), CONTEXT);
}

function changed<B extends Batch>(batch: B, ...statements: readonly string[]): B {
  transformOf(...statements).process(batch, "default");
  return batch;
}

function logBatch(...inputs: readonly LogInput[]): LogBatch {
  const builder = new LogBuilder({ observedNs: 5n, window: { oldestMs: 0, newestMs: 8e15 } });
  builder.group({ "service.name": "shop", host: "a" }, { name: "lib" });
  for (const input of inputs) builder.add(input);
  return builder.finish(0);
}

/** The only record of a batch after the statements. */
function recordAfter(input: LogInput, ...statements: readonly string[]): LogRow {
  return logRow(changed(logBatch(input), ...statements), 0);
}

const plain = (attributes: readonly Attribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value, type }) => [key, attributeValue(value, type)]));

function attributesAfter(
  attributes: Readonly<Record<string, AttributeInput>>,
  ...statements: readonly string[]
): Record<string, unknown> {
  return plain(recordAfter({ body: "hello", attributes }, ...statements).attributes);
}

function problemOf(statement: string): string {
  const { error } = settings.safeParse({ statements: [statement] });
  return error!.issues[0]!.message;
}

describe("transform, on attributes", () => {
  it.each<[string, Record<string, unknown>]>([
    ['set(attributes["n"], attributes["n"] + 1)', { n: 6, t: "x" }],
    ['set(attributes["t"], upper(attributes["t"]))', { n: 5, t: "X" }],
    ['set(attributes["m"], body)', { n: 5, t: "x", m: "hello" }],
    ['set(attributes["m"], [1, "a", nil])', { n: 5, t: "x", m: [1, "a", null] }],
    [
      'set(attributes["m"], parse_json("{\\"a\\":{\\"b\\":1}}"))',
      { n: 5, t: "x", m: { a: { b: 1 } } },
    ],
    ['set(attributes["m"], attributes["none"])', { n: 5, t: "x" }],
    ['set(attributes["n"], nil)', { n: 5, t: "x" }],
    ['set(attributes["n"], "y") where attributes["t"] == "z"', { n: 5, t: "x" }],
    ['delete(attributes["n"])', { t: "x" }],
    ['delete(attributes["none"])', { n: 5, t: "x" }],
    ['delete_key(attributes, "n")', { t: "x" }],
    ['rename(attributes["n"], attributes["count"])', { count: 5, t: "x" }],
    ['rename(attributes["n"], attributes["t"])', { t: 5 }],
    ['copy(attributes["n"], attributes["count"])', { n: 5, t: "x", count: 5 }],
    ['copy(resource.attributes["host"], attributes["host"])', { n: 5, t: "x", host: "a" }],
    ['copy(scope.name, attributes["library"])', { n: 5, t: "x", library: "lib" }],
    ['keep_keys(attributes, ["t", "none"])', { t: "x" }],
    ["keep_keys(attributes, [])", {}],
    ['set(log.attributes["n"], 1) where log.body == "hello"', { n: 1, t: "x" }],
  ])("%s", (statement, expected) => {
    expect(attributesAfter({ n: 5, t: "x" }, statement)).toEqual(expected);
  });

  it("keeps types: a double stays one, whatever its value", () => {
    const { attributes } = recordAfter(
      { attributes: { d: 0.5, b: new Uint8Array([1]), big: 2n ** 60n } },
      'set(attributes["sum"], attributes["d"] * 2)',
      'set(attributes["double"], double(attributes["d"]) * 2.0)',
      'copy(attributes["b"], attributes["b2"])',
      'copy(attributes["big"], attributes["big2"])',
      'set(attributes["yes"], attributes["d"] == 0.5)',
    );
    const types = Object.fromEntries(attributes.map(({ key, type }) => [key, type]));
    expect(types).toMatchObject({
      sum: ATTRIBUTE_TYPES.int,
      double: ATTRIBUTE_TYPES.double,
      b2: ATTRIBUTE_TYPES.bytes,
      big2: ATTRIBUTE_TYPES.int,
      yes: ATTRIBUTE_TYPES.bool,
    });
    expect(plain(attributes)).toMatchObject({ sum: 1, double: 1, big2: String(2n ** 60n) });
  });

  it("is done in order: a statement sees what those before it did", () => {
    expect(
      attributesAfter(
        { a: 1 },
        'set(attributes["b"], attributes["a"] + 1)',
        'set(attributes["c"], attributes["b"] + 1) where attributes["b"] == 2',
        'rename(attributes["c"], attributes["d"])',
        'set(attributes["e"], len(attributes))',
        'delete(attributes["a"])',
        'set(attributes["f"], "new") where attributes["a"] == nil',
      ),
    ).toEqual({ b: 2, d: 3, e: 3, f: "new" });
  });

  it("sees where a rename took an attribute from", () => {
    const statements = [
      'rename(attributes["a"], attributes["b"])',
      'set(attributes["c"], "gone") where attributes["a"] == nil',
    ];
    expect(attributesAfter({ a: 1 }, ...statements)).toEqual({ b: 1, c: "gone" });
  });

  it("keeps what an earlier statement set where a later one has no value", () => {
    const none = 'attributes["none"]';
    const statements = [
      'set(body, "x")',
      `set(body, ${none})`,
      'set(event_name, "y")',
      `set(event_name, ${none})`,
    ];
    expect(recordAfter({ body: "a" }, ...statements)).toMatchObject({ body: "x", eventName: "y" });
  });

  it("leaves rows alone that were dropped before", () => {
    const batch = logBatch({ attributes: { a: 1 } }, { attributes: { a: 1 } });
    batch.selection.drop(0);
    changed(
      batch,
      'set(attributes["a"], 2)',
      'set(body, "new")',
      'set(event_name, "new")',
      "set(severity_number, 9)",
    );
    expect(logRow(batch, 0)).toMatchObject({
      body: "",
      eventName: "",
      severity: 0,
      attributes: [{ value: "1" }],
    });
    expect(logRow(batch, 1)).toMatchObject({
      body: "new",
      eventName: "new",
      severity: 9,
      attributes: [{ value: "2" }],
    });
  });
});

describe("transform, on fields", () => {
  it("sets those of log records", () => {
    const row = recordAfter(
      { body: '{"level":"warn","msg":"hi"}', severity: 9 },
      'set(severity_text, upper(parse_json(body)["level"]))',
      'set(severity_number, SEVERITY_NUMBER_WARN) where severity_text == "WARN"',
      'set(event_name, concat("e.", severity_number))',
      'set(body, parse_json(body)["msg"])',
    );
    expect(row).toMatchObject({
      severityText: "WARN",
      severity: 13,
      eventName: "e.13",
      body: "hi",
    });
  });

  it("gives a body its type", () => {
    const { body, bodyType } = recordAfter({ body: '{"a":[1]}' }, "set(body, parse_json(body))");
    expect([body, bodyType]).toEqual(['{"a":[1]}', ATTRIBUTE_TYPES.kvlist]);
  });

  it("keeps a number that the field cannot have from changing anything", () => {
    const after = (value: string) =>
      recordAfter(
        { severity: 9, attributes: { x: 0.5, t: "17" } },
        `set(severity_number, ${value})`,
      ).severity;
    expect(["25", "-1", "1.5", 'attributes["x"]', 'attributes["none"]'].map(after)).toEqual([
      9, 9, 9, 9, 9,
    ]);
    expect(["24", "0", "4.0", 'int(attributes["t"])'].map(after)).toEqual([24, 0, 4, 17]);
  });

  it("sets those of spans", () => {
    const batch = changed(
      spans(
        "shop",
        { spanId: "1", name: "GET /users/17", status: 2 },
        { spanId: "2", name: "GET /users/18" },
      ),
      'set(span.name, replace(span.name, /\\d+/, "{id}"))',
      "set(status.code, STATUS_CODE_OK) where status.code == STATUS_CODE_ERROR",
      'set(status.message, "was an error") where status.code == STATUS_CODE_OK',
    );
    expect(spanRow(batch, 0)).toMatchObject({
      name: "GET /users/{id}",
      status: 1,
      statusMessage: "was an error",
    });
    expect(spanRow(batch, 1)).toMatchObject({
      name: "GET /users/{id}",
      status: 0,
      statusMessage: "",
    });
  });

  it("cuts texts at the bounds of rows", () => {
    const batch = changed(
      spans("shop", { spanId: "1", name: "é".repeat(500) }),
      "set(name, concat(name, name))",
      "set(status.message, concat(name, name, name, name, name))",
      'set(attributes["a"], concat(name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name))',
    );
    const row = spanRow(batch, 0);
    expect(Buffer.byteLength(row.name)).toBe(1_024);
    expect(Buffer.byteLength(row.statusMessage)).toBe(4_096);
    expect(Buffer.byteLength(row.attributes[0]!.value)).toBe(32_768);
  });
});

describe("transform, on what rows share", () => {
  it("changes resources and scopes, each once and to the same object", () => {
    const processor = transformOf(
      'set(resource.attributes["team"], "a") where resource.attributes["service.name"] == "shop"',
      'delete(resource.attributes["host"])',
      'set(scope.attributes["s"], scope.name)',
    );
    const [first, second] = [logBatch({ body: "a" }, { body: "b" }), logBatch({ body: "c" })];
    processor.process(first, "default");
    processor.process(second, "default");
    const row = logRow(first, 1);
    expect(plain(row.resource.attributes)).toEqual({ "service.name": "shop", team: "a" });
    expect(plain(row.scope.attributes)).toEqual({ s: "lib" });
    expect(logRow(second, 0).resource).toBe(row.resource);
    expect(logRow(second, 0).scope).toBe(row.scope);
  });

  it("gives a service its new name", () => {
    const batch = changed(
      logBatch({ body: "a" }),
      'set(resource.attributes["service.name"], "bank")',
    );
    expect(logRow(batch, 0).resource.service).toBe("bank");
  });

  it("changes series: names, units and attributes", () => {
    const batch = changed(
      points(
        "shop",
        { metric: "a", attributes: { x: "1", y: "2" } },
        { metric: "b", attributes: { x: "1" } },
      ),
      'set(metric.name, concat("app.", metric.name)) where metric.name == "a"',
      'set(metric.unit, "ms")',
      'set(metric.description, attributes["y"])',
      'keep_keys(attributes, ["x"])',
      'set(datapoint.attributes["service"], resource.attributes["service.name"])',
      'set(metric.name, "")',
    );
    const [a, b] = [0, 1].map((row) => numberPointRow(batch, row).series);
    expect(a!.metric).toMatchObject({ name: "app.a", unit: "ms", description: "2" });
    expect(b!.metric).toMatchObject({ name: "b", unit: "ms", description: "" });
    expect(plain(a!.attributes)).toEqual({ x: "1", service: "shop" });
    expect(a!.id).not.toEqual(b!.id);
  });

  it("is not changed by what only a row has", () => {
    expect(problemOf('set(resource.attributes["a"], span.name)')).toContain(
      'resources have no field "span.name"',
    );
    expect(problemOf('set(metric.name, "a") where value > 1')).toContain(
      'metric series have no field "value"',
    );
  });
});

describe("transform", () => {
  it("leaves signals alone that a statement is not about", () => {
    const batch = changed(logBatch({ body: "a" }), 'set(span.name, "x")', 'set(metric.unit, "s")');
    expect(logRow(batch, 0).body).toBe("a");
  });

  it("counts what it changed", () => {
    const processor = transformOf(
      'set(attributes["a"], 1) where body == "a"',
      'set(resource.attributes["b"], 1)',
    );
    processor.process(logBatch({ body: "a" }, { body: "b" }), "default");
    expect(processor.statistics!()).toEqual({ total_changes: 2 });
  });

  it.each([
    ['sett(attributes["a"], 1)', 'there is no statement "sett"; did you mean set?'],
    ['set(attributes["a"])', "set takes 2, and has 1"],
    ["set(attributes, 1)", "one attribute is set at a time"],
    ['set(attributes["a"]["b"], 1)', "only a whole attribute or body can be changed"],
    ['set(trace_id, "a")', "this cannot be changed"],
    ['set("a", "b")', "this cannot be changed"],
    ["set(kind, 1)", "this cannot be changed"],
    ['set(severity_number, "warn")', "this is set to a number; what follows is a string"],
    ["set(name, [1])", "this is set to a text; what follows is a list"],
    ['set(attributes["a"], duration)', "a duration is set as a number: write milliseconds"],
    ['rename(attributes["a"], resource.attributes["b"])', "an attribute is renamed in its place"],
    ["delete(body)", "this is for one attribute"],
    ['keep_keys(attributes["a"], ["b"])', "this is for all attributes"],
    ['keep_keys(attributes, "b")', "the keys are a list in brackets"],
    ["keep_keys(attributes, [1])", "a key is written out, in quotes"],
    ['set(attributes["a"], 1) where 5', "a condition is true or false; this is an int"],
    ['set(attributes["a"], 1) if true', 'found "if", where an operator, or the end may stand'],
    ["set", "found the end, where ( after set may stand"],
    ["", "the name of what to do, such as set(…)"],
  ])("refuses %s", (statement, expected) => {
    const problem = problemOf(statement);
    expect(problem).toContain(expected);
    expect(problem).toContain("^");
  });

  it("has settings that can be written as JSON Schema", () => {
    const schema = z.toJSONSchema(settings, { io: "input" });
    expect(schema.properties).toMatchObject({ statements: { type: "array", minItems: 1 } });
  });
});
