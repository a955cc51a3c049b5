import type { Signal } from "#core/signal.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";

const PLACEHOLDER = /\{([^{}]*)\}/g;
/** Years, months, days and hours of a time, with signs between them. */
const TIME_PATTERN = /^(?:yyyy|MM|dd|HH|[._-])+$/;
const TIME_PART = /yyyy|MM|dd|HH/g;
/** What Elasticsearch and OpenSearch both allow, and nothing that would need escaping in a path. */
const LITERAL = /^[a-z0-9._-]*$/;
/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create: no name begins with these. */
const FIRST = /^(?:[a-z0-9{]|\.[a-z])/;

const SIGNALS = {
  span: "traces",
  log: "logs",
  number_point: "metrics",
  histogram_point: "metrics",
} as const satisfies Record<Row["kind"], Signal>;

/** Whether a text is a pattern of index names that {@link IndexNames} takes. */
export function isIndexPattern(pattern: string): boolean {
  const literal = pattern.replaceAll(PLACEHOLDER, (all, name: string) =>
    name === "signal" || name === "org" || TIME_PATTERN.test(name) ? "" : all,
  );
  return pattern !== "" && LITERAL.test(literal) && FIRST.test(pattern);
}

/** When a row happened; a log record without a time of its own, when it was observed. Unix nanoseconds. */
export function timeOfRow(row: Row): bigint {
  return row.kind === "log" && row.row.time === 0n ? row.row.observedTime : row.row.time;
}

/** The names of indices by a pattern such as `sightglass-{signal}-{yyyy.MM.dd}`. */
export class IndexNames {
  readonly #pattern: string;
  /** The last name that was made of each signal: neighbours mostly share an hour. */
  readonly #last = new Map<Signal, { readonly hour: bigint; readonly org: string; name: string }>();

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  /** A pattern in the manner of index templates that every name fits. */
  get wildcard(): string {
    return this.#pattern.replaceAll(PLACEHOLDER, "*").replaceAll(/\*+/g, "*");
  }

  /** The index of a row: the same however often it is asked for, since its time is the row's own. */
  of(row: Row, org: string): string {
    const signal = SIGNALS[row.kind];
    const timeNs = timeOfRow(row);
    const hour = timeNs / 3_600_000_000_000n;
    const last = this.#last.get(signal);
    if (last !== undefined && last.hour === hour && last.org === org) return last.name;
    const name = this.#nameOf(signal, org, new Date(Number(timeNs / 1_000_000n)));
    this.#last.set(signal, { hour, org, name });
    return name;
  }

  #nameOf(signal: Signal, org: string, time: Date): string {
    const parts: Readonly<Record<string, string>> = {
      yyyy: String(time.getUTCFullYear()).padStart(4, "0"),
      MM: String(time.getUTCMonth() + 1).padStart(2, "0"),
      dd: String(time.getUTCDate()).padStart(2, "0"),
      HH: String(time.getUTCHours()).padStart(2, "0"),
    };
    return this.#pattern.replaceAll(PLACEHOLDER, (_, name: string) => {
      if (name === "signal") return signal;
      if (name === "org") return org.toLowerCase().replaceAll(/[^a-z0-9._-]/g, "_");
      return name.replaceAll(TIME_PART, (part) => parts[part]!);
    });
  }
}
