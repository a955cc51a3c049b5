import { z } from "zod";
import { ROW_LIMITS } from "#core/limits.ts";
import { grokPattern, regexPattern } from "./pattern-fields.ts";
import { NAMED_LAYOUTS, timeReader, zoneReader } from "./time-layout.ts";
import { VALUE_TYPES } from "./typed-text.ts";

export const FORMATS = ["auto", "json", "logfmt", "access_log", "regex", "grok", "csv"] as const;
export const ROWS = ["logs", "spans", "span_events"] as const;
export const ON_FAILURE = ["keep", "mark", "drop"] as const;

const PATTERNS_MAX = 32;
const PATTERN_CHARACTERS_MAX = 8_192;
const DEFINITIONS_MAX = 256;
const NAMES_MAX = 32;
const LAYOUTS_MAX = 16;
const MAPPED_MAX = 256;
const SEVERITY_MAX = 24;

const key = z.string().min(1).max(ROW_LIMITS.attributeKeyBytesMax);
const names = z.union([key, z.array(key).min(1).max(NAMES_MAX)], {
  error: `a name, or a list of 1 to ${NAMES_MAX} names`,
});
const pattern = z.string().min(1).max(PATTERN_CHARACTERS_MAX);

/** Makes a function's RangeError the problem of a setting. */
function judged<T>(judge: (value: T) => unknown) {
  return (value: T, context: z.RefinementCtx): void => {
    try {
      judge(value);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
    }
  };
}

const layout = z.string().min(1).superRefine(judged(timeReader));

const timestamp = z.strictObject({
  from: names
    .describe("The field with the time; of several, the first that there is.")
    .meta({ examples: ["time"] }),
  layouts: z
    .union([layout, z.array(layout).min(1).max(LAYOUTS_MAX)])
    .default("auto")
    .describe(
      `How the time is written; of several, the first that fits. \`auto\` is RFC 3339 and its relatives, and Unix seconds, milliseconds, microseconds or nanoseconds by their size. There are also ${NAMED_LAYOUTS.slice(
        1,
      )
        .map((one) => `\`${one}\``)
        .join(
          ", ",
        )} and layouts of strptime's directives. A time without a year is the latest that is not in the future.`,
    )
    .meta({ examples: ["%d/%b/%Y:%H:%M:%S %z", ["auto", "%b %e %H:%M:%S"]] }),
  timezone: z
    .string()
    .superRefine(judged(zoneReader))
    .default("UTC")
    .describe("The zone of times that say none.")
    .meta({ examples: ["Europe/Berlin"] }),
});

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

const severity = z.strictObject({
  from: names
    .describe("The field with the level; of several, the first that there is.")
    .meta({ examples: ["level"] }),
  map: z
    .record(key, z.union([z.enum(LEVELS), z.int().min(1).max(SEVERITY_MAX)]))
    .refine((given) => Object.keys(given).length <= MAPPED_MAX, {
      error: `more than ${MAPPED_MAX} of them`,
    })
    .default({})
    .describe(
      "Levels of values, in either case, as a word or OpenTelemetry's number from 1 to 24; `5xx` is for the numbers from 500 to 599. What it does not name is looked up among the words that log libraries and syslog have.",
    )
    .meta({ examples: [{ oops: "error", "5xx": "error", "4xx": "warn" }] }),
  numbers: z
    .enum(["pino", "otel", "syslog"])
    .default("pino")
    .describe(
      "What numbers are that `map` does not name: pino's and bunyan's 10 to 60, OpenTelemetry's 1 to 24, or syslog's 0 to 7.",
    ),
});

export type SeveritySettings = z.output<typeof severity>;

