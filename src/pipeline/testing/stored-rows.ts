import { z } from "zod";
import { type Attribute, METRIC_TYPES, type MetricType } from "#core/attributes.ts";
import type {
  Origin,
  PlainExemplar,
  PlainHistogram,
  PlainLog,
  PlainNumber,
  PlainRows,
  PlainSpan,
  SeriesOrigin,
} from "#receivers/otlp/testing/batch-rows.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import type { StoreReader } from "#store/reader.ts";

/** Reads all rows of an organization out of the engine, as the row views show them before they went in. */

const wide = z.string().transform(BigInt);
const wides = z.array(wide);
const texts = z.array(z.string());
/** Doubles are read as their bits, so that -0 and NaN are told apart. */
const double = z.string().transform((bits) => doubleOf(BigInt(bits)));
const doubles = z.array(double);

function doubleOf(bits: bigint): number {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(bits);
  return bytes.readDoubleLE();
}

interface StoredAttributes {
  readonly keys: readonly string[];
  readonly values: readonly string[];
  readonly types: string;
}
const attributeFields = { keys: texts, values: texts, types: z.string() };
const ATTRIBUTES = sql`mapKeys(attrs) AS keys, mapValues(attrs) AS values, attr_types AS types`;

function attributesOf({ keys, values, types }: StoredAttributes): Attribute[] {
  return keys.map((key, i) => ({ key, value: values[i]!, type: types.charCodeAt(i) }));
}

const resource = z.object({
  id: z.string(),
  service: z.string(),
  schemaUrl: z.string(),
  ...attributeFields,
});
const scope = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  schemaUrl: z.string(),
  ...attributeFields,
});
const series = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  unit: z.string(),
  type: z.number(),
  temporality: z.literal([0, 1, 2]),
  monotonic: z.boolean(),
  resourceId: z.string(),
  scopeId: z.string(),
  ...attributeFields,
});

export class StoredRows {
  private readonly reader: StoreReader;
  private readonly org: Fragment;
  private readonly resources = new Map<string, Origin["resource"] & { service: string }>();
  private readonly scopes = new Map<string, Origin["scope"]>();
  private readonly series = new Map<string, SeriesOrigin>();

  private constructor(reader: StoreReader, org: string) {
    this.reader = reader;
    this.org = literal.string(org);
  }

  static async read(reader: StoreReader, org: string): Promise<PlainRows> {
    const stored = new StoredRows(reader, org);
    await stored.readOrigins();
    return {
      spans: await stored.spans(),
      logs: await stored.logs(),
      numbers: await stored.numbers(),
      histograms: await stored.histograms(),
      exemplars: await stored.exemplars(),
    };
  }

  private async readOrigins(): Promise<void> {
    const { reader, org } = this;
    const resources = sql`SELECT toString(resource_id) AS id, service, schema_url AS schemaUrl, ${ATTRIBUTES} FROM resources WHERE org = ${org}`;
    for (const row of await reader.rows(resources, { schema: resource })) {
      const { id, service, schemaUrl } = row;
      this.resources.set(id, { service, schemaUrl, attributes: attributesOf(row) });
    }
    const scopes = sql`SELECT toString(scope_id) AS id, name, version, schema_url AS schemaUrl, ${ATTRIBUTES} FROM scopes WHERE org = ${org}`;
    for (const row of await reader.rows(scopes, { schema: scope })) {
      const { id, name, version, schemaUrl } = row;
      this.scopes.set(id, { name, version, schemaUrl, attributes: attributesOf(row) });
    }
    const all = sql`
      SELECT toString(series_id) AS id, metric AS name, description, unit, toInt8(type) AS type,
        toInt8(temporality) AS temporality, monotonic, toString(resource_id) AS resourceId,
        toString(scope_id) AS scopeId, ${ATTRIBUTES} FROM series WHERE org = ${org}`;
    for (const row of await reader.rows(all, { schema: series })) {
      const { name, description, unit, temporality, monotonic } = row;
      const type = typeOf(row.type);
      this.series.set(row.id, {
        ...this.origin(row.resourceId, row.scopeId),
        metric: { name, description, unit, type, temporality, monotonic },
        seriesAttributes: attributesOf(row),
      });
    }
  }

  /** A row's resource must have the row's service, which is stored with both. */
  private origin(resourceId: string, scopeId: string, service?: string): Origin {
    const found = this.resources.get(resourceId);
    const foundScope = this.scopes.get(scopeId);
    if (found === undefined || foundScope === undefined)
      throw new Error(`resource ${resourceId} or scope ${scopeId} is not stored`);
    const { service: stored, ...rest } = found;
    if (service !== undefined && service !== stored)
      throw new Error(`service ${service}, but its resource has ${stored}`);
    return { resource: rest, scope: foundScope };
  }

  private seriesOrigin(id: string, metric: string): SeriesOrigin {
    const found = this.series.get(id);
    if (found?.metric.name !== metric) throw new Error(`series ${id} of ${metric} is not stored`);
    return found;
  }

