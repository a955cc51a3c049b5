import {
  type Identity,
  METRIC_TYPES,
  type MetricDescriptor,
  type MetricType,
  Resource,
  Scope,
  Series,
} from "../attributes.ts";
import { BLOCK_COLUMNS, type BlockTable, type RecordTable } from "./block-columns.ts";
import { BlockReader } from "./block-reader.ts";
import type { Section } from "./payload.ts";

const TYPES_BY_NUMBER = new Map<number, MetricType>(
  (Object.keys(METRIC_TYPES) as MetricType[]).map((type) => [METRIC_TYPES[type], type]),
);

/** What the rows of one record came from. Equal ids give the same object. */
export class RecordReferences {
  private readonly resources = new Map<bigint, Resource>();
  private readonly scopes = new Map<bigint, Scope>();
  private readonly series = new Map<bigint, Series>();

  /** Reads all references that the record carries, whether they are stored or repeated for its readers. */
  constructor(sections: readonly Section<BlockTable | RecordTable>[]) {
    // A series is made of a resource and a scope, so that it comes after them.
    for (const section of sections) {
      if (section.table === "resources" || section.table === "repeated_resources")
        this.readResources(section);
      else if (section.table === "scopes" || section.table === "repeated_scopes")
        this.readScopes(section);
    }
    for (const section of sections)
      if (section.table === "series" || section.table === "repeated_series")
        this.readSeries(section);
  }

  /** The resource of each row. Throws a RangeError for one that is missing. */
  resourcesOf(ids: BigUint64Array, table: string): Resource[] {
    return lookUp(this.resources, ids, "resource", table);
  }

  scopesOf(ids: BigUint64Array, table: string): Scope[] {
    return lookUp(this.scopes, ids, "scope", table);
  }

  seriesOf(ids: BigUint64Array, table: string): Series[] {
    return lookUp(this.series, ids, "series", table);
  }

  private readResources({ table, block, rows }: Section<BlockTable | RecordTable>): void {
    const reader = new BlockReader(table, block, rows, BLOCK_COLUMNS.resources.length);
    reader.dictionary("org");
    const ids = reader.fixed("resource_id", "UInt64");
    reader.fixed("day", "Date");
    reader.dictionary("service");
    const attributes = reader.attributes("attrs", "attr_types");
    const schemaUrls = reader.dictionary("schema_url");
    reader.end();
    fill(this.resources, ids, (row, id) => {
      return new Resource(attributes.of(row), schemaUrls.text(row), id);
    });
  }

  private readScopes({ table, block, rows }: Section<BlockTable | RecordTable>): void {
    const reader = new BlockReader(table, block, rows, BLOCK_COLUMNS.scopes.length);
    reader.dictionary("org");
    const ids = reader.fixed("scope_id", "UInt64");
    reader.fixed("day", "Date");
    const names = reader.dictionary("name");
    const versions = reader.dictionary("version");
    const attributes = reader.attributes("attrs", "attr_types");
    const schemaUrls = reader.dictionary("schema_url");
    reader.end();
    fill(this.scopes, ids, (row, id) => {
      const [name, version] = [names.text(row), versions.text(row)];
      return new Scope(name, version, attributes.of(row), schemaUrls.text(row), id);
    });
  }

  private readSeries({ table, block, rows }: Section<BlockTable | RecordTable>): void {
    const reader = new BlockReader(table, block, rows, BLOCK_COLUMNS.series.length);
    reader.dictionary("org");
    const names = reader.dictionary("metric");
    const ids = reader.fixed("series_id", "UInt64");
    reader.fixed("day", "Date");
    const types = metricTypes(reader);
    const temporalities = metricTemporalities(reader);
    const monotonic = reader.fixed("monotonic", "UInt8");
    const units = reader.dictionary("unit");
    const descriptions = reader.strings("description");
    reader.dictionary("service");
    const resources = this.resourcesOf(reader.fixed("resource_id", "UInt64"), table);
    const scopes = this.scopesOf(reader.fixed("scope_id", "UInt64"), table);
    const attributes = reader.attributes("attrs", "attr_types");
    reader.end();
    fill(this.series, ids, (row, id) => {
      const metric = {
        name: names.text(row),
        description: descriptions.text(row),
        unit: units.text(row),
        type: types[row]!,
        temporality: temporalities[row]!,
        monotonic: monotonic[row] === 1,
      };
      return new Series(metric, resources[row]!, scopes[row]!, attributes.of(row), id);
    });
  }
}

function metricTypes(reader: BlockReader): MetricType[] {
  return Array.from(reader.fixed("type", "Int8"), (number, row) => {
    return TYPES_BY_NUMBER.get(number) ?? reader.fail(`row ${row} has the metric type ${number}`);
  });
}

function metricTemporalities(reader: BlockReader): MetricDescriptor["temporality"][] {
  return Array.from(reader.fixed("temporality", "Int8"), (number, row) => {
    if (number === 0 || number === 1 || number === 2) return number;
    return reader.fail(`row ${row} has the temporality ${number}`);
  });
}

/** The first of equal ids stays. */
function fill<T>(
  into: Map<bigint, T>,
  ids: BigUint64Array,
  make: (row: number, id: Identity) => T,
): void {
  for (const [row, id] of ids.entries()) if (!into.has(id)) into.set(id, make(row, identityOf(id)));
}

function identityOf(id: bigint): Identity {
  return { low: Number(id & 0xffff_ffffn), high: Number(id >> 32n) };
}

function lookUp<T>(known: Map<bigint, T>, ids: BigUint64Array, what: string, table: string): T[] {
  let lastId: bigint | undefined;
  let last: T | undefined;
  return Array.from(ids, (id, row) => {
    if (id !== lastId) {
      last = known.get(id);
      lastId = id;
    }
    if (last !== undefined) return last;
    const hex = id.toString(16).padStart(16, "0");
    throw new RangeError(`the record lacks ${what} ${hex}, which row ${row} of ${table} refers to`);
  });
}