export const settings = z
  .strictObject({
    format: z
      .enum(FORMATS)
      .default("auto")
      .describe(
        "`json` is one object; `logfmt` pairs such as `level=info msg=\"not found\"`; `access_log` lines of Apache and nginx (common, combined, vhost_combined, nginx's main), with the names of the semantic conventions for HTTP; `regex` and `grok` the named parts of `patterns`; `csv` the fields of `columns`. `auto` is json, logfmt or access_log, told by the text's shape.",
      ),
    attribute: key
      .optional()
      .describe(
        "The attribute that is parsed, of the rows that `rows` names. When left out, it is the body of log records.",
      )
      .meta({ examples: ["log.original"] }),
    rows: z
      .array(z.enum(ROWS))
      .min(1)
      .default([...ROWS])
      .describe("Whose attribute is parsed. Only log records have a body."),
    patterns: z
      .array(pattern)
      .max(PATTERNS_MAX)
      .default([])
      .describe(
        "Of `regex` and `grok`: the first that is found in the text counts; begin with `^` what must be at its start. Regular expressions are RE2's, whose time is in proportion to the text, and their groups have names: `(?<status>[0-9]+)`. Grok is Logstash's: `%{NAME}`, `%{NAME:field}`, `%{NAME:field:int}` (also `float`, `bool`).",
      )
      .meta({
        examples: [["%{TIMESTAMP_ISO8601:time} %{LOGLEVEL:level} %{GREEDYDATA:message}"]],
      }),
    definitions: z
      .record(z.string().regex(/^[A-Za-z0-9_]+$/), pattern)
      .refine((given) => Object.keys(given).length <= DEFINITIONS_MAX, {
        error: `more than ${DEFINITIONS_MAX} of them`,
      })
      .default({})
      .describe("Patterns for grok by their names, beside those of the library or in their place.")
      .meta({ examples: [{ ORDER: "[A-Z]{2}-[0-9]{6}" }] }),
    columns: z
      .array(z.string().max(ROW_LIMITS.attributeKeyBytesMax))
      .max(ROW_LIMITS.attributesMax)
      .default([])
      .describe(
        "Of `csv`: the names of the fields in their order; one that is empty is left out. A text with more or fewer fields is none of these.",
      )
      .meta({ examples: [["time", "level", "", "message"]] }),
    delimiter: z
      .string()
      .length(1)
      .refine((given) => !'"\r\n'.includes(given), { error: "a quote or a line end" })
      .default(",")
      .describe(
        "Of `csv`: the character between fields. Fields may stand in double quotes (RFC 4180).",
      ),
    detectTypes: z
      .boolean()
      .optional()
      .describe(
        "Whether text that reads as a number or boolean becomes one. When left out: of logfmt yes, where it is not in quotes; of regex, grok and csv no, as elsewhere. JSON and access logs have types of their own.",
      ),
    types: z
      .record(key, z.enum(VALUE_TYPES))
      .refine((given) => Object.keys(given).length <= MAPPED_MAX, {
        error: `more than ${MAPPED_MAX} of them`,
      })
      .default({})
      .describe(
        "Types of fields by their names, whatever the format; what cannot have it stays as it is.",
      )
      .meta({ examples: [{ duration: "double", build: "string" }] }),
    flatten: z
      .boolean()
      .default(true)
      .describe(
        "Whether fields of JSON objects within each other become attributes of their own, with keys such as `request.method`, which can be searched and grouped by. Arrays stay what they are.",
      ),
    prefix: z
      .string()
      .max(ROW_LIMITS.attributeKeyBytesMax / 2)
      .default("")
      .describe("What is put before the key of each attribute that is made.")
      .meta({ examples: ["app."] }),
    overwrite: z
      .boolean()
      .default(true)
      .describe(
        "Whether a field takes the place of an attribute of the same key that the row has.",
      ),
    keepSource: z
      .boolean()
      .default(true)
      .describe("Whether the text that was parsed stays: the body, or the attribute."),
    keepFields: z
      .boolean()
      .default(true)
      .describe(
        "Whether fields stay attributes that also became the record's time, severity, body, event name or ids.",
      ),
    onFailure: z
      .enum(ON_FAILURE)
      .default("keep")
      .describe(
        "What becomes of a row whose text is not of the format: it stays as it is, also gets the attribute `parse.error` with the reason, or is dropped (a span event is marked instead). A row without a text is left alone.",
      ),
    wellKnown: z
      .boolean()
      .default(true)
      .describe(
        "Whether a log record that has no time, severity or trace of its own gets it from the fields that commonly have it: `timestamp`, `time`, `ts`, `@timestamp`; `level`, `severity`, `lvl`, `log.level`; `trace_id`, `traceId`, `span_id`, `spanId`. What the settings below name counts instead, also where the record has its own.",
      ),
    timestamp: timestamp
      .optional()
      .describe(
        "The field that has the record's time. A time that the store would not keep (older than the retention, or more than ten minutes ahead) does not count; the record keeps its own then.",
      )
      .meta({ examples: [{ from: "time", layouts: "%Y-%m-%d %H:%M:%S,%L" }] }),
    severity: severity
      .optional()
      .describe("The field that has the record's level.")
      .meta({ examples: [{ from: "level" }] }),
    body: names
      .optional()
      .describe("The field that becomes the record's body; of several, the first that there is.")
      .meta({ examples: [["message", "msg"]] }),
    eventName: names
      .optional()
      .describe("The field that becomes the record's event name.")
      .meta({ examples: ["event"] }),
    traceId: names
      .optional()
      .describe("The field that has the trace id, as 32 hex digits.")
      .meta({ examples: ["trace.id"] }),
    spanId: names
      .optional()
      .describe("The field that has the span id, as 16 hex digits.")
      .meta({ examples: ["span.id"] }),
  })
  .superRefine((given, context) => {
    const { format, patterns, definitions, columns } = given;
    const add = (path: PropertyKey[], message: string): void =>
      context.addIssue({ code: "custom", path, message });
    const needsPatterns = format === "regex" || format === "grok";
    if (needsPatterns && patterns.length === 0) add(["patterns"], `${format} needs at least one`);
    if (!needsPatterns && patterns.length > 0) add(["patterns"], `${format} has no patterns`);
    if (format === "csv" && !columns.some((name) => name !== ""))
      add(["columns"], "csv needs at least one with a name");
    if (!needsPatterns) return;
    for (const [place, one] of patterns.entries()) {
      try {
        if (format === "regex") regexPattern(one);
        else grokPattern(one, definitions);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        add(["patterns", place], error.message);
      }
    }
  });

export type ParseSettings = z.output<typeof settings>;
