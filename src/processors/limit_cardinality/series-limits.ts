import { createHash } from "node:crypto";
import { type Attribute, ATTRIBUTE_TYPES, Series } from "#core/attributes.ts";

/** Series that were made in the place of others; when there are more, remembering starts anew. */
const SERIES_REMEMBERED_MAX = 10_000;

/** Bytes of a digest that are kept: two sets among a million are taken for one with a chance of 10⁻¹⁷. */
const DIGEST_BYTES = 12;

/** A short text that is the same for equal sets of attributes, in whatever order, and for no others. */
export class LabelSets {
  private readonly known = new WeakMap<readonly Attribute[], string>();

  of(attributes: readonly Attribute[]): string {
    let text = this.known.get(attributes);
    if (text === undefined) this.known.set(attributes, (text = textOf(attributes)));
    return text;
  }
}

function textOf(attributes: readonly Attribute[]): string {
  const parts = attributes.map(
    ({ key, value, type }) => `${key.length}:${key}${type}:${value.length}:${value}`,
  );
  const digest = createHash("sha256").update(parts.toSorted().join("")).digest();
  return digest.toString("base64", 0, DIGEST_BYTES);
}

/** Series of other attributes than they came with: the same object for the same content, so that it is stored once. */
export class ChangedSeries {
  private readonly known = new Map<string, Series>();
  private readonly labelSets: LabelSets;

  constructor(labelSets: LabelSets) {
    this.labelSets = labelSets;
  }

  /** The series with these attributes; itself where they are its own. */
  of(series: Series, attributes: readonly Attribute[]): Series {
    if (attributes === series.attributes) return series;
    const { metric, resource, scope } = series;
    const { name, unit, type, temporality, monotonic } = metric;
    const id = [
      `${name.length}:${name}${unit.length}:${unit}${type} ${temporality} ${monotonic}`,
      `${resource.id.high}:${resource.id.low} ${scope.id.high}:${scope.id.low}`,
      this.labelSets.of(attributes),
    ].join(" ");
    const known = this.known.get(id);
    if (known !== undefined) return known;
    if (this.known.size >= SERIES_REMEMBERED_MAX) this.known.clear();
    const made = new Series(metric, resource, scope, attributes);
    this.known.set(id, made);
    return made;
  }
}

/** The attributes with the placeholder for each value. */
export function replacedAll(
  attributes: readonly Attribute[],
  placeholder: string,
): readonly Attribute[] {
  return attributes.map(({ key }) => ({ key, value: placeholder, type: ATTRIBUTE_TYPES.string }));
}
