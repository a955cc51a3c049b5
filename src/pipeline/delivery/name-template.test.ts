import { describe, expect, it } from "vitest";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import type { Row } from "./delivery.ts";
import {
  nameTemplate,
  nameTemplateSetting,
  type PlaceholderKind,
  placeholderValue,
  whyNoTemplate,
} from "./name-template.ts";
import { sentLog, sentPoint, sentSeries, sentSpan, textAttribute } from "./testing/sent-rows.ts";

const ALL: readonly PlaceholderKind[] = ["org", "signal", "level", "time", "resource", "attribute"];

function filled(text: string, row: Row): string {
  return nameTemplate(text, ALL)
    .map((part) => (typeof part === "string" ? part : placeholderValue(part, row, "acme")))
    .join("");
}

describe("a template", () => {
  const log = sentLog({
    severity: 13,
    attributes: [
      textAttribute("user", "eve"),
      { key: "size", value: "7", type: ATTRIBUTE_TYPES.int },
    ],
  });

  it.each([
    ["plain", "plain"],
    ["{org}/{signal}", "acme/logs"],
    ["{level}", "warn"],
    ["{service.name}@{host.name}", "shop@web-1"],
    ["{resource.service.name}", "shop"],
    ["{attribute.user} {attribute.size}", "eve 7"],
    ["{yyyy-MM-dd}", "2025-11-27"],
    ["a-{yyyy.MM.dd}-{HH}", "a-2025.11.27-16"],
    ["<{no.such}{attribute.none}>", "<>"],
  ])("of %s is filled in with what a row has", (text, expected) => {
    expect(filled(text, log)).toBe(expected);
  });

  it("names rows of every kind", () => {
    const point = sentPoint(sentSeries({}, [textAttribute("cpu", "1")]), 1);
    expect(filled("{signal} {level}{attribute.cpu}", point)).toBe("metrics 1");
    expect(filled("{signal} {level}", sentSpan())).toBe("traces ");
  });

  it.each(["{", "a}", "{{org}}", "{}", "{ org }", "{pod}", "{resource.}", "{attribute.}", "{org"])(
    "is not %s",
    (text) => {
      expect(whyNoTemplate(text, ALL)).toMatch(/is not known here|has no other/);
    },
  );

  it("that has what is not allowed is told what is", () => {
    const setting = nameTemplateSetting(["org", "time"], 20);
    expect(setting.safeParse("{org}-{yyyy}").success).toBe(true);
    expect(setting.safeParse("{signal}").error?.issues[0]?.message).toBe(
      "{signal} is not known here; there are {org} and times such as {yyyy-MM-dd} or {HH}",
    );
    expect(setting.safeParse("{{org}}").error?.issues[0]?.message).toBe(
      "a brace of it has no other",
    );
    expect(setting.safeParse("x".repeat(21)).success).toBe(false);
    expect(setting.safeParse("").success).toBe(false);
  });
});
