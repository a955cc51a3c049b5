import type { Attribute } from "#core/attributes.ts";
import type { AnyValue, KeyValue } from "#core/otlp/any-value.ts";
import { anyValueOf } from "#core/otlp/row-writer.ts";

const ZEROS = /^0*$/;

export function jsonAttributes(attributes: readonly Attribute[]): KeyValue[] | undefined {
  if (attributes.length === 0) return undefined;
  return attributes.map(({ key, value, type }) => {
    const given = anyValueOf(value, type);
    return isEmpty(given) ? ({ key } as KeyValue) : { key, value: given };
  });
}

/** Whether it is the empty value, which is a field that is not there. */
export function isEmpty(value: AnyValue): boolean {
  return Object.keys(value).length === 0;
}

/** An id; undefined where it is none. */
export function jsonId(id: string): string | undefined {
  return ZEROS.test(id) ? undefined : id;
}

/** A 64-bit integer; undefined where it is 0. */
export function jsonInteger(value: bigint): string | undefined {
  return value === 0n ? undefined : value.toString();
}
