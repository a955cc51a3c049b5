/**
 * The part of an address after `?` as plain names and values: `range=1h&service=cart`, no JSON in it. A name
 * that comes several times has a list.
 */
export function parseSearch(text: string): Record<string, string | string[]> {
  const parameters = new URLSearchParams(text);
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length === 1 ? values[0]! : values];
    }),
  );
}

export function stringifySearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const one of values) {
      if (typeof one === "string" && one !== "") parameters.append(name, one);
    }
  }
  return parameters.size === 0 ? "" : `?${parameters.toString()}`;
}

/** `value` if it is one of `allowed`, else undefined: what else stands in an address is ignored. */
export function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((candidate) => candidate === value);
}

/** The texts of a name that may come several times, at most `max`; undefined for none. */
export function texts(value: unknown, max: number): string[] | undefined {
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  const found = given.filter((one) => typeof one === "string" && one !== "").slice(0, max);
  return found.length === 0 ? undefined : (found as string[]);
}

export function nonEmpty(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
