import type { Signal } from "#core/signal.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import {
  type NameTemplate,
  nameTemplate,
  type PlaceholderKind,
  placeholderValue,
  whyNoTemplate,
} from "#pipeline/delivery/name-template.ts";
import { signalOf, timeNsOf } from "#pipeline/delivery/row-facts.ts";

/** What rows of an hour have in common, so that a name is made once for all of them. */
const PLACEHOLDERS: readonly PlaceholderKind[] = ["signal", "org", "time"];
/** What Elasticsearch and OpenSearch both allow, and nothing that would need escaping in a path. */
const LITERAL = /^[a-z0-9._-]*$/;
/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create: no name begins with these. */
const FIRST = /^(?:[a-z0-9{]|\.[a-z])/;
const ALLOWED =
  "lower-case letters, digits, points, hyphens and underscores, with {signal}, {org} or times such as {yyyy.MM.dd}";
const HOUR_NS = 3_600_000_000_000n;

/** Why a text is no pattern of index names that {@link IndexNames} takes; undefined when it is one. */
export function whyNoIndexPattern(pattern: string): string | undefined {
  const why = whyNoTemplate(pattern, PLACEHOLDERS);
  if (why !== undefined) return why;
  const texts = nameTemplate(pattern, PLACEHOLDERS).filter((part) => typeof part === "string");
  return FIRST.test(pattern) && texts.every((text) => LITERAL.test(text)) ? undefined : ALLOWED;
}

/** The names of indices by a pattern such as `sightglass-{signal}-{yyyy.MM.dd}`. */
export class IndexNames {
  readonly #template: NameTemplate;
  /** The last name that was made of each signal: neighbours mostly share an hour. */
  readonly #last = new Map<Signal, { readonly hour: bigint; readonly org: string; name: string }>();

  /** @throws RangeError for what {@link whyNoIndexPattern} refuses. */
  constructor(pattern: string) {
    this.#template = nameTemplate(pattern, PLACEHOLDERS);
  }

  /** A pattern in the manner of index templates that every name fits. */
  get wildcard(): string {
    const parts = this.#template.map((part) => (typeof part === "string" ? part : "*"));
    return parts.join("").replaceAll(/\*+/g, "*");
  }

  /** The index of a row: the same however often it is asked for, since its time is the row's own. */
  of(row: Row, org: string): string {
    const signal = signalOf(row);
    const hour = timeNsOf(row) / HOUR_NS;
    const last = this.#last.get(signal);
    if (last !== undefined && last.hour === hour && last.org === org) return last.name;
    const allowed = org.toLowerCase().replaceAll(/[^a-z0-9._-]/g, "_");
    const parts = this.#template.map((part) =>
      typeof part === "string" ? part : placeholderValue(part, row, allowed),
    );
    const name = parts.join("");
    this.#last.set(signal, { hour, org, name });
    return name;
  }
}
