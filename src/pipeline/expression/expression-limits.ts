import { ROW_LIMITS } from "#core/limits.ts";

/** What an expression may be, and may make: with these it ends, whatever it is given. */
export const EXPRESSION_LIMITS = {
  /** Characters of one expression or statement. */
  charactersMax: 8_192,
  /** Literals, fields, operators, calls and lists in it. */
  nodesMax: 512,
  /** Parentheses, lists, calls and negations within each other. */
  depthMax: 64,
  /** Instructions of a compiled regular expression: a match takes at most this much time a character. */
  regexInstructionsMax: 1_000,
  /** Characters of a text that a function makes; the rest is cut off. */
  textCharactersMax: ROW_LIMITS.bodyBytesMax,
  /** Parts of a text that is split; the last one holds the rest. */
  partsMax: 1_024,
} as const;
