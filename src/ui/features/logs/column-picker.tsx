import { useState } from "react";
import { BUTTON_CLASS } from "../../components/button.tsx";
import { Name } from "../../components/text.tsx";
import { ColumnIcon } from "../../components/icons.tsx";
import { Popover } from "../../components/popover.tsx";
import { COLUMNS_MAX } from "./record-fields.ts";

/** Chooses which fields stand in columns of their own. */
export function ColumnPicker(props: {
  columns: readonly string[];
  /** Fields that the records are known to have. */
  fields: readonly string[];
  onColumn: (name: string) => void;
}) {
  const { columns, fields, onColumn } = props;
  const [typed, setTyped] = useState("");
  const all = [...new Set([...columns, "service", "trace_id", "scope", ...fields])];
  const fitting = all.filter((name) => name.toLowerCase().includes(typed.toLowerCase()));
  const isFull = columns.length >= COLUMNS_MAX;
  const offered = typed !== "" && !all.includes(typed) && fitting.length === 0 ? [typed] : fitting;
  return (
    <Popover
      title="Columns"
      button={
        <>
          <ColumnIcon className="size-3.5" />
          Columns
        </>
      }
      buttonClass={BUTTON_CLASS}
      panelClass="w-64 max-sm:w-[calc(100vw-1rem)]"
    >
      {() => (
        <>
          <input
            type="text"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            aria-label="A field or attribute"
            placeholder="A field or attribute"
            className="h-8 w-full border-b border-line bg-transparent px-3 text-xs outline-offset-[-2px] placeholder:text-faint"
          />
          <ul className="max-h-72 overflow-y-auto py-1">
            {offered.map((name) => {
              const isShown = columns.includes(name);
              return (
                <li key={name}>
                  <label className="flex h-7 items-center gap-2 px-3 text-xs hover:bg-hover">
                    <input
                      type="checkbox"
                      checked={isShown}
                      disabled={!isShown && isFull}
                      onChange={() => onColumn(name)}
                      className="accent-accent"
                    />
                    <Name value={name} />
                  </label>
                </li>
              );
            })}
          </ul>
          {isFull ? (
            <p className="border-t border-line px-3 py-1.5 text-2xs text-faint">
              There is room for {COLUMNS_MAX} columns.
            </p>
          ) : null}
        </>
      )}
    </Popover>
  );
}
