import { z } from "zod";

/** A JSON Schema, as far as it is looked at here. */
export type Schema = Readonly<Record<string, unknown>>;

/** One setting, found by walking the schema of a component. */
export interface SchemaSetting {
  /** Its names from the top, with a point between two. */
  readonly path: string;
  readonly schema: Schema;
  /** Whether settings stand within it. */
  readonly isSection: boolean;
}

/** What a configuration may write for a component, as JSON Schema. @throws for a schema that has none. */
export function schemaOf(settings: z.ZodType): Schema {
  return z.toJSONSchema(settings, {
    io: "input",
    unrepresentable: "any",
    // They are left out where a value becomes another one: ours are always what people write.
    override: ({ zodSchema, jsonSchema }) => {
      const examples = z.globalRegistry.get(zodSchema)?.["examples"];
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  }) as Schema;
}

/** Every setting of a schema, those within sections, lists and alternatives included. */
export function settingsOf(schema: Schema, prefix = ""): SchemaSetting[] {
  return Object.entries(recordOf(schema["properties"])).flatMap(([name, value]) => {
    const property = recordOf(value);
    const path = `${prefix}${name}`;
    const inner = partsOf(property).flatMap((part) => settingsOf(part, `${path}.`));
    return [{ path, schema: property, isSection: inner.length > 0 }, ...inner];
  });
}

/** Settings that are enough for a component to be made, by the examples of those that must be given. */
export function exampleSettings(settings: z.ZodType): Record<string, unknown> {
  const schema = schemaOf(settings);
  const required = listOf(schema["required"]);
  const properties = recordOf(schema["properties"]);
  const examples: Record<string, unknown> = {};
  for (const name of required.map(String)) {
    const property = recordOf(properties[name]);
    if (property["default"] === undefined) examples[name] = examplesOf(property)[0];
  }
  return examples;
}

export function examplesOf({ examples }: Schema): readonly unknown[] {
  return listOf(examples);
}

/** Schemas that values of this one are made of. */
function partsOf(schema: Schema): Schema[] {
  const { items, additionalProperties, anyOf, oneOf } = schema;
  const alternatives = [...listOf(anyOf), ...listOf(oneOf)];
  const inner = [items, additionalProperties, ...alternatives].map(recordOf);
  return [schema, ...inner.filter((part) => Object.keys(part).length > 0).flatMap(partsOf)];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function recordOf(value: unknown): Schema {
  return typeof value === "object" && value !== null ? (value as Schema) : {};
}
