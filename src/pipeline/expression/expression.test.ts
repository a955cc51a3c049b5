import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LogBuilder } from "#core/build/log-builder.ts";
import type { AttributeInput } from "#core/build/attribute-input.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { checkExpression } from "./check.ts";
import { compileValue } from "./compile.ts";
import { compileCondition, compileConditions, conditionSetting } from "./condition.ts";
import { ExpressionError } from "./expression-error.ts";
import { type Context, FIELDS } from "./fields.ts";
import { FUNCTIONS } from "./functions.ts";
import { parseExpression, parseStatement } from "./parser.ts";
import { points, spans } from "../testing/batches.ts";
import type { Value } from "./value.ts";

const WINDOW = { oldestMs: 0, newestMs: 8e15 };

function logOf(
  attributes: Readonly<Record<string, AttributeInput>>,
  body: AttributeInput = null,
): LogBatch {
  const builder = new LogBuilder({ observedNs: 5n, window: WINDOW });
  builder.group({ "service.name": "shop", "k8s.namespace.name": "prod" }, { name: "lib" });
  builder.add({
    timeNs: 1_750_000_000_000_000_001n,
    severity: 13,
    severityText: "WARN",
    body,
    attributes,
  });
  return builder.finish(0);
}

const LOG = logOf(
  {
    n: 5,
    big: 2n ** 60n,
    d: 0.5,
    t: "GET /a",
    yes: true,
    nothing: null,
    bytes: new Uint8Array([1, 2]),
    m: { k: [1, "x"] },
  },
  "request took 35ms",
);

function valueOf(source: string, batch = LOG): Value {
  const compiled = compileValue(checkExpression(parseExpression(source), source, "logs"), "logs");
  compiled.bind(batch);
  return compiled.evaluate(0);
}

