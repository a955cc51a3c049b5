import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { readCsvRecord } from "#core/csv.ts";
import { stringOf, type TextParser } from "./text-parser.ts";
import { addDetected } from "./typed-text.ts";

export interface CsvOptions {
  /** Names of the columns in their order; one without a name is left out. */
  readonly columns: readonly string[];
  readonly delimiter: string;
  readonly detectTypes: boolean;
}

/** One record of CSV (RFC 4180) with known columns. */
export function csvParser({ columns, delimiter, detectTypes }: CsvOptions): TextParser {
  return (source, into) => {
    const text = stringOf(source);
    const record = readCsvRecord(text, 0, delimiter);
    if (record === undefined) return "not CSV: a quoted field does not end as it should";
    if (record.next < text.length) return "not CSV: found more than one record";
    const { fields } = record;
    if (fields.length !== columns.length)
      return `not this CSV: found ${fields.length} fields, where the columns are ${columns.length}`;
    for (const [place, key] of columns.entries()) {
      if (key === "") continue;
      if (detectTypes) addDetected(into, key, fields[place]!);
      else into.add(key, fields[place]!, ATTRIBUTE_TYPES.string);
    }
    return undefined;
  };
}
