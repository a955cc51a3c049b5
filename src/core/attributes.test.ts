import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Attribute,
  ATTRIBUTE_TYPES,
  attributeValue,
  type MetricDescriptor,
  Resource,
  Scope,
  Series,
  textOfDouble,
} from "./attributes.ts";

const attribute = fc.record({
  key: fc.string({ unit: "grapheme", maxLength: 8 }),
  value: fc.string({ unit: "grapheme", maxLength: 8 }),
  type: fc.constantFrom(...Object.values(ATTRIBUTE_TYPES)),
});
const attributes = fc.uniqueArray(attribute, { maxLength: 6, selector: ({ key }) => key });

const text = (key: string, value: string): Attribute => ({
  key,
  value,
  type: ATTRIBUTE_TYPES.string,
});
const METRIC: MetricDescriptor = {
  name: "requests",
  description: "How many",
  unit: "1",
  type: "sum",
  temporality: 2,
  monotonic: true,
};
const RESOURCE = new Resource([text("service.name", "shop")]);
const SCOPE = new Scope("library", "1.0");

describe("identity", () => {
  it("is the same whatever the order of the attributes", () => {
    fc.assert(
      fc.property(attributes, fc.nat(), (list, turn) => {
        const at = list.length === 0 ? 0 : turn % list.length;
        const turned = [...list.slice(at), ...list.slice(0, at)];
        expect(new Resource(turned, "url").id).toEqual(new Resource(list, "url").id);
        expect(new Scope("n", "v", turned).id).toEqual(new Scope("n", "v", list).id);
        expect(new Series(METRIC, RESOURCE, SCOPE, turned).id).toEqual(
          new Series(METRIC, RESOURCE, SCOPE, list).id,
        );
      }),
      { seed: 1 },
    );
  });

  it("differs when the attributes do", () => {
    const sorted = (list: readonly Attribute[]): string =>
      JSON.stringify(list.toSorted((a, b) => (a.key < b.key ? -1 : 1)));
    fc.assert(
      fc.property(attributes, attributes, (a, b) => {
        fc.pre(sorted(a) !== sorted(b));
        expect(new Resource(a).id).not.toEqual(new Resource(b).id);
      }),
      { seed: 1 },
    );
  });

  it("differs when anything else does, and where one part ends and the next begins", () => {
    const ids = [
      RESOURCE.id,
      new Resource([text("service.name", "shop")], "url").id,
      new Resource([{ ...text("service.name", "shop"), type: ATTRIBUTE_TYPES.bytes }]).id,
      new Resource([text("service.names", "hop")]).id,
      new Resource([]).id,
      new Scope("", "").id,
      new Scope("library", "1.0").id,
      new Scope("library1", ".0").id,
      new Scope("library", "1.0", [text("a", "b")]).id,
      new Scope("library", "1.0", [], "url").id,
      ...[
        {},
        { name: "request" },
        { unit: "s" },
        { type: "gauge" as const },
        { temporality: 1 as const },
        { monotonic: false },
      ].map((change) => new Series({ ...METRIC, ...change }, RESOURCE, SCOPE, []).id),
      new Series(METRIC, new Resource([]), SCOPE, []).id,
      new Series(METRIC, RESOURCE, new Scope("", ""), []).id,
      new Series(METRIC, RESOURCE, SCOPE, [text("a", "b")]).id,
    ];
    expect(new Set(ids.map(({ low, high }) => `${low}:${high}`)).size).toBe(ids.length);
  });

  it("of a series does not depend on the description of its metric", () => {
    const described = new Series({ ...METRIC, description: "other" }, RESOURCE, SCOPE, []);
    expect(described.id).toEqual(new Series(METRIC, RESOURCE, SCOPE, []).id);
  });

  it("stays what it is: stored rows name it", () => {
    const digest = createHash("sha256").update("8:resource0:12:service.name1:s4:shop").digest();
    expect(RESOURCE.id).toEqual({ low: digest.readUInt32LE(0), high: digest.readUInt32LE(4) });
  });
});

describe("Resource", () => {
  it("has the service that its attributes name, or says that it is unknown", () => {
    expect(RESOURCE.service).toBe("shop");
    expect(new Resource([]).service).toBe("unknown_service");
    expect(new Resource([text("service.name", "")]).service).toBe("unknown_service");
  });
});

describe("attributeValue", () => {
  const { int, double, bool, array, kvlist, bytes, empty, string } = ATTRIBUTE_TYPES;
  it.each([
    ["text", string, "text"],
    ["5", string, "5"],
    ["5", int, 5],
    ["-9007199254740991", int, -9_007_199_254_740_991],
    ["9007199254740993", int, "9007199254740993"],
    ["-9223372036854775808", int, "-9223372036854775808"],
    ["0.1", double, 0.1],
    ["-0", double, -0],
    ["1e+300", double, 1e300],
    ["NaN", double, "NaN"],
    ["-Infinity", double, "-Infinity"],
    ["", double, ""],
    ["true", bool, true],
    ["false", bool, false],
    ['["a",1,null,{"b":[]}]', array, ["a", 1, null, { b: [] }]],
    ['{"a":{"b":true}}', kvlist, { a: { b: true } }],
    ['["cut of', array, '["cut of'],
    ['{"a":', kvlist, '{"a":'],
    ["AQID", bytes, "AQID"],
    ["", empty, null],
    ["text", 0x3f, "text"],
  ])("gives %j of type %d as %j", (stored, type, value) => {
    expect(attributeValue(stored, type)).toEqual(value);
  });

  it("reads every double back from its text", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(attributeValue(textOfDouble(value), double)).toBe(value);
      }),
      { seed: 1 },
    );
  });

  it("gives __proto__ as a key like any other", () => {
    const value = attributeValue('{"__proto__":{"a":1}}', kvlist) as object;
    expect(Object.keys(value)).toEqual(["__proto__"]);
  });
});