function errorOf(source: string, context: Context = "logs"): string {
  try {
    compileCondition(source, context);
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
  throw new Error(`${source} is valid`);
}

describe("a value", () => {
  it.each<[string, Value]>([
    ["severity_number", 13],
    ["SEVERITY_NUMBER_WARN2 - severity_number", 1],
    ["time_unix_nano", 1_750_000_000_000_000_001n],
    ["trace_id", ""],
    ['attributes["n"]', 5],
    ['attributes["big"]', 2n ** 60n],
    ['attributes["nothing"]', null],
    ['attributes["none"]', null],
    ['attributes["m"]["k"][1]', "x"],
    ['attributes["m"]["k"][2]', null],
    ['attributes["t"]["k"]', null],
    ['resource.attributes["k8s.namespace.name"]', "prod"],
    ["scope.name", "lib"],
    ["instrumentation_scope.name", "lib"],
    ["log.severity_text", "WARN"],
  ])("of a field: %s is %s", (source, expected) => {
    expect(valueOf(source)).toEqual(expected);
  });

  it.each<[string, Value]>([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3 % 4", 1],
    ["7 / 2", 3.5],
    ["1 / 0", null],
    ["1 % 0", null],
    ["9223372036854775807 + 1", null],
    ["-9223372036854775808", -(2n ** 63n)],
    ["9007199254740991 + 2", 9007199254740993n],
    ['attributes["none"] + 1', null],
    ['attributes["t"] + 1', null],
    ['-attributes["n"]', -5],
    ["string(1h30m / 2)", "45m"],
    ["seconds(250ms * 4)", 1],
  ])("of arithmetic: %s is %s", (source, expected) => {
    expect(valueOf(source)).toEqual(expected);
  });

  it.each<[string, Value]>([
    ['lower("ÀB")', "àb"],
    ['upper(attributes["n"])', "5"],
    ['lower(attributes["none"])', null],
    ['concat("a", nil, 1, attributes["m"])', 'a1{"k":[1,"x"]}'],
    ['concat(["a", "b"], "-")', "a-b"],
    ['Concat(["a", "b"], "-")', "a-b"],
    ['replace("a.b.c", ".", "")', "abc"],
    ['replace("id 17 of 18", /(\\d)(?<last>\\d)/, "${last}$1$$$9")', "id 71$ of 81$"],
    ['split("a,b,,c", ",")', ["a", "b", "", "c"]],
    ['split("a,b", ",")[1]', "b"],
    ['substring("héllo", 1, 3)', "éll"],
    ['substring("hello", 3)', "lo"],
    ['substring("a😀", 0, 2)', "a\ufffd"],
    ['len("héllo")', 5],
    ['len(attributes["m"])', 1],
    ["len(true)", null],
    ['int("-12")', -12],
    ['int("12.5")', null],
    ["int(12.9)", 12],
    ["int(true)", 1],
    ['int("99999999999999999999")', null],
    ['double("1e3")', 1000],
    ['double("x")', null],
    ["string(0.5)", "0.5"],
    ['string(attributes["m"])', '{"k":[1,"x"]}'],
    ['coalesce(attributes["none"], attributes["t"], "z")', "GET /a"],
    ['sha256("abc")', "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    ['SHA256("abc")', "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    ['ParseJSON("{\\"a\\":[1]}")["a"][0]', 1],
    ['parse_json("{")', null],
    ['parse_json("{\\"__proto__\\":1}")["toString"]', null],
    ["trim(body)", "request took 35ms"],
  ])("of a function: %s is %s", (source, expected) => {
    expect(valueOf(source)).toEqual(expected);
  });

  it("that is text has a bound, however it is multiplied", () => {
    const wide = `concat(${Array.from({ length: 100 }, () => "body").join(", ")})`;
    const batch = logOf({}, "x".repeat(100_000));
    expect(valueOf(wide, batch)).toHaveLength(262_144);
    const swollen =
      'replace(replace(replace(body, "x", "xxxxxxxx"), "x", "xxxxxxxx"), /x/, "xxxxxxxx")';
    expect(valueOf(swollen, batch)).toHaveLength(262_144);
    expect(valueOf(`len(split(body, "x"))`, batch)).toBe(1_024);
  });

  it("that is parsed from JSON is nil where it is nested too deeply, brackets in quotes aside", () => {
    expect(valueOf("parse_json(body)", logOf({}, `${"[".repeat(65)}${"]".repeat(65)}`))).toBeNull();
    const quoted = `["${"]".repeat(100)}", ${"[".repeat(64)}${"]".repeat(64)}]`;
    expect(valueOf("parse_json(body)", logOf({}, quoted))).toBeNull();
    expect(valueOf('parse_json(body)["k"]', logOf({}, `{"k":"${"[".repeat(100)}"}`))).toBe(
      "[".repeat(100),
    );
  });
});

describe("a condition", () => {
  it.each<[string, boolean]>([
    ['attributes["none"] == nil', true],
    ['attributes["nothing"] == nil', true],
    ['attributes["n"] != null', true],
    ['attributes["none"] == "x"', false],
    ['attributes["none"] != "x"', true],
    ['attributes["none"] < 1', false],
    ['not (attributes["none"] < 1)', true],
    ['attributes["none"] and true', false],
    ['attributes["yes"]', true],
    ['attributes["yes"] and attributes["n"]', false],
    ['attributes["n"] == "5"', false],
    ['attributes["bytes"] == "AQI="', true],
    ['attributes["m"] == "x"', false],
    ['attributes["n"] == 5.0', true],
    ['attributes["big"] == 1152921504606846976', true],
    ['attributes["big"] > 1152921504606846975', true],
    ['attributes["t"] > 1', false],
    ['attributes["t"] >= "GET"', true],
    ['attributes["t"] in ["POST", "GET /a"]', true],
    ['attributes["t"] not in ["POST", "GET /a"]', false],
    ["severity_number in [1, SEVERITY_NUMBER_WARN]", true],
    ["severity_number >= SEVERITY_NUMBER_WARN and not false or false", true],
    ["not true == false", true],
    ["is_match(body, /TOOK \\d+ms$/i)", true],
    ['IsMatch(body, "^took")', false],
    ['is_match(attributes["none"], /x/)', false],
    ['starts_with(attributes["n"], "5")', true],
    ['attributes["m"]["k"] == [1, "x"]', true],
  ])("%s is %s", (source, expected) => {
    const condition = compileCondition(source, "logs");
    condition.bind(LOG);
    expect(condition.evaluate(0)).toBe(expected);
  });

  it("of spans compares durations", () => {
    const batch = spans("shop", { spanId: "1", durationNs: 250_000_000n }, { spanId: "2" });
    const condition = compileCondition(
      'duration >= 250ms and resource.attributes["service.name"] == "shop"',
      "traces",
    );
    condition.bind(batch);
    expect([0, 1].map(condition.evaluate)).toEqual([true, false]);
  });

  it("of metrics is about points and their series", () => {
    const batch = points(
      "shop",
      { metric: "a", value: 3 },
      { metric: "b", value: 3, attributes: { x: "y" } },
    );
    const condition = compileCondition(
      'metric.name == "b" and attributes["x"] == "y" and value > 2',
      "metrics",
    );
    condition.bind(batch);
    expect([0, 1].map(condition.evaluate)).toEqual([false, true]);
  });

  it("for all signals is compiled for those that have its fields", () => {
    expect(Object.keys(compileConditions('attributes["a"] == 1'))).toHaveLength(3);
    expect(Object.keys(compileConditions("span.duration > 1s"))).toEqual(["traces"]);
    expect(Object.keys(compileConditions('trace_id == ""'))).toEqual(["traces", "logs"]);
  });

  it.each([
    ["log.bdy == 1", 'log records have no field "log.bdy"; did you mean body?'],
    [
      "severity_numbr > 1",
      'log records have no field "severity_numbr"; did you mean severity_number?',
    ],
    ["kind == 1 and severity_number > 1", 'spans have no field "severity_number"'],
    ["body < nil and true", "nil has no order"],
  ])("that fits no signal is refused with what says most: %s", (source, expected) => {
    expect(() => compileConditions(source)).toThrow(expected);
  });

  it("in a configuration is refused with the place of the fault", () => {
    expect(conditionSetting().safeParse("name == 'x'").success).toBe(true);
    const { error } = conditionSetting().safeParse("name == 5 and kind == 1");
    expect(error?.issues[0]?.message).toContain("a string is never equal to an int\n  name == 5");
  });
});

describe("an error", () => {
  it("shows the place, says what was found and what is allowed", () => {
    expect(errorOf("severity_numbr >= 9")).toBe(
      'log records have no field "severity_numbr"; did you mean severity_number? They have body, ' +
        "severity_number, severity_text, event_name, attributes, trace_id, span_id, flags, " +
        "time_unix_nano, observed_time_unix_nano, resource.attributes, resource.schema_url, " +
        "scope.name, scope.version, scope.schema_url, scope.attributes\n" +
        "  severity_numbr >= 9\n" +
        "  ^^^^^^^^^^^^^^",
    );
  });

  it.each([
    ["severity_number = 9", 'found "="; write =='],
    ["true && false", 'found "&&"; write and'],
    ["(true", "found the end, where ) may stand"],
    ["true)", 'found ")", where an operator, or the end may stand'],
    ["", "found the end, where a value may stand"],
    ["1 < 2 < 3", "comparisons cannot be chained"],
    ['attributes["a"', "found the end, where ] may stand"],
    ["attributes[severity_text]", "a key in quotes"],
    ["attributes[0] == 1", 'attributes have names: write attributes["name"]'],
    ['"abc', "the text is not closed"],
    ['"\\d"', "there is no escape \\d in a text"],
    ["is_match(body, /a)", "the regular expression is not closed"],
    ["is_match(body, /a(?=b)/)", "no look-ahead"],
    ["is_match(body, /(((a{30}){30}){30}/)", "not valid"],
    ["is_match(body, /(a{40}){24}(b{40}){24}(c{40}){24}/)", "too large"],
    ["is_match(body, severity_text)", "the pattern of is_match is written out"],
    ["is_match(body, /a/g)", "there is no flag g: flags are i, m, s"],
    ["is_match(body)", "is_match takes 2 values, and has 1"],
    ["strats_with(body, 'a')", 'no function "strats_with"; did you mean starts_with?'],
    ["severity_number", "a condition is true or false; this is an int"],
    ["true and severity_text", "what follows and is true or false; this is a string"],
    ['severity_number == "warn"', "an int is never equal to a string"],
    ["severity_text == nil", 'this is never nil: compare it with ""'],
    ["body < nil", "nil has no order"],
    ['severity_text + "a" == ""', "texts are joined by concat(a, b)"],
    ["severity_number in [1, 'x']", "an int is never equal to a string"],
    ["5x == 5", 'a number is followed by "x"; units are d, h, m, s, ms, us, µs, ns'],
    ["9223372036854775808 == 1", "beyond 64 bits"],
    ["1e999 == 1.0", "too large for a double"],
    ["/a/ == body", "a regular expression can only be given to"],
    [`${"(".repeat(65)}true${")".repeat(65)}`, "more than 64 within each other"],
    [Array.from({ length: 300 }, () => "true").join(" and "), "more than 512 values and operators"],
    [`"${"x".repeat(9_000)}" == body`, "more than 8192 characters"],
  ])("for %s", (source, expected) => {
    expect(errorOf(source)).toContain(expected);
  });

  it("for a duration says how one is written", () => {
    expect(errorOf("duration > 250", "traces")).toContain(
      "a duration is compared with a duration, such as 250ms; this is an int",
    );
  });

  it("in a long source shows only what is around the place", () => {
    const message = errorOf(`${"true and ".repeat(40)}nme and ${"true and ".repeat(40)}true`);
    expect(message.split("\n")[1]!.length).toBeLessThan(130);
    const [, shown, carets] = message.split("\n");
    expect(shown!.slice(carets!.indexOf("^"), carets!.lastIndexOf("^") + 1)).toBe("nme");
  });
});

describe("the functions", () => {
  it.each(Object.entries(FUNCTIONS))("%s has an example that is valid", (name, { example }) => {
    expect(example.startsWith(`${name}(`)).toBe(true);
    const contexts: Context[] = ["traces", "logs"];
    const valid = contexts.filter((context) => {
      try {
        return checkExpression(parseExpression(example), example, context);
      } catch {
        return false;
      }
    });
    expect(valid).not.toEqual([]);
  });
});

describe("the page about the language", () => {
  const page = readFileSync(
    new URL("../../../docs/formats/expressions.md", import.meta.url),
    "utf8",
  );
  const block = (kind: string): string[] => {
    const [, text] = new RegExp(`\\n\`\`\`${kind}\\n(.*?)\\n\`\`\``, "s").exec(page)!;
    return text!.split("\n");
  };

  it("has examples that are valid", () => {
    for (const example of block("text")) expect(() => compileConditions(example)).not.toThrow();
    for (const example of block("statements")) expect(() => parseStatement(example)).not.toThrow();
  });

  it("names every function and field", () => {
    for (const name of Object.keys(FUNCTIONS)) expect(page).toContain(`${name}(`);
    const fields = Object.values(FIELDS).flatMap((of) => Object.keys(of));
    for (const field of fields)
      expect(page).toMatch(new RegExp(`\`${field.replace(".", "\\.")}[\`\\[]`));
  });
});
