import type { Component } from "./component.ts";

/** A processor that sets an attribute on spans and log records, by the names of its files. */
export function processorFiles({ type, file, value, name }: Component): Record<string, string> {
  return {
    "settings.ts": `import { z } from "zod";
import { ROW_LIMITS } from "#core/limits.ts";

export const settings = z.strictObject({
  key: z
    .string()
    .min(1)
    .max(ROW_LIMITS.attributeKeyBytesMax)
    .describe("The attribute that rows get.")
    .meta({ examples: ["team"] }),
  value: z.string().default("yes").describe("Its value."),
});

export type ${name}Settings = z.output<typeof settings>;
`,
    [`${file}.ts`]: `import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import type { Batch } from "#core/batch.ts";
import { editAttributes } from "#core/edit/edit-attributes.ts";
import { AttributeKey } from "#core/row-access.ts";
import { defineComponent, type Processor } from "#pipeline/component.ts";
import { settings, type ${name}Settings } from "./settings.ts";

/**
 * Sets an attribute on spans and log records; points of metrics pass.
 *
 * @example
 * processors:
 *   ${type}: { key: team, value: checkout }
 */
export const ${value} = defineComponent({
  kind: "processor",
  type: "${type}",
  summary: "Sets an attribute on spans and log records.",
  signals: { traces: "experimental", logs: "experimental" },
  settings,
  create: (given: ${name}Settings) => new ${name}Processor(given),
});

class ${name}Processor implements Processor {
  private readonly key: AttributeKey;
  private readonly value: string;
  private changed = 0;

  constructor({ key, value }: ${name}Settings) {
    this.key = new AttributeKey(key);
    this.value = value;
  }

  process(batch: Batch): void {
    if (batch.signal === "metrics") return;
    this.changed += editAttributes(batch, batch.selection, (row) => {
      row.set(this.key, this.value, ATTRIBUTE_TYPES.string);
    });
  }

  /** Rows that got the attribute since the start. */
  statistics(): Readonly<Record<string, number>> {
    return { total_changed: this.changed };
  }
}
`,
    [`${file}.test.ts`]: `import { expect, it } from "vitest";
import { attributesOfRow } from "#core/attributes.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import type { ProcessorContext } from "#pipeline/component.ts";
import { logs, points } from "#pipeline/testing/batches.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { ${value} } from "./${file}.ts";

function made(written: Readonly<Record<string, unknown>>) {
  const context = { name: "${type}", clock: new FakeClock() } as unknown as ProcessorContext;
  return ${value}.create(${value}.settings.parse(written), context);
}

it("sets the attribute on rows that are left, and counts them", () => {
  const processor = made({ key: "team", value: "checkout" });
  const batch = logs("shop", { body: "one", attributes: { team: "old" } }, { body: "two" });
  batch.selection.drop(1);
  processor.process(batch, DEFAULT_ORG);
  expect(attributesOfRow(batch.attributes, 0)).toMatchObject([{ key: "team", value: "checkout" }]);
  expect(attributesOfRow(batch.attributes, 1)).toEqual([]);
  expect(processor.statistics?.()).toEqual({ total_changed: 1 });
});

it("lets points of metrics pass", () => {
  const processor = made({ key: "team" });
  processor.process(points("shop", { metric: "queue" }), DEFAULT_ORG);
  expect(processor.statistics?.()).toEqual({ total_changed: 0 });
});
`,
    "README.md": `# ${type}

Sets an attribute on spans and log records. Points of metrics pass.

- What is set takes the place of what a row had under that key.
- \`total_changed\` in its statistics is the number of rows that got it since the start.
`,
  };
}
