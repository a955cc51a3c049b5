import { type Attribute, Resource, Scope, Series } from "#core/attributes.ts";
import {
  mapResources,
  mapScopes,
  mapSeries,
  withAttribute,
  withoutAttribute,
  withRenamed,
} from "#core/edit/map-origins.ts";
import type { Batch } from "#core/batch.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import { cutString } from "#core/utf8.ts";
import type { RunPass } from "./row-pass.ts";
import type { Pass } from "./statement-passes.ts";
import { StatementStep } from "./statement-step.ts";

/** Does the statements of a pass on the resources, scopes or series of a batch: once for each, whatever the number of its rows. */
export function originPass({ context, statements }: Pass): RunPass<Batch> {
  const steps = statements.map((statement) => new StatementStep(statement));
  switch (context) {
    case "resource": {
      const map = remembered(steps, resourceAfter);
      return (batch) => counted(map, (one) => mapResources(batch, one));
    }
    case "scope": {
      const map = remembered(steps, scopeAfter);
      return (batch) => counted(map, (one) => mapScopes(batch, one));
    }
    default: {
      const map = remembered(steps, seriesAfter);
      return (batch) => {
        if (batch.signal !== "metrics") throw new Error("only metrics have series");
        return counted(map, (one) => mapSeries(batch, one));
      };
    }
  }
}

/** Counts how many were exchanged. */
function counted<T>(map: (one: T) => T, run: (map: (one: T) => T) => void): number {
  let count = 0;
  run((one) => {
    const mapped = map(one);
    if (mapped !== one) count++;
    return mapped;
  });
  return count;
}

/** One after the other; the same object for the same one, so that the store knows it again. */
function remembered<T extends Resource | Scope | Series>(
  steps: readonly StatementStep[],
  after: (one: T, step: StatementStep) => T,
): (one: T) => T {
  const known = new WeakMap<T, T>();
  return (one) => {
    let made = known.get(one);
    if (made !== undefined) return made;
    made = one;
    for (const step of steps) {
      step.bind(made);
      if (step.holds(0)) made = after(made, step);
    }
    known.set(one, made);
    return made;
  };
}

function resourceAfter(resource: Resource, step: StatementStep): Resource {
  const attributes = attributesAfter(resource.attributes, step);
  return attributes === resource.attributes
    ? resource
    : new Resource(attributes, resource.schemaUrl);
}

function scopeAfter(scope: Scope, step: StatementStep): Scope {
  const attributes = attributesAfter(scope.attributes, step);
  const { name, version, schemaUrl } = scope;
  return attributes === scope.attributes ? scope : new Scope(name, version, attributes, schemaUrl);
}

function seriesAfter(series: Series, step: StatementStep): Series {
  const { metric, resource, scope } = series;
  if (step.target.kind === "field") {
    const changed = metricAfter(metric, step);
    return changed === metric ? series : new Series(changed, resource, scope, series.attributes);
  }
  const attributes = attributesAfter(series.attributes, step);
  return attributes === series.attributes
    ? series
    : new Series(metric, resource, scope, attributes);
}

/** A metric always has a name: an empty one changes nothing. */
function metricAfter(metric: Series["metric"], step: StatementStep): Series["metric"] {
  const field = step.target.kind === "field" ? step.target.name : undefined;
  const text = step.value(0)?.text.toWellFormed();
  if (text === undefined) return metric;
  switch (field) {
    case "metric.description":
      return { ...metric, description: cutString(text, ROW_LIMITS.descriptionBytesMax) };
    case "metric.unit":
      return { ...metric, unit: cutString(text, ROW_LIMITS.nameBytesMax) };
    default:
      return text === "" ? metric : { ...metric, name: cutString(text, ROW_LIMITS.nameBytesMax) };
  }
}

function attributesAfter(list: readonly Attribute[], step: StatementStep): readonly Attribute[] {
  const { target, edit } = step;
  const key = target.kind === "attribute" ? target.key : "";
  switch (edit.kind) {
    case "set": {
      const value = step.value(0);
      if (value === undefined) return list;
      return withAttribute(list, { key, value: value.text, type: value.type });
    }
    case "delete":
      return withoutAttribute(list, key);
    case "rename":
      return withRenamed(list, edit.from, key);
    default: {
      const kept = list.filter((attribute) => edit.keys.includes(attribute.key));
      return kept.length === list.length ? list : kept;
    }
  }
}
