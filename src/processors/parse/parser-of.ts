import { accessLogParser } from "./access-log.ts";
import { csvParser } from "./csv-fields.ts";
import { jsonParser } from "./json-fields.ts";
import { logfmtParser } from "./logfmt.ts";
import { grokPattern, patternParser, regexPattern } from "./pattern-fields.ts";
import type { ParseSettings } from "./settings.ts";
import { firstByte, type TextParser } from "./text-parser.ts";

const OPEN_BRACE = 0x7b;
const EQUALS = 0x3d;
const OPEN_BRACKET = 0x5b;
const BLANK = 0x20;

/** The parser of a format. @throws RangeError when a pattern is not valid, which the settings have judged before. */
export function parserOf(given: ParseSettings): TextParser {
  const { format, flatten, patterns, definitions, columns, delimiter } = given;
  switch (format) {
    case "json":
      return jsonParser(flatten);
    case "logfmt":
      return logfmtParser({
        detectTypes: given.detectTypes ?? true,
        pairsOnly: false,
        pairsMin: 1,
      });
    case "access_log":
      return accessLogParser;
    case "regex":
      return patternParser(patterns.map(regexPattern), given.detectTypes ?? false);
    case "grok":
      return patternParser(
        patterns.map((pattern) => grokPattern(pattern, definitions)),
        given.detectTypes ?? false,
      );
    case "csv":
      return csvParser({ columns, delimiter, detectTypes: given.detectTypes ?? false });
    default:
      return autoParser(given);
  }
}

/** Tells the format by the first bytes, and asks that parser only. */
function autoParser({ flatten, detectTypes }: ParseSettings): TextParser {
  const json = jsonParser(flatten);
  // Prose has now and then one `a=b` in it, and never nothing else.
  const logfmt = logfmtParser({ detectTypes: detectTypes ?? true, pairsOnly: true, pairsMin: 2 });
  return (source, into) => {
    const first = firstByte(source);
    if (first === OPEN_BRACE) return json(source, into);
    const { bytes, from, to } = source;
    let at = from;
    while (at < to && bytes[at]! <= BLANK) at++;
    // The first word of logfmt has a =, and in an access log there is a bracket after a few words.
    for (let blanks = 0; at < to; at++) {
      const byte = bytes[at]!;
      if (byte === EQUALS && blanks === 0) return logfmt(source, into);
      if (byte === OPEN_BRACKET && blanks >= BLANKS_BEFORE_TIME)
        return accessLogParser(source, into);
      if (byte === BLANK && ++blanks > BLANKS_MAX) break;
    }
    return "not JSON, logfmt or an access log";
  };
}

/** In an access log: `client identity user [`, with a virtual host before and blanks in the user's name. */
const BLANKS_BEFORE_TIME = 3;
const BLANKS_MAX = 8;
