import { z } from "zod";
import type { SettingMeta } from "./setting-types.ts";

/** One setting or section, found by walking the schema. */
export interface ListedSetting {
  readonly path: readonly string[];
  readonly meta: SettingMeta;
  /** The keys that a section has; undefined for a setting. */
  readonly keys: readonly string[] | undefined;
  readonly schema: z.core.$ZodType;
}

/** Every section and setting below `schema`, in the order of their declaration; the root comes first. */
export function listSettings(
  schema: z.core.$ZodType,
  path: readonly string[] = [],
): ListedSetting[] {
  const meta = metaOf(schema);
  const inner = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) return [{ path, meta, keys: undefined, schema }];
  const shape: Record<string, z.core.$ZodType> = inner.shape;
  return [
    { path, meta, keys: Object.keys(shape), schema },
    ...Object.entries(shape).flatMap(([key, child]) => listSettings(child, [...path, key])),
  ];
}

/** The metadata of a schema, or of what it wraps. */
function metaOf(schema: z.core.$ZodType): SettingMeta {
  const found = z.globalRegistry.get(schema);
  if (found?.description !== undefined) return { ...found, description: found.description };
  const inner = unwrapOnce(schema);
  return inner === undefined ? { description: "" } : metaOf(inner);
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const inner = unwrapOnce(schema);
  return inner === undefined ? schema : unwrap(inner);
}

function unwrapOnce(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodOptional
  )
    return schema.def.innerType;
  return undefined;
}
