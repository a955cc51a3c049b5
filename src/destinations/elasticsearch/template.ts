import type { JsonObject } from "#pipeline/delivery/row-json.ts";
import type { ElasticsearchSettings } from "./settings.ts";

/** Of the mappings below; raised whenever they change. */
const TEMPLATE_VERSION = 1;

/** Lucene takes no term of more than 32,766 bytes; what is longer is kept and not searched. */
const KEYWORD_CHARACTERS_MAX = 1_024;

const DATE = { type: "date_nanos" } as const;
const KEYWORD = { type: "keyword", ignore_above: KEYWORD_CHARACTERS_MAX } as const;

/** Fields of numbers that rows have as JSON. */
const NUMBERS = ["value", "count", "sum", "min", "max", "durationMs"] as const;
const NUMBER = { type: "double", ignore_malformed: true } as const;

export type Distribution = "elasticsearch" | "opensearch";

/** A body for `PUT /_index_template/…` (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-put-index-template). */
export function templateOf(
  settings: Pick<ElasticsearchSettings, "dataStreams" | "documents" | "templatePriority">,
  wildcard: string,
  distribution: Distribution,
): JsonObject {
  const { dataStreams, documents, templatePriority } = settings;
  return {
    index_patterns: [wildcard],
    priority: templatePriority,
    version: TEMPLATE_VERSION,
    ...(dataStreams ? { data_stream: {} } : {}),
    template: {
      mappings: documents === "otel" ? otelMappings(distribution) : eventMappings(distribution),
    },
    _meta: { description: "Telemetry from Sightglass", managed_by: "sightglass" },
  };
}

/**
 * An object whose keys nobody knows before, as one field: senders cannot make the mapping explode. The
 * engines have a type of their own for it each.
 */
function wholeObject(distribution: Distribution): JsonObject {
  return distribution === "opensearch"
    ? { type: "flat_object" }
    : { type: "flattened", ignore_above: KEYWORD_CHARACTERS_MAX };
}

/** Text that is searched by its words, and for the most part only looked at. */
function words(distribution: Distribution): JsonObject {
  return distribution === "opensearch"
    ? { type: "text", norms: false }
    : { type: "match_only_text" };
}

function otelMappings(distribution: Distribution): JsonObject {
  const attributes = wholeObject(distribution);
  return {
    // Every field is named here; nothing is guessed from what arrives.
    dynamic: false,
    properties: {
      "@timestamp": DATE,
      observed_timestamp: DATE,
      start_timestamp: DATE,
      severity_text: KEYWORD,
      severity_number: { type: "byte" },
      event_name: KEYWORD,
      body: { properties: { text: words(distribution), structured: attributes } },
      trace_id: KEYWORD,
      span_id: KEYWORD,
      parent_span_id: KEYWORD,
      trace_state: KEYWORD,
      name: KEYWORD,
      kind: KEYWORD,
      duration: { type: "long" },
      status: { properties: { code: KEYWORD, message: words(distribution) } },
      events: { properties: { "@timestamp": DATE, event_name: KEYWORD, attributes } },
      links: {
        properties: { trace_id: KEYWORD, span_id: KEYWORD, trace_state: KEYWORD, attributes },
      },
      weight: { type: "float" },
      metric: {
        properties: {
          name: KEYWORD,
          type: KEYWORD,
          unit: KEYWORD,
          description: { ...KEYWORD, index: false },
          temporality: KEYWORD,
          monotonic: { type: "boolean" },
        },
      },
      value: { type: "double" },
      count: { type: "double" },
      sum: { type: "double" },
      min: { type: "double" },
      max: { type: "double" },
      unindexed: { type: "object", enabled: false },
      attributes,
      resource: { properties: { attributes, schema_url: KEYWORD } },
      scope: {
        properties: { name: KEYWORD, version: KEYWORD, attributes, schema_url: KEYWORD },
      },
    },
  };
}

/** Events have fields of their own: texts are keywords, objects are one field each, and dates are not guessed. */
function eventMappings(distribution: Distribution): JsonObject {
  return {
    dynamic: true,
    date_detection: false,
    numeric_detection: false,
    properties: {
      "@timestamp": DATE,
      message: words(distribution),
      // Of points and spans. What is not finite is text in their JSON, which is kept and not searched.
      ...Object.fromEntries(NUMBERS.map((name) => [name, NUMBER])),
      attributes: wholeObject(distribution),
      resource: wholeObject(distribution),
      scope: wholeObject(distribution),
      events: { type: "object", enabled: false },
      links: { type: "object", enabled: false },
      exemplars: { type: "object", enabled: false },
    },
    dynamic_templates: [
      { objects: { match_mapping_type: "object", mapping: wholeObject(distribution) } },
      { texts: { match_mapping_type: "string", mapping: KEYWORD } },
      { integers: { match_mapping_type: "long", mapping: { type: "double", coerce: true } } },
      { doubles: { match_mapping_type: "double", mapping: { type: "double", coerce: true } } },
    ],
  };
}