  private async spans(): Promise<PlainSpan[]> {
    const rows = await this.reader.rows(
      sql`
      SELECT toString(toUnixTimestamp64Nano(ts)) AS time, toString(duration_ns) AS durationNs,
        lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId, lower(hex(parent_span_id)) AS parentSpanId,
        service, name, toInt8(kind) AS kind, toInt8(status) AS status, status_message AS statusMessage,
        trace_state AS traceState, flags, weight, toString(resource_id) AS resourceId, toString(scope_id) AS scopeId,
        ${ATTRIBUTES},
        arrayMap(t -> toString(toUnixTimestamp64Nano(t)), events.ts) AS eventTimes, events.name AS eventNames,
        arrayMap(m -> mapKeys(m), events.attrs) AS eventKeys, arrayMap(m -> mapValues(m), events.attrs) AS eventValues,
        events.attr_types AS eventTypes,
        arrayMap(id -> lower(hex(id)), links.trace_id) AS linkTraceIds, arrayMap(id -> lower(hex(id)), links.span_id) AS linkSpanIds,
        links.trace_state AS linkTraceStates,
        arrayMap(m -> mapKeys(m), links.attrs) AS linkKeys, arrayMap(m -> mapValues(m), links.attrs) AS linkValues,
        links.attr_types AS linkTypes,
        dropped_attrs AS droppedAttributes, dropped_events AS droppedEvents, dropped_links AS droppedLinks
      FROM spans WHERE org = ${this.org}`,
      {
        schema: z.object({
          time: wide,
          durationNs: wide,
          traceId: z.string(),
          spanId: z.string(),
          parentSpanId: z.string().transform((id) => (/^0+$/.test(id) ? "" : id)),
          service: z.string(),
          name: z.string(),
          kind: z.number(),
          status: z.number(),
          statusMessage: z.string(),
          traceState: z.string(),
          flags: z.number(),
          weight: z.number(),
          resourceId: z.string(),
          scopeId: z.string(),
          ...attributeFields,
          eventTimes: wides,
          eventNames: texts,
          eventKeys: z.array(texts),
          eventValues: z.array(texts),
          eventTypes: texts,
          linkTraceIds: texts,
          linkSpanIds: texts,
          linkTraceStates: texts,
          linkKeys: z.array(texts),
          linkValues: z.array(texts),
          linkTypes: texts,
          droppedAttributes: z.number(),
          droppedEvents: z.number(),
          droppedLinks: z.number(),
        }),
      },
    );
    return rows.map((row) => ({
      ...this.origin(row.resourceId, row.scopeId, row.service),
      time: row.time,
      durationNs: row.durationNs,
      traceId: row.traceId,
      spanId: row.spanId,
      parentSpanId: row.parentSpanId,
      name: row.name,
      kind: row.kind,
      status: row.status,
      statusMessage: row.statusMessage,
      traceState: row.traceState,
      flags: row.flags,
      weight: row.weight,
      attributes: attributesOf(row),
      events: row.eventTimes.map((time, i) => ({
        time,
        name: row.eventNames[i]!,
        attributes: attributesOf({
          keys: row.eventKeys[i]!,
          values: row.eventValues[i]!,
          types: row.eventTypes[i]!,
        }),
      })),
      links: row.linkTraceIds.map((traceId, i) => ({
        traceId,
        spanId: row.linkSpanIds[i]!,
        traceState: row.linkTraceStates[i]!,
        attributes: attributesOf({
          keys: row.linkKeys[i]!,
          values: row.linkValues[i]!,
          types: row.linkTypes[i]!,
        }),
      })),
      droppedAttributes: row.droppedAttributes,
      droppedEvents: row.droppedEvents,
      droppedLinks: row.droppedLinks,
    }));
  }

  private async logs(): Promise<PlainLog[]> {
    const rows = await this.reader.rows(
      sql`
      SELECT toString(toUnixTimestamp64Nano(ts)) AS time, toString(toUnixTimestamp64Nano(observed_ts)) AS observedTime,
        lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId, flags, severity, severity_text AS severityText,
        service, body, body_type AS bodyType, event_name AS eventName, weight,
        toString(resource_id) AS resourceId, toString(scope_id) AS scopeId, ${ATTRIBUTES},
        dropped_attrs AS droppedAttributes
      FROM logs WHERE org = ${this.org}`,
      {
        schema: z.object({
          time: wide,
          observedTime: wide,
          traceId: z.string(),
          spanId: z.string(),
          flags: z.number(),
          severity: z.number(),
          severityText: z.string(),
          service: z.string(),
          body: z.string(),
          bodyType: z.number(),
          eventName: z.string(),
          weight: z.number(),
          resourceId: z.string(),
          scopeId: z.string(),
          ...attributeFields,
          droppedAttributes: z.number(),
        }),
      },
    );
    return rows.map(({ resourceId, scopeId, service, keys, values, types, ...row }) => ({
      ...this.origin(resourceId, scopeId, service),
      ...row,
      attributes: attributesOf({ keys, values, types }),
    }));
  }

