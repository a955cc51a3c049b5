import { z } from "zod";
import type { ComponentSchemas } from "#config/describe.ts";
import type {
  Destination,
  DestinationContext,
  Processor,
  ProcessorContext,
  Receiver,
  ReceiverContext,
} from "#pipeline/component.ts";
import { deliverySettingsSchema } from "#pipeline/delivery/delivery-settings.ts";
import { GROUP_TYPE, groupSettingsSchema } from "#pipeline/graph/destination-groups.ts";
import {
  destinationWhenSchema,
  onErrorSchema,
  pipelineSchema,
  whenSchema,
  type WrittenGraph,
} from "#pipeline/graph/parse-graph.ts";
import {
  type ComponentRegistry,
  type KnownComponents,
  register,
  type Registered,
} from "#pipeline/graph/registry.ts";

type Loaders<Context, Component> = Readonly<
  Record<string, () => Promise<Registered<Context, Component>>>
>;

/** Every component, by type. A module is loaded when a graph names its type: most start without. */
const RECEIVERS: Loaders<ReceiverContext, Receiver> = {
  elasticsearch_bulk: async () =>
    register((await import("#receivers/elasticsearch_bulk/receiver.ts")).elasticsearchBulk),
  event_stream: async () =>
    register((await import("#receivers/event_stream/receiver.ts")).eventStream),
  file: async () => register((await import("#receivers/file/receiver.ts")).file),
  fluent_forward: async () =>
    register((await import("#receivers/fluent_forward/receiver.ts")).fluentForward),
  http_json: async () => register((await import("#receivers/http_json/receiver.ts")).httpJson),
  loki: async () => register((await import("#receivers/loki/receiver.ts")).loki),
  prometheus_remote_write: async () =>
    register(
      (await import("#receivers/prometheus_remote_write/receiver.ts")).prometheusRemoteWrite,
    ),
  sentry: async () => register((await import("#receivers/sentry/receiver.ts")).sentry),
  syslog: async () => register((await import("#receivers/syslog/receiver.ts")).syslog),
};

const PROCESSORS: Loaders<ProcessorContext, Processor> = {
  deduplicate: async () =>
    register((await import("#processors/deduplicate/deduplicate.ts")).deduplicate),
  enrich: async () => register((await import("#processors/enrich/enrich.ts")).enrich),
  filter: async () => register((await import("#processors/filter/filter.ts")).filter),
  limit_cardinality: async () =>
    register((await import("#processors/limit_cardinality/limit-cardinality.ts")).limitCardinality),
  parse: async () => register((await import("#processors/parse/parse.ts")).parse),
  redact: async () => register((await import("#processors/redact/redact.ts")).redact),
  sample: async () => register((await import("#processors/sample/sample.ts")).sample),
  span_metrics: async () =>
    register((await import("#processors/span_metrics/span-metrics.ts")).spanMetrics),
  tail_sample: async () =>
    register((await import("#processors/tail_sample/tail-sample.ts")).tailSample),
  transform: async () => register((await import("#processors/transform/transform.ts")).transform),
};

const DESTINATIONS: Loaders<DestinationContext, Destination> = {
  cloudwatch_logs: async () =>
    register((await import("#destinations/cloudwatch_logs/destination.ts")).cloudwatchLogs),
  console: async () =>
    register((await import("#destinations/console/destination.ts")).consoleDestination),
  datadog: async () => register((await import("#destinations/datadog/destination.ts")).datadog),
  elasticsearch: async () =>
    register((await import("#destinations/elasticsearch/destination.ts")).elasticsearch),
  jsonl: async () => register((await import("#destinations/jsonl/destination.ts")).jsonl),
  otlp: async () => register((await import("#destinations/otlp/destination.ts")).otlp),
  postgresql: async () =>
    register((await import("#destinations/postgresql/destination.ts")).postgresql),
  prometheus_remote_write: async () =>
    register(
      (await import("#destinations/prometheus_remote_write/destination.ts")).prometheusRemoteWrite,
    ),
  s3: async () => register((await import("#destinations/s3/destination.ts")).s3),
  splunk_hec: async () =>
    register((await import("#destinations/splunk_hec/destination.ts")).splunkHec),
  supabase: async () => register((await import("#destinations/supabase/destination.ts")).supabase),
  webhook: async () => register((await import("#destinations/webhook/destination.ts")).webhook),
};

/** The components that a graph names, loaded, and the types of all others. */
export async function loadComponents(written: WrittenGraph): Promise<ComponentRegistry> {
  const [receivers, processors, destinations] = await Promise.all([
    loadKind(RECEIVERS, written.receivers),
    loadKind(PROCESSORS, written.processors),
    loadKind(DESTINATIONS, written.destinations),
  ]);
  return { receivers, processors, destinations };
}

/** The JSON Schema of each type's settings that a graph names, with what is a secret marked as such. */
export async function settingsOfComponents(written: WrittenGraph) {
  const loaded = await loadComponents(written);
  const schemaOf =
    (known: KnownComponents<never, unknown>) =>
    (type: string): Readonly<Record<string, unknown>> | undefined => {
      const settings = known.get(type)?.settings;
      if (settings === undefined) return undefined;
      return z.toJSONSchema(settings, { io: "input", unrepresentable: "any" });
    };
  return {
    receivers: schemaOf(loaded.receivers),
    processors: schemaOf(loaded.processors),
    destinations: schemaOf(loaded.destinations),
  };
}

/** What an entry of each kind may be of, with nothing loaded. */
export function componentTypes() {
  return {
    receivers: Object.keys(RECEIVERS),
    processors: Object.keys(PROCESSORS),
    destinations: [...Object.keys(DESTINATIONS), GROUP_TYPE],
  };
}

/** Every component of each kind, loaded, for what is generated from them. */
export async function allComponents() {
  const [receivers, processors, destinations] = await Promise.all([
    loadAll(RECEIVERS),
    loadAll(PROCESSORS),
    loadAll(DESTINATIONS),
  ]);
  return { receivers, processors, destinations };
}

/** The settings of every component. */
export async function componentSchemas(): Promise<ComponentSchemas> {
  const all = await allComponents();
  const schemas = (components: readonly { type: string; settings: z.ZodType }[]) =>
    new Map(components.map(({ type, settings }) => [type, settings]));
  const receivers = schemas(all.receivers);
  const processors = schemas(all.processors);
  const destinations = schemas(all.destinations).set(GROUP_TYPE, groupSettingsSchema);
  const beside = {
    processors: { onError: onErrorSchema, when: whenSchema },
    destinations: { delivery: deliverySettingsSchema, when: destinationWhenSchema },
  };
  return { receivers, processors, destinations, beside, pipelines: pipelineSchema };
}

function loadAll<Context, Component>(
  loaders: Loaders<Context, Component>,
): Promise<Registered<Context, Component>[]> {
  return Promise.all(Object.values(loaders).map((load) => load()));
}

async function loadKind<Context, Component>(
  loaders: Loaders<Context, Component>,
  written: unknown,
): Promise<KnownComponents<Context, Component>> {
  const names = typeof written === "object" && written !== null ? Object.keys(written) : [];
  const types = new Set(names.map((name) => name.split("/", 1)[0]!));
  const loaded = new Map<string, Registered<Context, Component>>();
  for (const type of types) {
    const load = Object.hasOwn(loaders, type) ? loaders[type] : undefined;
    if (load !== undefined) loaded.set(type, await load());
  }
  return { types: Object.keys(loaders), get: (type) => loaded.get(type) };
}
