import type { LogRecord } from "#api/contract/logs.ts";
import { CopyButton, IconButton } from "../../components/button.tsx";
import { ColumnIcon, FilterIcon, FilterOutIcon } from "../../components/icons.tsx";
import { Value } from "../../components/text.tsx";
import { visible } from "../../lib/visible-text.ts";
import { recordFields, type RecordField } from "./record-fields.ts";

/** What a field of a record can be used for. */
export interface FieldActions {
  /** Searches for records that have the value, or that do not. */
  readonly onTerm: (field: RecordField, isNot: boolean) => void;
  /** Shows the field as a column of the list, or takes the column away. */
  readonly onColumn: (name: string) => void;
  readonly columns: readonly string[];
}

/** Every field of a record, in groups, each with what can be done with it. */
export function RecordFields({ record, actions }: { record: LogRecord; actions: FieldActions }) {
  return recordFields(record).map(({ title, fields }) => (
    <section key={title} className="px-4 pt-3">
      <h3 className="pb-1 text-xs font-semibold text-muted">{title}</h3>
      <dl className="grid grid-cols-[fit-content(40%)_minmax(0,1fr)] divide-y divide-line border-y border-line font-mono text-xs">
        {fields.map((field) => (
          <Field key={field.name} field={field} actions={actions} />
        ))}
      </dl>
    </section>
  ));
}

function Field({ field, actions }: { field: RecordField; actions: FieldActions }) {
  const { name, text, isText, isSearchable } = field;
  return (
    <div className="group relative col-span-2 grid grid-cols-subgrid items-start gap-x-3 py-1 focus-within:bg-hover hover:bg-hover">
      <dt className="min-w-0 text-muted">
        <Value value={name} />
      </dt>
      <dd className={`min-w-0 ${isText ? "" : "text-accent"}`}>
        {isSearchable ? (
          <button
            type="button"
            title="Search for records that have it; with Alt, for those that do not"
            onClick={(event) => actions.onTerm(field, event.altKey)}
            className="block w-full text-left decoration-dotted underline-offset-2 hover:underline"
          >
            <Value value={text} isPlain />
          </button>
        ) : (
          <Value value={text} />
        )}
      </dd>
      <dd className="absolute top-0 right-0 -my-0.5 flex rounded-md bg-hover opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100">
        {isSearchable ? (
          <>
            <IconButton
              label={`Only records with this ${visible(name)}`}
              onClick={() => actions.onTerm(field, false)}
            >
              <FilterIcon className="size-3.5" />
            </IconButton>
            <IconButton
              label={`No records with this ${visible(name)}`}
              onClick={() => actions.onTerm(field, true)}
            >
              <FilterOutIcon className="size-3.5" />
            </IconButton>
            <IconButton
              label={`${actions.columns.includes(name) ? "Take away the column" : "Show as a column:"} ${visible(name)}`}
              onClick={() => actions.onColumn(name)}
            >
              <ColumnIcon
                className={`size-3.5 ${actions.columns.includes(name) ? "text-accent" : ""}`}
              />
            </IconButton>
          </>
        ) : null}
        <CopyButton text={text} label="Copy the value" />
      </dd>
    </div>
  );
}