  private async numbers(): Promise<PlainNumber[]> {
    const rows = await this.reader.rows(
      sql`
      SELECT metric, toString(series_id) AS id, toString(toUnixTimestamp64Nano(ts)) AS time,
        toString(toUnixTimestamp64Nano(start_ts)) AS startTime, toString(reinterpretAsUInt64(value)) AS bits,
        toString(int_value) AS int, is_int AS isInt, flags
      FROM points WHERE org = ${this.org}`,
      {
        schema: z.object({
          metric: z.string(),
          id: z.string(),
          time: wide,
          startTime: wide,
          bits: double,
          int: wide,
          isInt: z.number(),
          flags: z.number(),
        }),
      },
    );
    return rows.map(({ metric, id, bits, int, isInt, ...row }) => {
      if (isInt === 1 && bits !== Number(int)) throw new Error(`value ${bits} of integer ${int}`);
      return { ...this.seriesOrigin(id, metric), ...row, value: isInt === 1 ? int : bits };
    });
  }

  private async histograms(): Promise<PlainHistogram[]> {
    const optional = (name: Fragment): Fragment =>
      sql`if(isNull(${name}), NULL, toString(reinterpretAsUInt64(assumeNotNull(${name}))))`;
    const all = (name: Fragment): Fragment => sql`arrayMap(v -> toString(v), ${name})`;
    const allBits = (name: Fragment): Fragment =>
      sql`arrayMap(v -> toString(reinterpretAsUInt64(v)), ${name})`;
    const rows = await this.reader.rows(
      sql`
      SELECT metric, toString(series_id) AS id, toString(toUnixTimestamp64Nano(ts)) AS time,
        toString(toUnixTimestamp64Nano(start_ts)) AS startTime, toString(count) AS total,
        ${optional(sql`sum`)} AS sumBits, ${optional(sql`min`)} AS minBits, ${optional(sql`max`)} AS maxBits,
        ${allBits(sql`bounds`)} AS boundBits, ${all(sql`buckets`)} AS counts, scale,
        toString(zero_count) AS zeroCount, toString(reinterpretAsUInt64(zero_threshold)) AS zeroThreshold,
        positive_offset AS positiveOffset, ${all(sql`positive_buckets`)} AS positive,
        negative_offset AS negativeOffset, ${all(sql`negative_buckets`)} AS negative,
        ${allBits(sql`quantiles`)} AS quantileBits, ${allBits(sql`quantile_values`)} AS valueBits, flags
      FROM histograms WHERE org = ${this.org}`,
      {
        schema: z.object({
          metric: z.string(),
          id: z.string(),
          time: wide,
          startTime: wide,
          total: wide,
          sumBits: z.nullable(double),
          minBits: z.nullable(double),
          maxBits: z.nullable(double),
          boundBits: doubles,
          counts: wides,
          scale: z.number(),
          zeroCount: wide,
          zeroThreshold: double,
          positiveOffset: z.number(),
          positive: wides,
          negativeOffset: z.number(),
          negative: wides,
          quantileBits: doubles,
          valueBits: doubles,
          flags: z.number(),
        }),
      },
    );
    return rows.map((row) => ({
      ...this.seriesOrigin(row.id, row.metric),
      time: row.time,
      startTime: row.startTime,
      count: row.total,
      sum: row.sumBits,
      min: row.minBits,
      max: row.maxBits,
      bounds: row.boundBits,
      buckets: row.counts,
      scale: row.scale,
      zeroCount: row.zeroCount,
      zeroThreshold: row.zeroThreshold,
      positive: { offset: row.positiveOffset, buckets: row.positive },
      negative: { offset: row.negativeOffset, buckets: row.negative },
      quantiles: row.quantileBits.map((quantile, i) => ({ quantile, value: row.valueBits[i]! })),
      flags: row.flags,
    }));
  }

  private async exemplars(): Promise<PlainExemplar[]> {
    const rows = await this.reader.rows(
      sql`
      SELECT metric, toString(series_id) AS id, toString(toUnixTimestamp64Nano(ts)) AS time,
        toString(reinterpretAsUInt64(value)) AS bits, toString(int_value) AS int, is_int AS isInt,
        lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId, ${ATTRIBUTES}
      FROM exemplars WHERE org = ${this.org}`,
      {
        schema: z.object({
          metric: z.string(),
          id: z.string(),
          time: wide,
          bits: double,
          int: wide,
          isInt: z.number(),
          traceId: z.string(),
          spanId: z.string(),
          ...attributeFields,
        }),
      },
    );
    return rows.map(({ metric, id, bits, int, isInt, keys, values, types, ...row }) => ({
      ...this.seriesOrigin(id, metric),
      ...row,
      value: isInt === 1 ? int : bits,
      attributes: attributesOf({ keys, values, types }),
    }));
  }
}

function typeOf(number: number): MetricType {
  const found = (Object.keys(METRIC_TYPES) as MetricType[]).find((n) => METRIC_TYPES[n] === number);
  if (found === undefined) throw new Error(`metric type ${number}`);
  return found;
}
