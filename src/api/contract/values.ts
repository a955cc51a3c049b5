import type { AttributeValue as CoreAttributeValue } from "#core/attributes.ts";
import { z } from "zod";

// Pieces that several answers are made of.

export type AttributeValue = CoreAttributeValue;

/** An attribute's value with the type that it was sent with. */
export const attributeValue: z.ZodType<AttributeValue> = z
  .union([
    z.string(),
    z.number(),
    z.boolean(),
    z.null(),
    z.array(z.lazy(() => attributeValue)),
    z.record(
      z.string(),
      z.lazy(() => attributeValue),
    ),
  ])
  .meta({
    id: "AttributeValue",
    description:
      "A value with its OTLP type: string, number, boolean, array, object, or null for an empty value. Integers beyond 2^53 and numbers that JSON lacks (NaN, Infinity) are strings, bytes are base64.",
  });

export type Attributes = Record<string, AttributeValue>;

export const attributes = z.record(z.string(), attributeValue).meta({ id: "Attributes" });

export const timeOut = z
  .string()
  .describe("RFC 3339 in UTC with nanoseconds: 2026-11-21T09:00:00.000000000Z.");

export const traceIdOut = z.string().describe("32 hexadecimal digits, lower case.");
export const spanIdOut = z.string().describe("16 hexadecimal digits, lower case.");

export const nextCursor = z
  .string()
  .nullable()
  .describe("Give it as `cursor` to get the next page; null on the last page.");

export const scope = z
  .object({ name: z.string(), version: z.string(), attributes })
  .meta({ id: "Scope", description: "The instrumentation scope that made the record." });
