import { parseSearch } from "#core/search/parse-search.ts";
import { searchCursor } from "#core/search/search-cursor.ts";
import type { SearchError, SearchSignal } from "#core/search/search-node.ts";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import {
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
} from "react";
import { askCompletions } from "../lib/api/search.ts";
import { useCommands } from "../lib/commands.ts";
import { rememberSearch, searchHistory } from "../lib/search-history.ts";
import { requestRange } from "../lib/time-range.ts";
import { useViewRange } from "../lib/view-range.ts";
import { CloseIcon, SearchIcon } from "./icons.tsx";
import { SearchHighlight } from "./search-highlight.tsx";
import { optionId, SearchOptions, type SearchOption } from "./search-options.tsx";

/** Searches of before that are offered in an empty field. */
const RECENT_MAX = 6;
/** Typing goes on for so long before the catalogue is asked. */
const ASK_AFTER_MS = 90;
const STALE_MS = 30_000;
const NO_OPTIONS: readonly SearchOption[] = [];

/**
 * The field in which a search is written: its parts in colours, what is wrong underlined, completions from the
 * catalogue, searches of before. Enter searches, Escape leaves, `/` comes here.
 *
 * @example <SearchBox signal="logs" value={q} onSearch={(next) => change({ q: next })} />
 */
export function SearchBox(props: {
  signal: SearchSignal;
  value: string;
  onSearch: (q: string) => void;
  className?: string;
}) {
  const { signal, value, onSearch, className = "" } = props;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const field = useSearchField({ signal, value, onSearch, input });
  const { text, errors, isOpen, active, options } = field;
  useCommands([
    {
      id: `search.${signal}`,
      title: signal === "logs" ? "Search log records" : "Search traces",
      group: "This page",
      keys: "/",
      run: () => input.current?.focus(),
    },
  ]);
  return (
    <div role="search" className={`min-w-0 ${className}`}>
      <div className="relative">
        <div
          className={`relative flex h-8 items-center rounded-md border bg-surface focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-accent ${
            errors.length > 0 ? "border-bad" : "border-line-strong"
          }`}
        >
          <SearchIcon className="ml-2.5 size-3.5 text-faint" />
          <SearchInput id={id} input={input} field={field} signal={signal} />
          {text === "" ? (
            <kbd className="mr-2 rounded-sm border border-line px-1.5 font-mono text-2xs text-faint max-sm:hidden">
              /
            </kbd>
          ) : (
            <button
              type="button"
              aria-label="Clear the search"
              title="Clear the search"
              onClick={field.clear}
              className="mr-1 inline-flex size-6 shrink-0 items-center justify-center rounded-sm text-muted hover:bg-hover hover:text-text"
            >
              <CloseIcon className="size-3" />
            </button>
          )}
        </div>
        {isOpen ? (
          <SearchOptions
            id={`${id}-options`}
            options={options}
            active={active}
            onChoose={field.choose}
            isLoading={field.isLoading}
          />
        ) : null}
      </div>
      {errors.length === 0 ? null : (
        <p id={`${id}-error`} role="status" className="mt-1 text-xs text-bad">
          {errors[0]!.message}.
        </p>
      )}
    </div>
  );
}

