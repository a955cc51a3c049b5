import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

/** One of what a {@link ComboList} offers. */
export interface ComboOption {
  readonly id: string;
  /** The heading under which it stands; options of one group follow one another. */
  readonly group: string;
  readonly content: ReactNode;
}

interface ComboListProps<T extends ComboOption> {
  /** The accessible name of the field. */
  readonly label: string;
  readonly placeholder: string;
  readonly text: string;
  readonly onText: (text: string) => void;
  /** What fits the text, best first; bounded by who gives them. */
  readonly options: readonly T[];
  readonly onPick: (option: T) => void;
  /** In place of options when there are none. */
  readonly nothing: string;
  /** Before the field. */
  readonly icon?: ReactNode;
  readonly listClass?: string;
}

/**
 * A field and, always open below it, what fits what is typed: up and down choose, Enter picks. The focus
 * stays in the field; options are told as the ARIA practice for a combobox has it.
 */
export function ComboList<T extends ComboOption>(props: ComboListProps<T>) {
  const {
    label,
    placeholder,
    text,
    onText,
    options,
    onPick,
    nothing,
    icon,
    listClass = "",
  } = props;
  const base = useId();
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  // The choice of one text says nothing for another: the best is chosen then.
  const [choice, setChoice] = useState({ text, place: 0 });
  const active = Math.min(choice.text === text ? choice.place : 0, options.length - 1);
  const setChosen = (place: number): void => setChoice({ text, place });
  // The dialog or panel around it was opened to type here.
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const press = (event: KeyboardEvent): void => {
    const target = targetOf(event.key, active, options.length);
    if (target !== undefined) setChosen(target);
    else if (event.key === "Enter" && options[active] !== undefined) onPick(options[active]);
    else return;
    event.preventDefault();
  };
  const optionId = (index: number): string => `${base}-${index}`;
  return (
    <>
      <div className="flex items-center gap-2 border-b border-line px-3">
        {icon}
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-label={label}
          aria-expanded={options.length > 0}
          aria-controls={`${base}-list`}
          aria-autocomplete="list"
          {...(options.length === 0 ? {} : { "aria-activedescendant": optionId(active) })}
          autoComplete="off"
          spellCheck={false}
          placeholder={placeholder}
          value={text}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={press}
          className="h-11 min-w-0 flex-1 bg-transparent text-base outline-none placeholder:text-faint"
        />
      </div>
      {options.length === 0 ? null : (
        <div
          ref={list}
          id={`${base}-list`}
          role="listbox"
          aria-label={label}
          className={`overflow-y-auto p-1.5 ${listClass}`}
        >
          {groupsOf(options).map(({ group, members }) => (
            <div key={group} role="group" aria-label={group}>
              <div aria-hidden="true" className="px-2 pt-2 pb-1 text-2xs font-medium text-faint">
                {group}
              </div>
              {members.map(({ option, index }) => (
                <div
                  key={option.id}
                  id={optionId(index)}
                  role="option"
                  tabIndex={-1}
                  aria-selected={index === active}
                  onPointerMove={() => setChosen(index)}
                  onClick={() => onPick(option)}
                  onKeyDown={press}
                  className={`flex min-h-8 cursor-pointer items-center gap-2.5 rounded-md px-2 py-1 ${index === active ? "bg-selected" : ""}`}
                >
                  {option.content}
                </div>
              ))}
            </div>
          ))}
        </div>
      )}
      <p
        role="status"
        className={options.length === 0 ? "px-4 py-5 text-center text-muted" : "sr-only"}
      >
        {options.length === 0 ? nothing : `${options.length} to choose from`}
      </p>
    </>
  );
}

function targetOf(key: string, at: number, count: number): number | undefined {
  if (count === 0) return undefined;
  switch (key) {
    case "ArrowDown":
      return (at + 1) % count;
    case "ArrowUp":
      return (at - 1 + count) % count;
    case "PageDown":
      return Math.min(count - 1, at + 8);
    case "PageUp":
      return Math.max(0, at - 8);
    default:
      return undefined;
  }
}

interface Group<T> {
  readonly group: string;
  readonly members: { readonly option: T; readonly index: number }[];
}

function groupsOf<T extends ComboOption>(options: readonly T[]): Group<T>[] {
  const groups: Group<T>[] = [];
  for (const [index, option] of options.entries()) {
    const last = groups.at(-1);
    if (last?.group === option.group) last.members.push({ option, index });
    else groups.push({ group: option.group, members: [{ option, index }] });
  }
  return groups;
}
