import type { Finding, TraceSample } from "./candidate.ts";
import { operationKey } from "./sampled-trace.ts";

/** Where something was found: a service, and the operation where it is known. */
export interface FoundAt {
  readonly service: string;
  readonly operation?: string;
}

export function placeOf(finding: Finding): FoundAt {
  const { service } = finding;
  return "operation" in finding ? { service, operation: finding.operation } : { service };
}

/** What is called by what in the traces of a sample. */
export class CallTree {
  /** The operations above each operation, and the services above each service, by their keys. */
  private readonly above = new Map<string, Set<string>>();
  private readonly servicesAbove = new Map<string, Set<string>>();

  constructor(sample: TraceSample) {
    for (const spans of sample.placed)
      for (const span of spans) {
        const operations = setAt(this.above, operationKey(span));
        const services = setAt(this.servicesAbove, span.service);
        for (const caller of span.above) {
          operations.add(operationKey(caller));
          if (caller.service !== span.service) services.add(caller.service);
        }
      }
  }

  /** Whether `one` is called, directly or not, by `other`, and never the other way round. */
  isBelow(one: FoundAt, other: FoundAt): boolean {
    if (one.operation !== undefined && other.operation !== undefined) {
      const [a, b] = [keyOf(one.service, one.operation), keyOf(other.service, other.operation)];
      return isAbove(this.above, b, a) && !isAbove(this.above, a, b);
    }
    return (
      isAbove(this.servicesAbove, other.service, one.service) &&
      !isAbove(this.servicesAbove, one.service, other.service)
    );
  }
}

function keyOf(service: string, operation: string): string {
  return operationKey({ service, operation });
}

function isAbove(map: ReadonlyMap<string, ReadonlySet<string>>, upper: string, lower: string) {
  return map.get(lower)?.has(upper) === true;
}

function setAt(map: Map<string, Set<string>>, key: string): Set<string> {
  let set = map.get(key);
  if (set === undefined) map.set(key, (set = new Set()));
  return set;
}
