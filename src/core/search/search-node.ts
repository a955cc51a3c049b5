/** Where in a search text something stands: UTF-16 offsets, `to` behind the last character. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

/** `=` is equal to, and `^=` begins with, one of the values; the others compare with the only value. */
export type FieldOperator = "=" | "^=" | ">" | ">=" | "<" | "<=" | "exists";

/**
 * A piece of text. Of a log record, words are found whole in the body, and a phrase, or a word with
 * punctuation in it, as it is written. Of a span, the text is found anywhere in the operation, the service,
 * the status message, or the type or message of an exception. Only ASCII letters lose their case.
 */
export interface TextNode {
  readonly kind: "text";
  readonly text: string;
  /** It stood in quotes. */
  readonly isPhrase: boolean;
  readonly at: Place;
}

/**
 * A condition on a field. `field` is one of {@link SEARCH_FIELDS}, never an alias, unless `isAttribute`:
 * then it is the key of an attribute, which the row may have itself, or its resource, scope, events or
 * links. Values have been checked (a duration is one, a status is a status) and are as they were written, but
 * that choices, levels and ids are in lower case.
 */
export interface FieldNode {
  readonly kind: "field";
  readonly field: string;
  readonly isAttribute: boolean;
  readonly operator: FieldOperator;
  /** None for `exists`; one or more for `=` and `^=`; one for the others. */
  readonly values: readonly string[];
  readonly at: Place;
}

/** A parsed search. `parts` are two or more. */
export type SearchNode =
  | { readonly kind: "and" | "or"; readonly parts: readonly SearchNode[] }
  | { readonly kind: "not"; readonly part: SearchNode }
  | TextNode
  | FieldNode;

/** What is wrong with a search, and where. The message says what is allowed. */
export interface SearchError {
  readonly message: string;
  readonly at: Place;
}

/** The kinds of rows that can be searched. */
export type SearchSignal = "traces" | "logs";
