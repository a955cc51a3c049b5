import { messageOf } from "#core/errors.ts";
import { z } from "zod";
import { KINDS } from "./detect/matches.ts";
import { compile } from "./own-patterns.ts";
import { MODES } from "./replacement.ts";

/** The salt of seed 003: digests made with it can be guessed by anyone who has the same list of values. */
export const DEFAULT_SALT = "cortex-pii-redactor";

const PATTERNS_MAX = 64;
const PATTERN_CHARACTERS_MAX = 1_024;
const FIELDS_MAX = 1_024;

const detector = (what: string) => z.boolean().default(true).describe(`Whether ${what} are found.`);

const fields = z.array(z.string().min(1)).max(FIELDS_MAX);

const pattern = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w.-]{1,64}$/)
      .refine((name) => !KINDS.some((kind) => kind === name), {
        error: ({ input }) => `${String(input)} is the name of a built-in detector`,
      })
      .describe("What the statistics call it: letters, digits, `_`, `-` and `.`.")
      .meta({ examples: ["employee_number"] }),
    regex: z
      .string()
      .min(1)
      .max(PATTERN_CHARACTERS_MAX)
      .describe(
        "A regular expression as RE2 has them: without look-around and back-references, and in linear time.",
      )
      .meta({ examples: [String.raw`\bE\d{6}\b`] }),
    flags: z
      .string()
      .default("g")
      .describe("`i` for either case, `m` for lines, `s` for points that match line ends."),
  })
  .superRefine((given, context) => {
    try {
      compile(given);
    } catch (error) {
      const message = messageOf(error);
      context.addIssue({ code: "custom", path: ["regex"], message });
    }
  });

export const settings = z.strictObject({
  redactionMode: z
    .enum(MODES)
    .default("mask")
    .describe(
      "`mask` leaves a part, such as `u***r@example.com` or the last four digits of a card; `hash` puts a digest, which is equal for equal values; `remove` puts `[REDACTED]`.",
    ),
  detectEmail: detector("e-mail addresses"),
  detectPhone: detector("telephone numbers"),
  detectSSN: detector("US social security numbers"),
  detectCreditCard: detector("payment card numbers, by their check digit,"),
  detectAPIKey: detector("keys and tokens of clouds and other vendors, and private keys,"),
  detectPassword: detector("passwords, by their names and in URLs,"),
  detectIPAddress: detector("IPv4 and IPv6 addresses"),
  detectIBAN: detector("bank account numbers (IBAN), by their check digits,"),
  patterns: z
    .array(pattern)
    .max(PATTERNS_MAX)
    .default([])
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
      error: "Two patterns have the same name",
    })
    .describe("Patterns of your own, beside the built-in detectors."),
  fieldsToScan: fields
    .nullable()
    .default(null)
    .describe(
      "Only these: names of attributes, `message` for a log record's body, `name` and `status_message` of a span, or `key.inner` for a part of a structured value. Null means all.",
    ),
  fieldsToSkip: fields
    .default(["_id", "timestamp", "type", "_source", "_destination", "_enrichment"])
    .describe("Names, compared whole, of fields that are left as they are."),
  hashSalt: z
    .string()
    .min(1)
    .default(DEFAULT_SALT)
    .describe(
      "What is hashed together with a value, so that others cannot look its digest up. Choose your own.",
    )
    .meta({ secret: true }),
  metadata: z
    .enum(["events", "all", "none"])
    .default("events")
    .describe(
      "Which log records that were changed get an attribute `_redaction` that says where and what: those with an event name, all, or none.",
    ),
});

export type RedactSettings = z.infer<typeof settings>;
