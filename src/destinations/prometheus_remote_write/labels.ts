import { Buffer } from "node:buffer";
import type { Attribute, Resource, Scope, Series } from "#core/attributes.ts";
import { labelName } from "./names.ts";
import type { RemoteWriteSettings } from "./settings.ts";
import type { Label } from "./write-series.ts";

const NAME = "__name__";
const SERVICE_NAME = "service.name";
const SERVICE_NAMESPACE = "service.namespace";
const SERVICE_INSTANCE = "service.instance.id";
/** What says which resource it is: `job` and `instance` are made of them. */
const IDENTIFYING = new Set([SERVICE_NAME, SERVICE_NAMESPACE, SERVICE_INSTANCE]);

type LabelSettings = Pick<
  RemoteWriteSettings,
  "translation" | "promoteResourceAttributes" | "scopeLabels"
>;

/** Makes labels of attributes, with what is the same for all points of a series made once a request. */
export class LabelMaker {
  private readonly settings: LabelSettings;
  private readonly promoted: ReadonlySet<string>;
  private readonly bySeries = new Map<Series, readonly Label[]>();

  constructor(settings: LabelSettings) {
    this.settings = settings;
    this.promoted = new Set(settings.promoteResourceAttributes);
  }

  /** The labels of a point's series under a name, with further ones such as `le`, by name as receivers ask for. */
  of(series: Series, name: string, ...more: readonly Label[]): Label[] {
    let common = this.bySeries.get(series);
    if (common === undefined) this.bySeries.set(series, (common = this.common(series)));
    const names = new Set(more.map(([label]) => label));
    const others = more.length === 0 ? common : common.filter(([label]) => !names.has(label));
    return sorted([[NAME, name], ...others, ...more]);
  }

  /** The labels of `target_info`; undefined where there would be nothing to tell, or nobody to tell it of. */
  ofTarget({ attributes }: Resource): Label[] | undefined {
    const target = targetLabels(attributes);
    const others = attributes.filter(({ key }) => !IDENTIFYING.has(key));
    if (target.length === 0 || others.length === 0) return undefined;
    const labels = this.translated(others);
    for (const [name, value] of target) labels.set(name, value);
    return sorted([[NAME, "target_info"], ...present(labels)]);
  }

  /** Attributes as labels, without an order; for exemplars. */
  plain(attributes: readonly Attribute[]): Label[] {
    return present(this.translated(attributes));
  }

  private common({ attributes, resource, scope }: Series): Label[] {
    const labels = this.translated(attributes);
    const promoted = resource.attributes.filter(({ key }) => this.promoted.has(key));
    for (const [name, value] of this.translated(promoted))
      if (!labels.has(name)) labels.set(name, value);
    if (this.settings.scopeLabels)
      for (const [name, value] of this.scopeLabels(scope)) labels.set(name, value);
    for (const [name, value] of targetLabels(resource.attributes)) labels.set(name, value);
    return present(labels);
  }

  private scopeLabels({ name, version, schemaUrl, attributes }: Scope): Map<string, string> {
    const prefixed = attributes.map((one) => ({ ...one, key: `otel_scope_${one.key}` }));
    const labels = this.translated(prefixed);
    labels.set("otel_scope_name", name);
    labels.set("otel_scope_version", version);
    labels.set("otel_scope_schema_url", schemaUrl);
    return labels;
  }

  /** Values of attributes that become the same label are joined, in the order of the attributes' names. */
  private translated(attributes: readonly Attribute[]): Map<string, string> {
    const labels = new Map<string, string>();
    const { translation } = this.settings;
    for (const { key, value } of attributes.toSorted(byKey)) {
      const name = labelName(key, translation);
      if (name === "") continue;
      const before = labels.get(name);
      labels.set(name, before === undefined ? value : `${before};${value}`);
    }
    return labels;
  }
}

/** https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#resource-attributes-1 */
function targetLabels(attributes: readonly Attribute[]): Label[] {
  const valueOf = (wanted: string): string =>
    attributes.find(({ key }) => key === wanted)?.value ?? "";
  const [name, namespace] = [valueOf(SERVICE_NAME), valueOf(SERVICE_NAMESPACE)];
  const job = namespace === "" || name === "" ? name : `${namespace}/${name}`;
  const labels: Label[] = [
    ["job", job],
    ["instance", valueOf(SERVICE_INSTANCE)],
  ];
  return labels.filter(([, value]) => value !== "");
}

/** An empty label is one that is not there. */
function present(labels: ReadonlyMap<string, string>): Label[] {
  return [...labels].filter(([, value]) => value !== "");
}

function sorted(labels: readonly Label[]): Label[] {
  return labels.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function byKey(a: Attribute, b: Attribute): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
