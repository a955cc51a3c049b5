import { Resource, Scope, Series } from "#core/attributes.ts";
import type { ExemplarRow } from "#core/row-views.ts";
import type { Row } from "./delivery.ts";

/**
 * A row as one line of JSON that gives the same row back. Integers of 64 bits and numbers that JSON
 * does not have are objects of one key, `$int` or `$double`; a row has no such keys of its own, for
 * what senders name stands in values only.
 */
export function textOfRow(row: Row): string {
  return JSON.stringify(row, (key, value: unknown) => {
    if (typeof value === "bigint") return { $int: String(value) };
    if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
      return { $double: Object.is(value, -0) ? "-0" : String(value) };
    // What can be made again from the rest is left out.
    if (key === "exemplars") return (value as ExemplarRow[]).map(({ series: _, ...rest }) => rest);
    if (value instanceof Resource || value instanceof Scope || value instanceof Series)
      return Object.fromEntries(Object.entries(value).filter(([name]) => !DERIVED.has(name)));
    return value;
  });
}

const DERIVED: ReadonlySet<string> = new Set(["id", "service", "serviceBytes"]);

/** The row of a text of {@link textOfRow}. @throws SyntaxError or TypeError for any other text. */
export function rowOfText(text: string): Row {
  const { kind, row } = JSON.parse(text, revived) as Row;
  switch (kind) {
    case "span":
    case "log":
      return { kind, row: withOrigin(row) } as Row;
    case "number_point":
    case "histogram_point":
      return { kind, row: withSeries(row) } as Row;
    default:
      throw new TypeError(`a row of kind ${JSON.stringify(kind)}`);
  }
}

function revived(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("$int" in value && typeof value.$int === "string") return BigInt(value.$int);
  if ("$double" in value && typeof value.$double === "string") return Number(value.$double);
  return value;
}

interface Origin {
  readonly resource: Resource;
  readonly scope: Scope;
}

function withOrigin<T extends Origin>(row: T): T {
  return { ...row, ...originOf(row) };
}

function originOf({ resource, scope }: Origin): Origin {
  const { name, version, attributes, schemaUrl } = scope;
  return {
    resource: new Resource(resource.attributes, resource.schemaUrl),
    scope: new Scope(name, version, attributes, schemaUrl),
  };
}

function withSeries<T extends { series: Series; exemplars: readonly ExemplarRow[] }>(row: T): T {
  const { metric, attributes } = row.series;
  const { resource, scope } = originOf(row.series);
  const series = new Series(metric, resource, scope, attributes);
  return { ...row, series, exemplars: row.exemplars.map((one) => ({ ...one, series })) };
}
