import type { SearchSignal } from "./search-node.ts";

/** A field that every row of its signals has; all other names are those of attributes. */
export interface SearchField {
  readonly name: string;
  readonly aliases: readonly string[];
  /** The rows that have it. */
  readonly signals: readonly SearchSignal[];
  /**
   * How values are read: `text` exactly as written, `choice` one of {@link choices}, `words` as text is
   * searched for, ids as so many hexadecimal digits.
   */
  readonly values: "text" | "choice" | "duration" | "severity" | "trace id" | "span id" | "words";
  readonly choices?: readonly string[];
  /** What it is, for completion and help. */
  readonly summary: string;
  readonly example: string;
}

const BOTH = ["traces", "logs"] as const;

/** The fields that are no attributes, in the order in which they are offered. */
export const SEARCH_FIELDS: readonly SearchField[] = [
  {
    name: "service",
    aliases: [],
    signals: BOTH,
    values: "text",
    summary: "The service that sent it",
    example: "service:checkout",
  },
  {
    name: "severity",
    aliases: ["level"],
    signals: ["logs"],
    values: "severity",
    choices: ["trace", "debug", "info", "warn", "error", "fatal", "unspecified"],
    summary: "How severe a record is",
    example: "severity:>=warn",
  },
  {
    name: "status",
    aliases: [],
    signals: ["traces"],
    values: "choice",
    choices: ["error", "ok", "unset"],
    summary: "How a span ended",
    example: "status:error",
  },
  {
    name: "duration",
    aliases: [],
    signals: ["traces"],
    values: "duration",
    summary: "How long a span took",
    example: "duration:>200ms",
  },
  {
    name: "operation",
    aliases: ["name"],
    signals: ["traces"],
    values: "text",
    summary: "The name of a span",
    example: "operation:GET*",
  },
  {
    name: "kind",
    aliases: [],
    signals: ["traces"],
    values: "choice",
    choices: ["server", "client", "internal", "producer", "consumer", "unspecified"],
    summary: "The side that a span saw",
    example: "kind:server",
  },
  {
    name: "body",
    aliases: [],
    signals: ["logs"],
    values: "words",
    summary: "The text of a record",
    example: 'body:"card declined"',
  },
  {
    name: "trace_id",
    aliases: [],
    signals: BOTH,
    values: "trace id",
    summary: "The trace it is of, in 32 digits",
    example: "trace_id:4bf92f3577b34da6a3ce929d0e0e4736",
  },
  {
    name: "span_id",
    aliases: [],
    signals: BOTH,
    values: "span id",
    summary: "The span it is of, in 16 digits",
    example: "span_id:00f067aa0ba902b7",
  },
  {
    name: "scope",
    aliases: [],
    signals: BOTH,
    values: "text",
    summary: "The instrumentation that made it",
    example: "scope:io.opentelemetry*",
  },
];

/** Before the key of an attribute, where the key alone would be a field. */
export const ATTRIBUTE_PREFIX = "attr.";

/** The key of the attribute that a field which is none of {@link SEARCH_FIELDS} stands for. */
export function attributeKey(name: string): string {
  return name.startsWith(ATTRIBUTE_PREFIX) ? name.slice(ATTRIBUTE_PREFIX.length) : name;
}

const BY_NAME = new Map(
  SEARCH_FIELDS.flatMap((field) => [field.name, ...field.aliases].map((name) => [name, field])),
);

/** The field of this name or alias; undefined for what is an attribute's. */
export function searchField(name: string): SearchField | undefined {
  return BY_NAME.get(name);
}