function SearchInput(props: {
  id: string;
  input: React.RefObject<HTMLInputElement | null>;
  field: SearchField;
  signal: SearchSignal;
}) {
  const { id, input, field, signal } = props;
  const { text, errors, isOpen, active } = field;
  const drawn = useRef<HTMLDivElement>(null);
  const follow = (): void => {
    if (drawn.current !== null) drawn.current.scrollLeft = input.current?.scrollLeft ?? 0;
  };
  useLayoutEffect(follow);
  return (
    <div className="relative h-full min-w-0 flex-1 font-mono text-xs [font-variant-ligatures:none]">
      <div
        ref={drawn}
        aria-hidden="true"
        className="pointer-events-none absolute inset-0 overflow-hidden px-2 leading-[1.875rem] whitespace-pre"
      >
        <SearchHighlight text={text} errors={errors} />
      </div>
      <input
        ref={input}
        value={text}
        onChange={(event) => field.write(event.target.value, cursorOf(event.target))}
        onSelect={(event) => field.move(cursorOf(event.currentTarget))}
        onScroll={follow}
        onFocus={field.enter}
        onBlur={field.leave}
        onKeyDown={field.press}
        role="combobox"
        aria-label={signal === "logs" ? "Search log records" : "Search traces"}
        aria-expanded={isOpen}
        aria-autocomplete="list"
        aria-controls={`${id}-options`}
        {...(isOpen && active >= 0
          ? { "aria-activedescendant": optionId(`${id}-options`, active) }
          : {})}
        {...(errors.length > 0 ? { "aria-invalid": true, "aria-describedby": `${id}-error` } : {})}
        placeholder={
          signal === "logs"
            ? 'service:checkout severity:>=warn "card declined"'
            : "service:checkout status:error duration:>200ms"
        }
        autoComplete="off"
        autoCorrect="off"
        autoCapitalize="off"
        spellCheck={false}
        enterKeyHint="search"
        className="absolute inset-0 w-full bg-transparent px-2 text-text caret-text outline-none [-webkit-text-fill-color:transparent] placeholder:text-faint placeholder:[-webkit-text-fill-color:var(--faint)]"
      />
    </div>
  );
}

function cursorOf(input: HTMLInputElement): number {
  return input.selectionEnd ?? input.value.length;
}

interface SearchField {
  readonly text: string;
  /** Those that are shown now. */
  readonly errors: readonly SearchError[];
  readonly isOpen: boolean;
  readonly active: number;
  readonly options: readonly SearchOption[];
  readonly isLoading: boolean;
  readonly write: (text: string, cursor: number) => void;
  readonly move: (cursor: number) => void;
  readonly choose: (option: SearchOption) => void;
  readonly press: (event: KeyboardEvent) => void;
  readonly enter: () => void;
  readonly leave: () => void;
  readonly clear: () => void;
}

/** What is written, what is offered, and what the keys do. */
function useSearchField(props: {
  signal: SearchSignal;
  value: string;
  onSearch: (q: string) => void;
  input: React.RefObject<HTMLInputElement | null>;
}): SearchField {
  const { signal, value, onSearch, input } = props;
  const [text, setText] = useState(value);
  const [cursor, setCursor] = useState(value.length);
  const [isOpen, setOpen] = useState(false);
  const [hasFocus, setFocus] = useState(false);
  /** Enter was pressed on what is wrong: all of it is shown then. */
  const [isTried, setTried] = useState(true);
  const [active, setActive] = useState(-1);
  const put = useRef<number>(undefined);
  const [given, setGiven] = useState(value);
  // Another search than the one that was written comes from outside: a click on a value, or the way back.
  if (given !== value) {
    setGiven(value);
    setText(value);
    setCursor(value.length);
    setTried(true);
  }
  useLayoutEffect(() => {
    if (put.current === undefined) return;
    input.current?.setSelectionRange(put.current, put.current);
    put.current = undefined;
  });
  const errors = useMemo(() => {
    const parsed = parseSearch(text, signal);
    return parsed.ok ? [] : parsed.errors;
  }, [text, signal]);
  const { options, isLoading } = useOptions({ signal, text, cursor, isOpen });
  const reset = (next: string, at: number): void => {
    setText(next);
    setCursor(at);
    setActive(-1);
    setTried(false);
  };
  const search = (q: string): void => {
    setOpen(false);
    setTried(true);
    if (!parseSearch(q, signal).ok) return;
    rememberSearch(signal, q.trim());
    onSearch(q.trim());
  };
  const choose = (option: SearchOption): void => {
    const next = option.kind === "recent" ? undefined : completed(text, cursor, option);
    if (next === undefined) {
      reset(option.label, option.label.length);
      search(option.label);
      return;
    }
    reset(next.text, next.cursor);
    put.current = next.cursor;
  };
  const step = (by: number): void => {
    setOpen(true);
    const count = options.length;
    setActive((now) =>
      count === 0 ? -1 : (now + by + (now < 0 && by < 0 ? 1 : 0) + count) % count,
    );
  };
  const escape = (): void => {
    if (isOpen) setOpen(false);
    else {
      reset(value, value.length);
      input.current?.blur();
    }
  };
  return {
    text,
    errors:
      isTried || !hasFocus ? errors : errors.filter(({ at }) => cursor < at.from || cursor > at.to),
    isOpen: isOpen && hasFocus,
    active,
    options,
    isLoading,
    choose,
    write: (next, at) => {
      reset(next, at);
      setOpen(true);
    },
    move: setCursor,
    enter: () => {
      setFocus(true);
      setOpen(true);
      setActive(-1);
    },
    leave: () => {
      setFocus(false);
      setOpen(false);
    },
    clear: () => {
      reset("", 0);
      onSearch("");
      input.current?.focus();
    },
    press: (event) => {
      const option = isOpen ? options[active] : undefined;
      if (event.nativeEvent.isComposing) return;
      if (event.key === "ArrowDown") step(1);
      else if (event.key === "ArrowUp") step(-1);
      else if (event.key === "Escape") escape();
      else if (event.key === "Enter" && option === undefined) search(text);
      else if ((event.key === "Enter" || event.key === "Tab") && option !== undefined)
        choose(option);
      else return;
      event.preventDefault();
    },
  };
}

