/** A field of a row, before and after a component; undefined on the side where it is not. */
export interface FieldChange {
  /** `attributes.http.route`: keys joined as they are nested. */
  readonly field: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly kind: "same" | "changed" | "added" | "removed";
}

type Row = Readonly<Record<string, unknown>> | null;

/** Fields deeper than this are shown as JSON. */
const DEPTH_MAX = 4;
const FIELDS_MAX = 400;

/** The fields of a row before and after, each once, what changed marked; in the order of the row before. A map without entries has none. */
export function fieldChanges(before: Row, after: Row): FieldChange[] {
  const had = fieldsOf(before);
  const has = fieldsOf(after);
  const names = [...new Set([...had.keys(), ...has.keys()])].slice(0, FIELDS_MAX);
  return names.map((field) => {
    const [one, other] = [had.get(field), has.get(field)];
    return { field, before: one, after: other, kind: kindOf(one, other) };
  });
}

function kindOf(before: string | undefined, after: string | undefined): FieldChange["kind"] {
  if (before === undefined) return "added";
  if (after === undefined) return "removed";
  return before === after ? "same" : "changed";
}

function fieldsOf(row: Row): Map<string, string> {
  const fields = new Map<string, string>();
  const walk = (value: unknown, path: string, depth: number): void => {
    const isNested =
      typeof value === "object" && value !== null && !Array.isArray(value) && depth < DEPTH_MAX;
    if (!isNested) {
      fields.set(path, typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
      return;
    }
    for (const [key, one] of Object.entries(value))
      walk(one, path === "" ? key : `${path}.${key}`, depth + 1);
  };
  if (row !== null) walk(row, "", 0);
  return fields;
}
