import { z } from "zod";
import { ADDRESS_ALLOWED, parseAddress } from "#core/address.ts";

/** What the documentation, the environment and `sightglass check` know of one setting. */
export interface SettingMeta {
  /** One or two sentences; they become the documentation. */
  readonly description: string;
  /** The environment variable that sets it too, and wins over the file. */
  readonly env?: string;
  /** Never printed, and may be given as `file:<path>`. */
  readonly secret?: boolean;
}

declare module "zod" {
  interface GlobalMeta {
    env?: string;
    secret?: boolean;
  }
}

/** Attaches what is known of a setting to its schema. */
export function setting<T extends z.ZodType>(schema: T, meta: SettingMeta): T {
  return schema.meta({ ...meta });
}

/** A whole number of `what` between two bounds. Every message of it says what is allowed. */
export function integer(what: string, min: number, max: number) {
  const error = `a whole number of ${what} from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

export function flag() {
  return z.boolean({ error: "true or false" });
}

export function choice<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: `one of ${values.join(", ")}` });
}

/** Days that data is kept, or "off" to keep it for ever. */
export function retention() {
  const error = 'a whole number of days from 1 to 36500, or "off" to keep everything';
  return z.union([z.literal("off"), z.int().min(1, { error }).max(36_500, { error })], { error });
}

/** `host:port`, which becomes an {@link Address}. */
export function address() {
  return z.string({ error: ADDRESS_ALLOWED }).transform((text, context) => {
    const parsed = parseAddress(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: "custom", message: ADDRESS_ALLOWED, input: text });
    return z.NEVER;
  });
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** A size as bytes, or as text such as "512 MiB"; becomes bytes. */
export function size(min: string, max: string) {
  const error = `a size from ${min} to ${max}, as a number of bytes or as text such as "512 MiB"`;
  const [minBytes, maxBytes] = [sizeBytes(min), sizeBytes(max)];
  return z.union([z.int(), z.string()], { error }).transform((value, context) => {
    const bytes = typeof value === "number" ? value : sizeBytes(value);
    if (bytes >= minBytes && bytes <= maxBytes) return bytes;
    context.addIssue({ code: "custom", message: error, input: value });
    return z.NEVER;
  });
}

/** NaN for text that is not a size. */
function sizeBytes(text: string): number {
  const match = /^(?<amount>\d+(\.\d+)?)\s*(?<unit>[KMGT]iB)?$/.exec(text.trim());
  const { amount, unit } = match?.groups ?? {};
  if (amount === undefined) return Number.NaN;
  return Math.round(Number(amount) * (unit === undefined ? 1 : SIZE_UNITS[unit]!));
}

/** A list of short texts, such as origins or host names. */
export function texts(allowed: string, pattern: RegExp) {
  const error = `a list of at most 100 entries, each ${allowed}`;
  return z
    .array(z.string({ error }).regex(pattern, { error: allowed }), { error })
    .max(100, { error });
}

/** An object of settings. Left out, it has the defaults of all that is in it. */
export function section<T extends z.ZodRawShape>(description: string, shape: T) {
  return z
    .strictObject(shape, {
      error: (issue) => (issue.code === "unrecognized_keys" ? undefined : "a section of settings"),
    })
    .meta({ description });
}
