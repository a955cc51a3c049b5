import { type Attribute, attributeValue, type Resource } from "#core/attributes.ts";
import type { DatadogSettings } from "./settings.ts";

/** https://docs.datadoghq.com/getting_started/tagging/ */
const TAG_CHARACTERS_MAX = 200;
/** https://docs.datadoghq.com/metrics/custom_metrics/#naming-custom-metrics */
const METRIC_CHARACTERS_MAX = 200;
/** In a list a comma would end the tag. */
const NOT_IN_TAGS = /[,\p{Cc}]/gu;
const UNKNOWN_SERVICE = "unknown_service";

/** What Datadog is told of where rows come from. */
export interface Origin {
  /** Undefined when the resource does not say. */
  readonly service: string | undefined;
  readonly host: string | undefined;
  /** `service` among them. */
  readonly tags: readonly string[];
}

/** The origins of resources, each made once. */
export class Origins {
  readonly #settings: Pick<DatadogSettings, "hostname" | "tags" | "resourceTags">;
  readonly #known = new WeakMap<Resource, Origin>();

  constructor(settings: Pick<DatadogSettings, "hostname" | "tags" | "resourceTags">) {
    this.#settings = settings;
  }

  of(resource: Resource): Origin {
    let origin = this.#known.get(resource);
    if (origin === undefined) this.#known.set(resource, (origin = this.#make(resource)));
    return origin;
  }

  #make(resource: Resource): Origin {
    const { hostname, tags, resourceTags } = this.#settings;
    const text = (...keys: readonly string[]): string | undefined => {
      for (const key of keys) {
        const found = resource.attributes.find((attribute) => attribute.key === key);
        if (found !== undefined && found.value !== "") return found.value;
      }
      return undefined;
    };
    const service = resource.service === UNKNOWN_SERVICE ? undefined : resource.service;
    // Unified service tagging: https://docs.datadoghq.com/getting_started/tagging/unified_service_tagging/
    const own: readonly (readonly [string, string | undefined])[] = [
      ["service", service],
      ["env", text("deployment.environment.name", "deployment.environment")],
      ["version", text("service.version")],
      ...resourceTags.map((key) => [key, text(key)] as const),
    ];
    const found = own.flatMap(([key, value]) => (value === undefined ? [] : [tagOf(key, value)]));
    return {
      service,
      host: text("host.name") ?? hostname,
      tags: [...new Set([...tags, ...found])],
    };
  }
}

/** A tag, within the limits that a list of tags has. */
export function tagOf(key: string, value: string): string {
  const tag = `${key}:${value}`.replaceAll(NOT_IN_TAGS, "_");
  return tag.slice(0, TAG_CHARACTERS_MAX).toWellFormed();
}

export function tagsOfAttributes(attributes: readonly Attribute[]): string[] {
  return attributes.map(({ key, value, type }) => {
    const typed = attributeValue(value, type);
    return tagOf(key, typeof typed === "string" ? typed : JSON.stringify(typed));
  });
}

/** A metric's name as Datadog would make it; empty when nothing of it is left. */
export function metricName(name: string, prefix: string): string {
  const full = prefix === "" ? name : `${prefix.replace(/\.+$/, "")}.${name}`;
  return full
    .replaceAll(/[^A-Za-z0-9_.]/g, "_")
    .replace(/^[^A-Za-z]+/, "")
    .slice(0, METRIC_CHARACTERS_MAX);
}
