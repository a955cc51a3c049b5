import { expect, it } from "vitest";
import { z } from "zod";
import { SIGNALS } from "#core/signal.ts";
import type { Registered } from "../graph/registry.ts";
import { examplesOf, schemaOf, settingsOf } from "./settings-schema.ts";

/** A name of a setting whose value nobody else may see. */
const SECRET =
  /(password|passphrase|secret|token|salt|(api|shared|access|service|secret|app|application|license)key)$/i;
const SUMMARY_CHARACTERS_MAX = 160;
/** As configurations write them. */
const REFERENCE = /\$\{(env|file):[^}]+\}/;
/** A `${` that is none, nor the `$${` of one that is meant as it stands: a start would refuse it. */
const NO_REFERENCE = /(?<!\$)\$\{(?!(env|file):[^}]+\})/;
/** What no setting of any component takes. */
const WRONG = [[[[]]]];

/** What holds for the definition of a component of any kind. Called within a `describe`. */
export function definitionConforms(
  component: Registered<never, unknown>,
  settings: Readonly<Record<string, unknown>>,
): void {
  const { type, summary, signals } = component;

  it("has a type in lower case, one sentence for people, and signals", () => {
    expect(type).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    expect(summary).toMatch(/^[A-Z][^\n]*[^.]\.$/);
    expect(summary).not.toMatch(/\. [A-Z]/);
    expect(summary.length).toBeLessThanOrEqual(SUMMARY_CHARACTERS_MAX);
    expect(SIGNALS).toEqual(expect.arrayContaining(Object.keys(signals)));
    expect(Object.keys(signals)).not.toEqual([]);
  });

  it("describes every setting, and gives its default or an example", () => {
    const schema = schemaOf(component.settings);
    expect(schema["type"]).toBe("object");
    const listed = settingsOf(schema);
    expect(listed.filter((one) => !isDescribed(one.schema)).map(({ path }) => path)).toEqual([]);
    const unexplained = listed.filter((one) => !one.isSection && !isExplained(one.schema));
    expect(unexplained.map(({ path }) => path)).toEqual([]);
  });

  it("marks its secrets", () => {
    const secrets = settingsOf(schemaOf(component.settings)).filter(
      ({ path, schema }) => SECRET.test(path) && schema["type"] === "string",
    );
    const unmarked = secrets.filter(({ schema }) => schema["secret"] !== true);
    expect(unmarked.map(({ path }) => path)).toEqual([]);
  });

  it("takes the examples that it gives", () => {
    const refused = Object.entries(shapeOf(component.settings)).flatMap(([name, schema]) =>
      examplesOf(schemaOf(schema))
        // References are resolved before a component sees them.
        .filter((example) => !REFERENCE.test(JSON.stringify(example)))
        .filter((example) => !schema.safeParse(example).success)
        .map((example) => `${name}: ${JSON.stringify(example)}`),
    );
    expect(refused).toEqual([]);
    expect(component.parse(settings)).toMatchObject({ success: true });
  });

  it("gives examples that a configuration may have: `${env:NAME}`, and not `${NAME}`", () => {
    const refused = settingsOf(schemaOf(component.settings)).flatMap(({ path, schema }) =>
      examplesOf(schema)
        .filter((example) => NO_REFERENCE.test(JSON.stringify(example)))
        .map((example) => `${path}: ${JSON.stringify(example)}`),
    );
    expect(refused).toEqual([]);
  });

  it("refuses a setting that it does not have, by its name", () => {
    const parsed = component.parse({ ...settings, no_such_setting: 1 });
    expect(parsed).toMatchObject({
      success: false,
      issues: [{ code: "unrecognized_keys", keys: ["no_such_setting"] }],
    });
  });

  it("refuses a wrong value at its place, and says what is allowed", () => {
    for (const name of Object.keys(shapeOf(component.settings))) {
      const parsed = component.parse({ ...settings, [name]: WRONG });
      const issues = parsed.success ? [] : parsed.issues;
      const found = issues.find(({ path }) => path[0] === name);
      expect.soft(found, `${name} takes ${JSON.stringify(WRONG)}`).toBeDefined();
      expect.soft(found?.message, `${name} says what is allowed`).not.toBe("Invalid input");
    }
  });
}

function isDescribed({ description }: Readonly<Record<string, unknown>>): boolean {
  return typeof description === "string" && /^\S.{8,}[.!?)]$/s.test(description);
}

/** Whether people see what may stand there. */
function isExplained(schema: Readonly<Record<string, unknown>>): boolean {
  if (schema["default"] !== undefined || examplesOf(schema).length > 0) return true;
  return schema["type"] === "boolean" || Array.isArray(schema["enum"]) || "const" in schema;
}

function shapeOf(settings: z.ZodType): Readonly<Record<string, z.ZodType>> {
  return settings instanceof z.ZodObject ? (settings.shape as Record<string, z.ZodType>) : {};
}
