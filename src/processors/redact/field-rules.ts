/**
 * Which fields are scanned: names are compared whole, so that `_id` does not spare `user_id`. A name is that
 * of an attribute, `message` or `body` of a log record's body, `name` and `status_message` of a span,
 * or `key.inner` of a key inside of a structured value.
 */
export class FieldRules {
  private readonly scanned: ReadonlySet<string> | undefined;
  private readonly skipped: ReadonlySet<string>;
  /** Beginnings of names that have points: values there are judged key by key. */
  private readonly outer = new Set<string>();

  constructor(scanned: readonly string[] | undefined, skipped: readonly string[]) {
    this.scanned = scanned === undefined ? undefined : new Set(scanned);
    this.skipped = new Set(skipped);
    for (const name of [...(scanned ?? []), ...skipped]) {
      for (let dot = name.indexOf("."); dot > 0; dot = name.indexOf(".", dot + 1))
        this.outer.add(name.slice(0, dot));
    }
  }

  /** Whether the texts of a field are scanned: its own, and those inside of it unless the rules say otherwise. */
  has(name: string): boolean {
    return !this.skipped.has(name) && (this.scanned === undefined || this.scanned.has(name));
  }

  /** Whether any rule is about parts of fields. */
  get haveInner(): boolean {
    return this.outer.size > 0;
  }

  /** Whether a rule is about a part of the field. */
  hasInner(name: string): boolean {
    return this.outer.has(name);
  }

  /** Whether a part of a field is scanned, given whether what is around it is. */
  inner(path: string, around: boolean): boolean {
    if (this.skipped.has(path)) return false;
    return around || this.scanned?.has(path) === true;
  }
}
