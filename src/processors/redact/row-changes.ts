/** One field that was changed, in seed 003's words. */
interface ChangedField {
  readonly field: string;
  readonly type: string;
  readonly original_value_hint: string;
}

/** Fields of one row that its metadata names; those after are only counted. */
const FIELDS_MAX = 32;

/** Keys in keys can make long paths. */
const PATH_CHARACTERS_MAX = 256;

/** Which rows of a batch were changed and, where it is asked for, where. */
export class RowChanges {
  /** How many rows were changed. */
  count = 0;
  private readonly isDetailed: boolean;
  private marks = new Uint8Array(0);
  private readonly fields = new Map<number, ChangedField[]>();

  /** @param isDetailed Whether fields are to be remembered. */
  constructor(isDetailed: boolean) {
    this.isDetailed = isDetailed;
  }

  begin(rows: number): void {
    this.count = 0;
    this.fields.clear();
    if (this.marks.length < rows) this.marks = new Uint8Array(rows * 2);
    else this.marks.fill(0, 0, rows);
  }

  mark(row: number): void {
    this.count += 1 - this.marks[row]!;
    this.marks[row] = 1;
  }

  has(row: number): boolean {
    return this.marks[row] === 1;
  }

  /** Remembers a field of a row. `type` is the last kind that was found in it. */
  note(row: number, field: string, type: string, characters: number): void {
    if (!this.isDetailed) return;
    let fields = this.fields.get(row);
    if (fields === undefined) this.fields.set(row, (fields = []));
    if (fields.length < FIELDS_MAX)
      fields.push({
        field: field.slice(0, PATH_CHARACTERS_MAX),
        type,
        original_value_hint: `string(length=${characters})`,
      });
  }

  fieldsOf(row: number): readonly ChangedField[] {
    return this.fields.get(row) ?? [];
  }
}
