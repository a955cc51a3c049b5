import {
  type Attribute,
  attributeValue,
  type AttributeValue,
  type Resource,
} from "#core/attributes.ts";

/** What `fields` of an event may have: an object below it makes HEC refuse the event (code 15). */
export type FlatFields = Record<string, string | readonly string[]>;

/** Names of Splunk's own: a measurement of a metric, or an internal field. */
const RESERVED = /^(?:metric_name\b|_)|^$/;

/** Attributes without levels: those of an object get its name and a point before theirs, lists are several values. */
export function flatFields(attributes: readonly Attribute[]): FlatFields {
  const fields: [string, string | readonly string[]][] = [];
  for (const { key, value, type } of attributes) add(fields, key, attributeValue(value, type));
  return Object.fromEntries(fields);
}

function add(
  fields: [string, string | readonly string[]][],
  key: string,
  value: AttributeValue,
): void {
  const name = RESERVED.test(key) ? `attribute.${key}` : key;
  if (value === null) return;
  if (typeof value !== "object") fields.push([name, String(value)]);
  else if (!Array.isArray(value))
    for (const [below, one] of Object.entries(value)) add(fields, `${key}.${below}`, one);
  else
    fields.push([name, value.map((one) => (typeof one === "string" ? one : JSON.stringify(one)))]);
}

/** Attributes as dimensions of a metric, which have one value each. */
export function dimensionsOf(attributes: readonly Attribute[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(flatFields(attributes)).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

const RESOURCES = new WeakMap<Resource, FlatFields>();

export function fieldsOfResource(resource: Resource): FlatFields {
  let fields = RESOURCES.get(resource);
  if (fields === undefined) RESOURCES.set(resource, (fields = flatFields(resource.attributes)));
  return fields;
}
