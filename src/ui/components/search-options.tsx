import type { SearchCompletion } from "#api/contract/search.ts";
import { useEffect, useRef } from "react";
import { fullCount, shortCount } from "../lib/format.ts";
import { Name } from "./text.tsx";

/** What may be chosen beneath a search: a search of before, or how the one that is written goes on. */
export type SearchOption = { readonly kind: "recent"; readonly label: string } | SearchCompletion;

const KINDS: Readonly<Record<SearchOption["kind"], string>> = {
  recent: "recent",
  field: "field",
  attribute: "attribute",
  value: "value",
  operator: "operator",
};

/** The list of a combobox: which option is active is the input's to say. */
export function SearchOptions(props: {
  id: string;
  options: readonly SearchOption[];
  active: number;
  onChoose: (option: SearchOption) => void;
  isLoading: boolean;
}) {
  const { id, options, active, onChoose, isLoading } = props;
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div className="absolute inset-x-0 top-full z-30 mt-1 overflow-clip rounded-lg border border-line-strong bg-surface shadow-lg">
      <div
        ref={list}
        id={id}
        role="listbox"
        aria-label="How the search may go on"
        className="max-h-72 overflow-y-auto py-1"
      >
        {options.map((option, index) => (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the keys are those of the field
          <div
            key={`${option.kind} ${option.label}`}
            id={optionId(id, index)}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            // The field keeps the focus.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onChoose(option)}
            className={`flex cursor-pointer items-center gap-3 px-3 py-1 ${
              index === active ? "bg-selected" : "hover:bg-hover"
            }`}
          >
            <span className="w-16 shrink-0 text-2xs text-faint">{KINDS[option.kind]}</span>
            <span className="min-w-0 flex-1 font-mono text-xs">
              <Name value={option.label} />
            </span>
            <OptionDetail option={option} />
          </div>
        ))}
        {options.length === 0 ? (
          <div
            role="option"
            tabIndex={-1}
            aria-selected={false}
            aria-disabled="true"
            className="px-3 py-1 text-muted"
          >
            {isLoading
              ? "Looking in the catalogue…"
              : "Nothing is known that fits; any text will do"}
          </div>
        ) : null}
      </div>
      <p className="hidden gap-x-4 border-t border-line bg-sunken px-3 py-1.5 text-2xs text-muted sm:flex">
        <Hint code="field:value" says="is" />
        <Hint code="-" says="not" />
        <Hint code="OR ( )" says="either" />
        <Hint code={'"a phrase"'} says="as written" />
        <Hint code="field:*" says="is there" />
        <Hint code="field:>5" says="compares" />
      </p>
    </div>
  );
}

/** The id of one option, for the input to name the active one. */
export function optionId(list: string, index: number): string {
  return `${list}-${index}`;
}

function OptionDetail({ option }: { option: SearchOption }) {
  if (option.kind === "recent") return null;
  const { detail, count } = option;
  if (count !== undefined)
    return (
      <span title={`${fullCount(count)} rows`} className="shrink-0 text-xs text-muted">
        {shortCount(count)}
      </span>
    );
  return <span className="min-w-0 truncate text-xs text-muted max-sm:hidden">{detail}</span>;
}

function Hint({ code, says }: { code: string; says: string }) {
  return (
    <span className="whitespace-nowrap">
      <code className="font-mono text-text">{code}</code> {says}
    </span>
  );
}
