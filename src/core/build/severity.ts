/**
 * Words and numbers that log libraries and protocols have for a level, as `SeverityNumber` of
 * OpenTelemetry (1 to 24; specification, logs data model, appendix B). 0 is "not known".
 */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  1: ["trace", "finest", "silly", "all", "t"],
  2: ["trace2", "finer"],
  3: ["trace3"],
  4: ["trace4"],
  5: ["debug", "fine", "verbose", "dbg", "d", "v"],
  6: ["debug2", "config"],
  7: ["debug3"],
  8: ["debug4"],
  9: ["info", "information", "informational", "log", "http", "success", "inf", "i"],
  10: ["info2", "notice", "n"],
  11: ["info3"],
  12: ["info4"],
  13: ["warn", "warning", "wrn", "w"],
  14: ["warn2"],
  15: ["warn3"],
  16: ["warn4"],
  17: ["error", "err", "severe", "failure", "e"],
  18: ["error2", "crit", "dpanic"],
  19: ["error3", "alert"],
  20: ["error4"],
  21: ["fatal", "critical", "emerg", "emergency", "panic", "ftl", "f", "c"],
  22: ["fatal2"],
  23: ["fatal3"],
  24: ["fatal4"],
};

const BY_WORD = new Map(
  Object.entries(WORDS).flatMap(([number, words]) => words.map((word) => [word, Number(number)])),
);

/** The longest of the words; what is longer is none of them. */
const WORD_CHARACTERS_MAX = Math.max(...Array.from(BY_WORD.keys(), (word) => word.length));

/**
 * The severity of a level's word in any case, with blanks and brackets around it: `"WARN"`, `"[error]"`.
 * "critical" is what applications call their worst (fatal); syslog's `crit` is an error.
 */
export function severityOfWord(word: string): number {
  if (word.length > WORD_CHARACTERS_MAX + 4) return 0;
  return BY_WORD.get(word.toLowerCase()) ?? BY_WORD.get(bare(word)) ?? 0;
}

function bare(word: string): string {
  return word.toLowerCase().replaceAll(/^[\s[(<]+|[\s\])>:]+$/g, "");
}

const SYSLOG = [21, 19, 18, 17, 13, 10, 9, 5] as const;

/** The severity of a syslog severity code, 0 (emergency) to 7 (debug); RFC 5424 section 6.2.1. */
export function severityOfSyslog(code: number): number {
  return SYSLOG[code] ?? 0;
}

/** The severity of a pino or bunyan level, 10 (trace) to 60 (fatal); one between two of them counts as the lower. */
export function severityOfPino(level: number): number {
  if (!(level >= 1 && level <= 100)) return 0;
  return Math.min(21, Math.max(1, Math.floor(level / 10) * 4 - 3));
}
