import { z } from "zod";
import {
  compileConditions,
  conditionSetting,
  expressionProblem,
} from "#pipeline/expression/condition.ts";
import { LinearRegex } from "#pipeline/expression/linear-regex.ts";

const PATTERNS_MAX = 256;
const PATTERN_CHARACTERS_MAX = 1_024;
const NAMES_MAX = 4_096;

/** An event as its sender had it: the fields of a JSON object. */
export type EventFilter = (event: Readonly<Record<string, unknown>>) => boolean;

const pattern = z
  .string()
  .min(1)
  .max(PATTERN_CHARACTERS_MAX)
  .superRefine((text, context) => {
    try {
      eventPattern(text);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
    }
  });

/** The pattern as it is searched for in an event's JSON text: in either case. @throws RangeError */
export function eventPattern(text: string): LinearRegex {
  return new LinearRegex(text, "i");
}

const patterns = z.array(pattern).max(PATTERNS_MAX).default([]);
const names = z.array(z.string().min(1)).max(NAMES_MAX).default([]);

/** A function cannot be written in a file: only programs that build a pipeline give one. */
const eventFilter = z.unknown().transform((value, context): EventFilter => {
  if (typeof value === "function") return value as EventFilter;
  context.addIssue({ code: "custom", message: "not a function" });
  return z.NEVER;
});

export const settings = z
  .strictObject({
    condition: conditionSetting()
      .optional()
      .describe(
        "An expression: rows of any signal for which it is true are dropped (with `filterMode: allowlist`: only those are kept). It is about the signals that have the fields which it names; a field may begin with `span.`, `log.` or `datapoint.` to say which.",
      )
      .meta({
        examples: [
          'attributes["http.route"] == "/healthz"',
          "span.duration < 5ms and status.code != STATUS_CODE_ERROR",
        ],
      }),
    dropPatterns: patterns
      .describe(
        "Events are dropped in whose JSON text one of these regular expressions (RE2, in either case) is found.",
      )
      .meta({ examples: [["health_?check", '"user":"probe"']] }),
    keepPatterns: patterns
      .describe("Events are kept, whatever else is set, in whose JSON text one of these is found.")
      .meta({ examples: [["payment"]] }),
    dropLevels: names
      .describe(
        "Events and log records of these levels are dropped: `debug` also those that have only its severity numbers.",
      )
      .meta({ examples: [["debug", "trace"]] }),
    dropEventTypes: names
      .describe(
        "Events of these types (`event_type`, else `type`, else the event name) are dropped.",
      )
      .meta({ examples: [["heartbeat"]] }),
    keepEventTypes: names
      .describe(
        "If any are named, only events of these types are kept: the others are dropped, and these are kept even where another of the settings would drop them (but not where `customFilter` does).",
      )
      .meta({ examples: [["error", "deployment"]] }),
    dropLowValue: z
      .boolean()
      .default(true)
      .describe(
        "Drops events of the types heartbeat, health_check, ping, pong, keepalive, status and info, events of the levels debug and trace, and empty ones: at most five fields, and none of error, message, data, result, output and response. Only what came as a JSON event is judged so, which is a log record with an attribute `event_type`, `type`, `level`, `severity` or `timestamp`, or with neither body nor attributes. Other log records, such as those of OTLP, have a severity number instead and stay: name their levels in `dropLevels`.",
      ),
    customFilter: z
      .union([conditionSetting(["logs"]), eventFilter], {
        error: ({ input }) =>
          typeof input === "string"
            ? expressionProblem(() => compileConditions(input, ["logs"]))
            : "neither an expression nor a function",
      })
      .optional()
      .describe(
        "An expression on log records: those for which it is not true are dropped. In a program also a function, which is given the event.",
      )
      .meta({ examples: ["severity_number >= SEVERITY_NUMBER_ERROR"] }),
    dropOnError: z
      .boolean()
      .default(false)
      .describe("Whether an event is dropped at which a function given as `customFilter` throws."),
    filterMode: z
      .enum(["blocklist", "allowlist"])
      .default("blocklist")
      .describe(
        "`blocklist` keeps what nothing drops. `allowlist` drops what nothing keeps: `keepPatterns`, `keepEventTypes`, `customFilter` or `condition`.",
      ),
  })
  .superRefine((given, context) => {
    if (given.filterMode === "blocklist" || hasKeepRule(given)) return;
    const message =
      "an allowlist without keepPatterns, keepEventTypes, customFilter or condition would keep nothing";
    context.addIssue({ code: "custom", path: ["filterMode"], message });
  });

export type FilterSettings = z.output<typeof settings>;

function hasKeepRule({
  keepPatterns,
  keepEventTypes,
  customFilter,
  condition,
}: Pick<
  FilterSettings,
  "keepPatterns" | "keepEventTypes" | "customFilter" | "condition"
>): boolean {
  const hasNames = keepPatterns.length > 0 || keepEventTypes.length > 0;
  return hasNames || customFilter !== undefined || condition !== undefined;
}
