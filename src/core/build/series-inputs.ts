import { type MetricDescriptor, type Resource, type Scope, Series } from "../attributes.ts";
import { ROW_LIMITS } from "../limits.ts";
import { ownText } from "../utf8.ts";
import type { AttributeInputs } from "./attribute-input.ts";
import { AttributeListWriter } from "./attribute-writer.ts";

/** Bytes, by estimate, of the series that builders remember; then they start anew. */
const BYTES_REMEMBERED_MAX = 64 * 1024 * 1024;

/** A series whose labels are longer than this is made each time. */
const KEY_CHARACTERS_MAX = 64 * 1024;

/** What a series takes in memory beside the text that it is remembered by, by estimate. */
const SERIES_BYTES = 1_024;

/**
 * The series of builders: equal ones are the same object as long as they are remembered, so that each is hashed,
 * and written to the store, once.
 */
export class SeriesInputs {
  private byScope = new Map<Resource, Map<Scope, Map<string, Series>>>();
  private bytes = 0;
  private readonly writer = new AttributeListWriter();

  /**
   * @param descriptor As its sender has it: texts are cut here.
   * @throws RangeError when a label is nested too deeply.
   */
  series(
    resource: Resource,
    scope: Scope,
    descriptor: MetricDescriptor,
    labels: AttributeInputs,
  ): Series {
    this.writer.prepare(labels);
    const { name, unit, description, type, temporality, monotonic } = descriptor;
    // With the lengths of the texts, so that no two series share a key.
    const texts = `${name.length}:${unit.length}:${description.length}:${name}${unit}${description}`;
    const key = `${type}${temporality}${monotonic}${texts}${this.writer.identity()}`;
    const known = this.byScope.get(resource)?.get(scope)?.get(key);
    if (known !== undefined) return known;
    const series = new Series(withinLimits(descriptor), resource, scope, this.writer.list());
    this.remember(series, key);
    return series;
  }

  private remember(series: Series, key: string): void {
    if (key.length > KEY_CHARACTERS_MAX) return;
    this.bytes += SERIES_BYTES + key.length * 4;
    if (this.bytes > BYTES_REMEMBERED_MAX) {
      this.byScope = new Map();
      this.bytes = SERIES_BYTES + key.length * 4;
    }
    const { resource, scope } = series;
    let scopes = this.byScope.get(resource);
    if (scopes === undefined)
      this.byScope.set(resource, (scopes = new Map<Scope, Map<string, Series>>()));
    let known = scopes.get(scope);
    if (known === undefined) scopes.set(scope, (known = new Map<string, Series>()));
    known.set(key, series);
  }
}

function withinLimits(descriptor: MetricDescriptor): MetricDescriptor {
  return {
    ...descriptor,
    name: ownText(descriptor.name, ROW_LIMITS.nameBytesMax),
    unit: ownText(descriptor.unit, ROW_LIMITS.nameBytesMax),
    description: ownText(descriptor.description, ROW_LIMITS.descriptionBytesMax),
  };
}
