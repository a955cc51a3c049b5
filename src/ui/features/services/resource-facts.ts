import type { ServiceResource } from "#api/contract/services.ts";
import { valueText } from "../../lib/log-text.ts";

/** What tells the instances of a service apart, the most telling attribute first. */
const NAMES = [
  "k8s.pod.name",
  "service.instance.id",
  "container.name",
  "container.id",
  "host.name",
  "process.pid",
] as const;
const PLACES = ["cloud.availability_zone", "cloud.region", "k8s.node.name", "host.name"] as const;
const ENVIRONMENTS = ["deployment.environment.name", "deployment.environment"] as const;

/** The columns of a resource; empty where it does not say. */
export interface ResourceFacts {
  readonly name: string;
  readonly version: string;
  readonly environment: string;
  readonly place: string;
  readonly language: string;
}

/** What an instance of a service is, by the attributes that OpenTelemetry has for it. */
export function factsOf({ attributes, resourceId }: ServiceResource): ResourceFacts {
  const first = (keys: readonly string[]): string =>
    keys.map((key) => valueText(attributes[key] ?? null)).find((text) => text !== "") ?? "";
  return {
    name: first(NAMES) || `resource ${resourceId.slice(0, 8)}`,
    version: first(["service.version"]),
    environment: first(ENVIRONMENTS),
    place: first(PLACES),
    language: first(["telemetry.sdk.language"]),
  };
}
