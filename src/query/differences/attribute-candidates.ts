import { DIFFERENCE_LIMITS } from "#core/limits.ts";
import { Bits } from "./bits.ts";
import {
  type AttributeFinding,
  type Candidate,
  TRACES_MIN,
  type TraceSample,
} from "./candidate.ts";
import type { SampledAttribute, SampledSpan } from "./sampled-trace.ts";
import { correlation } from "./statistics.ts";

/** Numbers of a key with more values than this are compared as ranges, not one by one. */
const DISTINCT_NUMBERS_MAX = 12;

/** A key of the spans of one service. */
interface Key {
  readonly service: string;
  readonly level: AttributeFinding["level"];
  readonly key: string;
  readonly values: Map<string, Bits>;
  /** The greatest number of each trace; undefined once a value is none. */
  numbers: Map<number, number> | undefined;
  isFull: boolean;
}

/**
 * The attributes of each service's spans, of their resources and events. What has another value in
 * nearly every trace, as ids have, is left out: a value must be in several traces to say anything.
 */
export function attributeCandidates(sample: TraceSample): Candidate[] {
  const keys = new Map<string, Key>();
  for (const [place, { spans }] of sample.traces.entries())
    for (const span of spans) addSpan(keys, span, place, sample.size);
  return [...keys.values()].flatMap((key) => ofKey(sample, key));
}

function addSpan(keys: Map<string, Key>, span: SampledSpan, place: number, size: number): void {
  const add = (level: Key["level"], attributes: readonly SampledAttribute[]): void => {
    for (const attribute of attributes) {
      const key = keyAt(keys, span.service, level, attribute.key);
      if (key !== undefined) addValue(key, attribute, place, size);
    }
  };
  add("resource", span.resource);
  add("span", span.attributes);
  for (const { name, attributes } of span.events) {
    add("event", [{ key: "event.name", value: name, isNumber: false }]);
    add("event", attributes);
  }
}

/** Undefined for one beyond the bound. */
function keyAt(
  keys: Map<string, Key>,
  service: string,
  level: Key["level"],
  key: string,
): Key | undefined {
  const id = `${level}\n${service}\n${key}`;
  let found = keys.get(id);
  if (found === undefined && keys.size < DIFFERENCE_LIMITS.keysMax) {
    found = { service, level, key, values: new Map(), numbers: new Map(), isFull: false };
    keys.set(id, found);
  }
  return found;
}

function addValue(key: Key, attribute: SampledAttribute, place: number, size: number): void {
  const { value, isNumber } = attribute;
  let bits = key.values.get(value);
  if (bits === undefined) {
    if (key.values.size >= DIFFERENCE_LIMITS.valuesPerKeyMax) key.isFull = true;
    else key.values.set(value, (bits = new Bits(size)));
  }
  bits?.add(place);
  if (!isNumber) key.numbers = undefined;
  else if (key.numbers !== undefined) {
    const number = Number(value);
    const before = key.numbers.get(place) ?? Number.NEGATIVE_INFINITY;
    if (Number.isFinite(number)) key.numbers.set(place, Math.max(number, before));
  }
}

function ofKey(sample: TraceSample, key: Key): Candidate[] {
  const { service, level, values, numbers } = key;
  const named = { kind: "attribute", service, level, key: key.key } as const;
  if (numbers !== undefined && values.size > DISTINCT_NUMBERS_MAX) {
    const split = countsUp(sample, numbers) ? undefined : sample.split(numbers);
    if (split === undefined) return [];
    const { threshold, isAbove, ...traces } = split;
    return [
      {
        ...traces,
        finding: { ...named, ...(isAbove ? { above: threshold } : { atMost: threshold }) },
      },
    ];
  }
  const context = sample.ofService.get(service)!;
  if (!sample.isEnough(context)) return [];
  return [...values].flatMap(([value, present]) =>
    present.count < TRACES_MIN ? [] : [{ finding: { ...named, value }, context, present }],
  );
}

/** A number that goes with time so closely only says when a span was: offsets, versions of rows, sequences. */
const COUNTS_UP_MIN = 0.95;

function countsUp(sample: TraceSample, numbers: ReadonlyMap<number, number>): boolean {
  const pairs = [...numbers].flatMap(([place, number]) => {
    const startNs = sample.traces[place]!.spans[0]?.startNs;
    return startNs === undefined ? [] : [[startNs, number] as const];
  });
  return Math.abs(correlation(pairs)) > COUNTS_UP_MIN;
}
