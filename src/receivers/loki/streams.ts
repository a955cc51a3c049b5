import type { Labels } from "./labels.ts";

/** What OpenTelemetry calls what Loki's senders usually call so; any other label keeps its name. */
const ATTRIBUTE_OF_LABEL: Readonly<Record<string, string>> = {
  service_name: "service.name",
  service_namespace: "service.namespace",
  service_instance_id: "service.instance.id",
  service_version: "service.version",
  deployment_environment: "deployment.environment.name",
  deployment_environment_name: "deployment.environment.name",
  environment: "deployment.environment.name",
  env: "deployment.environment.name",
  host: "host.name",
  hostname: "host.name",
  host_name: "host.name",
  namespace: "k8s.namespace.name",
  k8s_namespace_name: "k8s.namespace.name",
  pod: "k8s.pod.name",
  k8s_pod_name: "k8s.pod.name",
  container: "k8s.container.name",
  k8s_container_name: "k8s.container.name",
  k8s_deployment_name: "k8s.deployment.name",
  k8s_cluster_name: "k8s.cluster.name",
  node_name: "k8s.node.name",
  k8s_node_name: "k8s.node.name",
  container_name: "container.name",
  cloud_region: "cloud.region",
  cloud_availability_zone: "cloud.availability_zone",
  filename: "log.file.path",
};

/** Where Loki itself looks for a service's name, in this order, when `service_name` is not given. */
const SERVICE_LABELS = [
  "service_name",
  "service",
  "app",
  "application",
  "app_name",
  "name",
  "app_kubernetes_io_name",
  "container",
  "container_name",
  "component",
  "workload",
  "job",
];

const LEVEL_LABELS: ReadonlySet<string> = new Set([
  "level",
  "severity",
  "severity_text",
  "detected_level",
  "log_level",
  "loglevel",
  "lvl",
]);
const TRACE_LABELS: ReadonlySet<string> = new Set(["trace_id", "traceid", "traceID", "traceId"]);
const SPAN_LABELS: ReadonlySet<string> = new Set(["span_id", "spanid", "spanID", "spanId"]);

/** What labels say in OpenTelemetry's words. */
export interface LabelMeaning {
  readonly attributes: Record<string, string>;
  readonly level: string | undefined;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

/** A stream's labels as a resource. The level is not part of it: it is the records' own. */
export function resourceOf(labels: Labels): LabelMeaning {
  const meaning = meaningOf(labels, (name) => ATTRIBUTE_OF_LABEL[name] ?? name);
  if (meaning.attributes["service.name"] !== undefined) return meaning;
  for (const candidate of SERVICE_LABELS) {
    const found = labels.find(([name, value]) => name === candidate && value !== "");
    if (found === undefined) continue;
    meaning.attributes["service.name"] = found[1];
    break;
  }
  return meaning;
}

/** The structured metadata of one entry, which keep their names. */
export function metadataOf(labels: Labels): LabelMeaning {
  return meaningOf(labels, (name) => name);
}

function meaningOf(labels: Labels, nameOf: (label: string) => string): LabelMeaning {
  // Without a prototype, a label named like something of Object's is a label like any other.
  const attributes = Object.create(null) as Record<string, string>;
  let level: string | undefined;
  let traceId: string | undefined;
  let spanId: string | undefined;
  for (const [name, value] of labels) {
    if (LEVEL_LABELS.has(name)) level ??= value;
    else if (TRACE_LABELS.has(name)) traceId = value;
    else if (SPAN_LABELS.has(name)) spanId = value;
    else attributes[nameOf(name)] = value;
  }
  return { attributes, level, traceId, spanId };
}
