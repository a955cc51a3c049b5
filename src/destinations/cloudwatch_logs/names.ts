import { attributeValue, type Attribute } from "#core/attributes.ts";
import { severityOf } from "#core/vocabulary.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { attributesOf, resourceOf, timeMsOf } from "#pipeline/delivery/row-facts.ts";

/** Of groups and of streams. */
const NAME_CHARACTERS_MAX = 512;
/** What stands for a value that a row does not have. */
const UNKNOWN = "unknown";
const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** Characters that a name may not have (the API's `LogGroupName` and `LogStreamName`). */
const FORBIDDEN = { group: /[^.\-_/#A-Za-z0-9]/g, stream: /[:*]/g } as const;

const SIGNALS = {
  log: "logs",
  span: "traces",
  number_point: "metrics",
  histogram_point: "metrics",
} as const satisfies Record<Row["kind"], string>;

type Value = (row: Row, org: string) => string | undefined;

const VALUES: Readonly<Record<string, Value>> = {
  org: (_, org) => org,
  service: (row) => resourceOf(row).service,
  signal: (row) => SIGNALS[row.kind],
  level: (row) => (row.kind === "log" ? severityOf(row.row.severity) : undefined),
  date: (row) => new Date(timeMsOf(row)).toISOString().slice(0, 10),
};

/** What a placeholder stands for; undefined when there is no such. */
function valueOf(name: string): Value | undefined {
  if (Object.hasOwn(VALUES, name)) return VALUES[name];
  const [, where, key = ""] = /^(resource|attribute)\.(.+)$/.exec(name) ?? [];
  if (where === "resource") return (row) => textOf(resourceOf(row).attributes, key);
  if (where === "attribute") return (row) => textOf(attributesOf(row), key);
  return undefined;
}

function textOf(attributes: readonly Attribute[], key: string): string | undefined {
  const found = attributes.find((attribute) => attribute.key === key);
  if (found === undefined) return undefined;
  const value = attributeValue(found.value, found.type);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The placeholders of a template that there are not. */
export function unknownPlaceholders(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)]
    .map(([, name = ""]) => name)
    .filter((name) => valueOf(name) === undefined);
}

/**
 * What names rows by a template: each placeholder is filled in, and what the service does not allow in
 * a name becomes `_`.
 *
 * @example nameBy("/shop/{{service}}", "group")({ kind: "log", row }, "default"); // "/shop/cart"
 */
export function nameBy(
  template: string,
  kind: keyof typeof FORBIDDEN,
): (row: Row, org: string) => string {
  const parts = template
    .split(PLACEHOLDER)
    .map((text, index) => (index % 2 === 0 ? text : (valueOf(text) ?? UNKNOWN)));
  return (row, org) => {
    const filled = parts.map((part) =>
      typeof part === "string" ? part : part(row, org) || UNKNOWN,
    );
    // Half of a surrogate pair would be another name each time that it is written.
    const name = filled.join("").toWellFormed().replaceAll(FORBIDDEN[kind], "_");
    return name.slice(0, NAME_CHARACTERS_MAX).toWellFormed();
  };
}
