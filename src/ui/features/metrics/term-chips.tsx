import { useRef, useState } from "react";
import { IconButton } from "../../components/button.tsx";
import { Combobox } from "../../components/combobox.tsx";
import { CloseIcon } from "../../components/icons.tsx";
import { Name } from "../../components/text.tsx";
import type { MetricSummary } from "../../lib/api/metrics.ts";
import type { TimeRange } from "../../lib/time-range.ts";
import { visibleTitle } from "../../lib/visible-text.ts";
import { useKeyOptions, useValueOptions } from "./metric-catalogue.ts";

interface EditorProps {
  /** Whose it is, for those who hear it: "query A". */
  readonly of: string;
  readonly range: TimeRange;
  readonly metric: MetricSummary | undefined;
}

/** The keys by which a query is told apart into lines. */
export function GroupByEditor(
  props: EditorProps & { keys: readonly string[]; onChange: (keys: readonly string[]) => void },
) {
  const { of, range, metric, keys, onChange } = props;
  const options = useKeyOptions(range, metric).filter(({ value }) => !keys.includes(value));
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-1">
      <span className="text-xs text-faint">by</span>
      {keys.map((key) => (
        <Chip
          key={key}
          text={key}
          removal={`Do not group ${of} by ${visibleTitle(key)}`}
          onRemove={() => onChange(keys.filter((other) => other !== key))}
        />
      ))}
      <Combobox
        label={`Group ${of} by`}
        value=""
        placeholder={keys.length === 0 ? "everything as one" : "and by"}
        options={options}
        isFree
        onChoose={(key) => {
          if (!keys.includes(key)) onChange([...keys, key]);
        }}
        className="w-36"
      />
    </div>
  );
}

/** The `key=value` terms that all series of a query must have. */
export function FilterEditor(
  props: EditorProps & {
    filters: readonly string[];
    onChange: (filters: readonly string[]) => void;
  },
) {
  const { of, range, metric, filters, onChange } = props;
  const [key, setKey] = useState("");
  const values = useValueOptions(range, key, key !== "");
  const valueField = useRef<HTMLInputElement>(null);
  const add = (value: string): void => {
    const filter = `${key}=${value}`;
    setKey("");
    if (!filters.includes(filter)) onChange([...filters, filter]);
  };
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-1">
      <span className="text-xs text-faint">where</span>
      {filters.map((filter) => (
        <Chip
          key={filter}
          text={filter}
          removal={`Take the filter ${visibleTitle(filter)} from ${of}`}
          onRemove={() => onChange(filters.filter((other) => other !== filter))}
        />
      ))}
      <Combobox
        label={`Key of a filter of ${of}`}
        value={key}
        placeholder="all series"
        options={useKeyOptions(range, metric)}
        isFree
        onChoose={(chosen) => {
          // A whole term may be typed, or pasted, at once.
          if (/^[^=]+=/s.test(chosen)) {
            onChange(filters.includes(chosen) ? filters : [...filters, chosen]);
            return;
          }
          setKey(chosen);
          requestAnimationFrame(() => valueField.current?.focus());
        }}
        className="w-36"
      />
      {key === "" ? null : (
        <>
          <span className="text-xs text-faint">=</span>
          <Combobox
            inputRef={valueField}
            label={`Value of ${visibleTitle(key)} in ${of}`}
            value=""
            placeholder="value, or part.*"
            options={values}
            isFree
            onChoose={add}
            className="w-40"
          />
          <IconButton label="Leave this filter" onClick={() => setKey("")}>
            <CloseIcon className="size-3" />
          </IconButton>
        </>
      )}
    </div>
  );
}

function Chip({
  text,
  removal,
  onRemove,
}: {
  text: string;
  removal: string;
  onRemove: () => void;
}) {
  return (
    <span className="flex h-7 max-w-64 min-w-0 items-center rounded-md border border-line bg-sunken pl-2 text-xs">
      <Name value={text} />
      <button
        type="button"
        aria-label={removal}
        title={removal}
        onClick={onRemove}
        className="inline-flex size-6 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text"
      >
        <CloseIcon className="size-3" />
      </button>
    </span>
  );
}
