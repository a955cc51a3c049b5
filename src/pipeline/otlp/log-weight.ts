import { type Attribute, ATTRIBUTE_TYPES } from "#core/attributes.ts";
import type { LogRow } from "#core/row-views.ts";
import { thresholdOfWeight } from "#core/sampling-weight.ts";

/** Where OpenTelemetry's samplers of logs, which have no tracestate, keep the threshold. */
const THRESHOLD = "sampling.threshold";

/** A log record's attributes, with its weight among them where it was sampled. */
export function attributesWithWeight({ attributes, weight }: LogRow): readonly Attribute[] {
  if (weight === 1) return attributes;
  const value = thresholdOfWeight(weight);
  const others = attributes.filter(({ key }) => key !== THRESHOLD);
  return [...others, { key: THRESHOLD, value, type: ATTRIBUTE_TYPES.string }];
}
