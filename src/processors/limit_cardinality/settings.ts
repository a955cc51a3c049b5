import { z } from "zod";
import { ROW_LIMITS } from "#core/limits.ts";

export const ACTIONS = ["replace", "drop_attribute", "drop_row"] as const;

const NAMED_MAX = 1_024;
const ALLOWED_MAX = 4_096;
const LIMIT_MAX = 100_000;

const name = z.string().min(1).max(ROW_LIMITS.nameBytesMax);
const limit = z.int().min(1).max(LIMIT_MAX);
const limitOrOff = z.union([limit, z.literal("off")]);

function named<T extends z.ZodType>(value: T) {
  return z
    .record(name, value)
    .refine((given) => Object.keys(given).length <= NAMED_MAX, {
      error: `more than ${NAMED_MAX} of them`,
    })
    .default({});
}

const allowed = z.array(name).max(ALLOWED_MAX);

export const settings = z.strictObject({
  series: z
    .strictObject({
      limit: limitOrOff
        .default(2_000)
        .describe(
          "How many different sets of attributes the points of one metric may have in a window, whatever resources they come from.",
        ),
      metrics: named(limitOrOff)
        .describe("Limits of metrics by their names, in the place of `limit`.")
        .meta({ examples: [{ "http.server.request.duration": 500, "build.info": "off" }] }),
    })
    .prefault({})
    .describe(
      "Limits of series. What the action does to one beyond is done to all its attributes.",
    ),
  attributes: z
    .strictObject({
      limit: limitOrOff
        .default("off")
        .describe(
          "How many different values each attribute may have in a window that `keys` does not name. Off, since ids belong on spans and log records.",
        ),
      keys: named(limitOrOff)
        .describe("Limits of attributes by their keys.")
        .meta({ examples: [{ "url.path": 1_000, "user.id": "off" }] }),
      allow: named(allowed)
        .describe("Values by key that always pass, and take no place.")
        .meta({ examples: [{ "http.request.method": ["GET", "POST"] }] }),
    })
    .prefault({})
    .describe(
      "Limits of the values of attributes: of spans, of log records and of metric points, each counted by itself.",
    ),
  spanNames: z
    .strictObject({
      limit: limitOrOff
        .default(1_000)
        .describe("How many different names the spans of one service may have in a window."),
      services: named(limitOrOff)
        .describe("Limits of services by their names, in the place of `limit`.")
        .meta({ examples: [{ shop: 200 }] }),
      allow: allowed.default([]).describe("Names that always pass, and take no place."),
    })
    .prefault({})
    .describe("Limits of span names. One beyond becomes the placeholder, unless rows are dropped."),
  window: z
    .int()
    .min(1_000)
    .max(7 * 86_400_000)
    .default(3_600_000)
    .describe(
      "Milliseconds of a window. Values that were let through and came in the last window keep their place; those that did not come make room for others.",
    ),
  action: z
    .enum(ACTIONS)
    .default("replace")
    .describe(
      "What is done with a value beyond the limit: the placeholder takes its place, the attribute is taken away, or the whole row is dropped.",
    ),
  placeholder: z
    .string()
    .min(1)
    .max(256)
    .default("__other__")
    .describe("What stands for values beyond the limit."),
});

export type LimitCardinalitySettings = z.output<typeof settings>;
export type Limit = z.output<typeof limitOrOff>;
