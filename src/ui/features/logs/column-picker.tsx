import { useRef, useState } from "react";
import { Name } from "../../components/text.tsx";
import { ColumnIcon } from "../../components/icons.tsx";
import { COLUMNS_MAX } from "./record-fields.ts";

/** Chooses which fields stand in columns of their own. */
export function ColumnPicker(props: {
  columns: readonly string[];
  /** Fields that the records are known to have. */
  fields: readonly string[];
  onColumn: (name: string) => void;
}) {
  const { columns, fields, onColumn } = props;
  const details = useRef<HTMLDetailsElement>(null);
  const [typed, setTyped] = useState("");
  const all = [...new Set([...columns, "service", "trace_id", "scope", ...fields])];
  const fitting = all.filter((name) => name.toLowerCase().includes(typed.toLowerCase()));
  const isFull = columns.length >= COLUMNS_MAX;
  const offered = typed !== "" && !all.includes(typed) && fitting.length === 0 ? [typed] : fitting;
  const close = (): void => {
    if (details.current !== null) details.current.open = false;
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- what comes from its controls
    <details
      ref={details}
      className="relative"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
        details.current?.querySelector("summary")?.focus();
      }}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (relatedTarget !== null && !currentTarget.contains(relatedTarget)) close();
      }}
    >
      <summary className="inline-flex h-7 list-none items-center gap-1.5 rounded-md border border-line bg-surface px-2 text-xs font-medium text-muted hover:border-line-strong hover:bg-hover hover:text-text [&::-webkit-details-marker]:hidden">
        <ColumnIcon className="size-3.5" />
        Columns
      </summary>
      <div className="absolute right-0 z-20 mt-1 w-64 overflow-clip rounded-lg border border-line-strong bg-surface shadow-lg">
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
      </div>
    </details>
  );
}
