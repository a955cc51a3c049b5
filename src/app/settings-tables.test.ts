import { describe, expect, it } from "vitest";
import { z } from "zod";
import { schemaOf } from "#pipeline/conformance/settings-schema.ts";
import { settingsTables } from "./settings-tables.ts";

/** The rows of the tables, and the headings between them. */
function told(settings: z.ZodType, prefix?: string): string[] {
  return settingsTables(schemaOf(settings), prefix).filter(
    (line) => line !== "" && !line.startsWith("| setting") && !line.startsWith("|---"),
  );
}

describe("the tables of settings", () => {
  it("say what must be given, what holds else, and what is a secret", () => {
    const settings = z.strictObject({
      url: z.url().describe("Where to."),
      count: z.int().default(3).describe("How many,\nat most."),
      token: z.string().optional().describe("A | B.").meta({ secret: true }),
    });
    expect(told(settings, "delivery.")).toEqual([
      "| `delivery.url` | string | required | Where to. |",
      "| `delivery.count` | integer | `3` | How many, at most. |",
      "| `delivery.token` | string |  | A \\| B. A secret. |",
    ]);
  });

  it("have the settings within sections, lists, maps and what may be null", () => {
    const inner = z.strictObject({ name: z.string().describe("Its name.") });
    const settings = z.strictObject({
      section: inner.describe("A section."),
      list: z.array(inner).describe("A list."),
      map: z.record(z.string(), inner).describe("A map."),
      none: inner.nullable().describe("Or nothing."),
    });
    expect(told(settings)).toEqual([
      "| `section` | object | required | A section. |",
      "| `section.name` | string | required | Its name. |",
      "| `list` | list of object | required | A list. |",
      "| `list[].name` | string | required | Its name. |",
      "| `map` | map of object | required | A map. |",
      "| `map.*.name` | string | required | Its name. |",
      "| `none` | object or null | required | Or nothing. |",
      "| `none.name` | string | required | Its name. |",
    ]);
  });

  it("tell each kind of object that an entry may be once, however deep it is met again", () => {
    const kind = <Type extends string>(type: Type) => z.literal(type).describe("Which.");
    const one = z.strictObject({ type: kind("one"), n: z.int().describe("A number.") });
    const three = z.strictObject({ type: kind("three") }).describe("The three.");
    const two = z.strictObject({
      type: kind("two"),
      of: z.array(z.discriminatedUnion("type", [one, three])).describe("Of these."),
    });
    const settings = z.strictObject({
      entries: z
        .array(z.discriminatedUnion("type", [one.describe("The one."), two.describe("The two.")]))
        .describe("Entries."),
    });
    expect(told(settings)).toEqual([
      "| `entries` | list of object with `type: one`, `type: two` | required | Entries. |",
      "### What `entries[]` may be",
      "#### `type: one`",
      "The one.",
      '| `type` | `"one"` | required | Which. |',
      "| `n` | integer | required | A number. |",
      "#### `type: two`",
      "The two.",
      '| `type` | `"two"` | required | Which. |',
      "| `of` | list of object with `type: one`, `type: three` | required | Of these. |",
      "### What `of[]` may be",
      "#### `type: three`",
      "The three.",
      '| `type` | `"three"` | required | Which. |',
    ]);
  });

  it("say that there are none", () => {
    expect(told(z.strictObject({}))).toEqual(["None."]);
  });
});
