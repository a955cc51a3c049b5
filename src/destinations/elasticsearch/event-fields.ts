import type { AttributeValue } from "#core/attributes.ts";
import type { JsonObject } from "#pipeline/delivery/row-json.ts";
import { fieldValue } from "./field-values.ts";

type Fields = Record<string, unknown>;

/** A name of one part, which both engines take as it is. */
const ONE_PART = /^[^_.\s\0][^.\0]*$/;

/**
 * The fields of an event as both engines take them on top of a document. A name with points is a path, as
 * the engines read it too, made into objects here: OpenSearch fails to make objects of such names where a
 * template says what objects are. A field whose place is taken gets its name with underscores instead.
 */
export function eventFields(event: JsonObject): Fields {
  const root = fields();
  for (const [key, value] of Object.entries(event)) {
    const path = ONE_PART.test(key) ? [key] : partsOf(key);
    place(root, path, fieldValue(value as AttributeValue));
  }
  return root;
}

function place(root: Fields, path: readonly string[], value: unknown): void {
  const last = path.at(-1)!;
  const parent = path.slice(0, -1).reduce(below, root);
  if (parent !== undefined && !Object.hasOwn(parent, last)) {
    parent[last] = value;
    return;
  }
  let name = path.join("_");
  while (Object.hasOwn(root, name)) name += "_";
  root[name] = value;
}

/** The object at a name, made if there is nothing; undefined where there is a value of the event's own. */
function below(parent: Fields | undefined, name: string): Fields | undefined {
  if (parent === undefined) return undefined;
  if (!Object.hasOwn(parent, name)) return (parent[name] = fields());
  const there = parent[name];
  const isMade =
    typeof there === "object" && there !== null && Object.getPrototypeOf(there) === null;
  return isMade ? (there as Fields) : undefined;
}

/** Without a prototype, so that every name is one of its own. */
function fields(): Fields {
  return Object.create(null) as Fields;
}

/** No part may be empty, and no name begins as those of the engines' own do, such as _id. */
function partsOf(key: string): string[] {
  const name = key.replaceAll("\0", "\ufffd");
  const parts = name.split(".").map((part) => (part.trim() === "" ? "_" : part));
  if (parts[0]!.startsWith("_")) parts[0] = `field${parts[0]}`;
  return parts;
}
