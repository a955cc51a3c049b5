import { referencesIn } from "./references.ts";

/** What stands in the place of a secret that is shown. */
export const MASK = "********";

/** A part of a JSON Schema: a setting is a secret where it has `secret: true`. */
export type MaskSchema = Readonly<Record<string, unknown>>;

/** Settings that are taken for secrets by their names, also where nobody said that they are. */
const SECRET_NAME =
  /secret|passw|token|credential|authorization|cookie|(api|access|private|service)[-_]?key/i;
const URL_CREDENTIALS = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/i;

/**
 * Settings as they may be shown: of a secret the references stay as they are written, and what is written
 * out does not.
 */
export function maskSecrets(value: unknown, schema: MaskSchema = {}): unknown {
  return maskAt(value, "", alternatives(schema), false);
}

function maskAt(
  value: unknown,
  name: string,
  schemas: readonly MaskSchema[],
  isInSecret: boolean,
): unknown {
  const isSecret =
    isInSecret || SECRET_NAME.test(name) || schemas.some((schema) => schema["secret"] === true);
  if (typeof value === "string")
    return isSecret ? maskedText(value) : value.replace(URL_CREDENTIALS, `$1${MASK}@`);
  if (Array.isArray(value)) {
    const items = schemas.flatMap((schema) => alternatives(schema["items"]));
    return value.map((item) => maskAt(item, "", items, isSecret));
  }
  if (typeof value !== "object" || value === null)
    return isSecret && typeof value === "number" ? MASK : value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      maskAt(
        item,
        key,
        schemas.flatMap((schema) => childrenAt(schema, key)),
        isSecret,
      ),
    ]),
  );
}

function childrenAt(schema: MaskSchema, key: string): readonly MaskSchema[] {
  const { properties, additionalProperties } = schema;
  if (isSchema(properties) && Object.hasOwn(properties, key)) return alternatives(properties[key]);
  return alternatives(additionalProperties);
}

/** A schema with all that it may be instead. */
function alternatives(schema: unknown): readonly MaskSchema[] {
  if (!isSchema(schema)) return [];
  const others = ["anyOf", "oneOf", "allOf"].flatMap((key) => {
    const list = schema[key];
    return Array.isArray(list) ? list.flatMap(alternatives) : [];
  });
  return [schema, ...others];
}

function isSchema(value: unknown): value is MaskSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function maskedText(text: string): string {
  let masked = "";
  let from = 0;
  for (const { index, written } of referencesIn(text)) {
    masked += (index > from ? MASK : "") + written;
    from = index + written.length;
  }
  return masked + (text.length > from ? MASK : "");
}

/** Settings that were shown and come back: what is masked is what stood in the same place `before`. */
export function unmask(value: unknown, before: unknown): unknown {
  if (typeof value === "string")
    return value.includes(MASK) && maskSecretsAlike(before, value) ? before : value;
  if (Array.isArray(value))
    return value.map((item, index) =>
      unmask(item, Array.isArray(before) ? before[index] : undefined),
    );
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      unmask(item, isSchema(before) && Object.hasOwn(before, key) ? before[key] : undefined),
    ]),
  );
}

function maskSecretsAlike(before: unknown, shown: string): boolean {
  if (typeof before === "number") return shown === MASK;
  if (typeof before !== "string") return false;
  return maskedText(before) === shown || before.replace(URL_CREDENTIALS, `$1${MASK}@`) === shown;
}