/** The search with a completion in place of what was being typed, and where the cursor then is. */
function completed(
  text: string,
  cursor: number,
  { kind, insert }: Exclude<SearchOption, { kind: "recent" }>,
): { text: string; cursor: number } {
  const place = searchCursor(text, cursor);
  const at = place.kind === "text" ? { from: cursor, to: cursor } : place.at;
  const rest = text.slice(at.to);
  const isDone = kind === "value" || insert === "*";
  const inList = place.kind === "value" && place.inList;
  const gap = isDone && !inList && !rest.startsWith(" ") && rest === "" ? " " : "";
  const before = text.slice(0, at.from) + insert + gap;
  return { text: before + rest, cursor: before.length };
}

/** What may be chosen now: in an empty field searches of before, and how the search may go on. */
function useOptions(props: {
  signal: SearchSignal;
  text: string;
  cursor: number;
  isOpen: boolean;
}): { options: readonly SearchOption[]; isLoading: boolean } {
  const { signal, isOpen } = props;
  const range = useViewRange();
  const asked = useSettled(props.text, props.cursor);
  const { data, isPending } = useQuery({
    queryKey: ["search", signal, range, asked.text, asked.cursor],
    queryFn: ({ signal: cancel }) =>
      askCompletions(
        { ...requestRange(range, Date.now()), signal, q: asked.text, at: asked.cursor },
        cancel,
      ),
    enabled: isOpen,
    staleTime: STALE_MS,
    placeholderData: keepPreviousData,
  });
  const isEmpty = props.text.trim() === "";
  const options = useMemo(() => {
    const found: readonly SearchOption[] = data?.data ?? NO_OPTIONS;
    if (!isOpen || !isEmpty) return found;
    const recent = searchHistory(signal).slice(0, RECENT_MAX);
    return [...recent.map((label): SearchOption => ({ kind: "recent", label })), ...found];
  }, [data, isOpen, isEmpty, signal]);
  return { options, isLoading: isPending };
}

/** What is written, once the typing has paused. */
function useSettled(text: string, cursor: number): { text: string; cursor: number } {
  const [settled, setSettled] = useState({ text, cursor });
  useEffect(() => {
    const timer = setTimeout(() => setSettled({ text, cursor }), ASK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text, cursor]);
  return settled;
}
