import {
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type Ref,
} from "react";
import { Name } from "./text.tsx";

export interface ComboOption {
  readonly value: string;
  /** Beside the value: what it is, or how often it is there. */
  readonly detail?: string | undefined;
}

/** Options that are drawn; more typing finds the others. */
const OPTIONS_MAX = 100;
/** A field takes no longer a text. */
const TEXT_MAX = 1_024;
const GAP = 4;

/**
 * A field that completes: a few letters narrow the options, arrows go through them, Enter takes one. With `isFree`
 * what was typed is taken too. As the ARIA practice has it: the focus stays in the field.
 */
export function Combobox(props: {
  label: string;
  value: string;
  options: readonly ComboOption[];
  onChoose: (value: string) => void;
  placeholder?: string;
  isFree?: boolean;
  /** Told when the options are first needed. */
  onOpen?: () => void;
  /** Said in place of options when there are none. */
  nothing?: string;
  inputRef?: Ref<HTMLInputElement>;
  className?: string;
}) {
  const {
    label,
    value,
    options,
    onChoose,
    placeholder,
    isFree = false,
    nothing,
    inputRef,
    className = "",
  } = props;
  const id = useId();
  const field = useRef<HTMLDivElement>(null);
  const [text, setText] = useState<string>();
  const [active, setActive] = useState(0);
  const isOpen = text !== undefined;
  const shown = isOpen ? matching(options, text === value ? "" : text) : [];
  const close = (): void => setText(undefined);
  const choose = (chosen: string): void => {
    close();
    if (chosen !== "") onChoose(chosen);
  };
  const open = (): void => {
    if (isOpen) return;
    setText(value);
    setActive(-1);
    props.onOpen?.();
  };
  const pressed = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (!isOpen) open();
      else setActive((active + step + shown.length) % Math.max(1, shown.length));
    } else if (event.key === "Enter" && isOpen) {
      event.preventDefault();
      const option = shown[active] ?? (isFree ? undefined : shown[0]);
      if (option !== undefined) choose(option.value);
      else if (isFree) choose(text.trim());
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  };
  return (
    <div ref={field} className={`min-w-0 ${className}`}>
      <input
        ref={inputRef}
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={
          isOpen && shown[active] !== undefined ? `${id}-${active}` : undefined
        }
        autoComplete="off"
        spellCheck={false}
        maxLength={TEXT_MAX}
        placeholder={placeholder}
        value={text ?? value}
        onFocus={(event) => event.currentTarget.select()}
        onClick={open}
        onChange={(event) => {
          if (!isOpen) props.onOpen?.();
          setText(event.target.value);
          setActive(isFree ? -1 : 0);
        }}
        onKeyDown={pressed}
        onBlur={close}
        className="h-7 w-full min-w-0 rounded-md border border-line bg-surface px-2 text-xs placeholder:text-faint hover:border-line-strong"
      />
      {isOpen ? (
        <Options
          id={id}
          label={label}
          field={field}
          options={shown}
          active={active}
          nothing={nothing ?? (isFree ? "Enter takes what you type" : "Nothing matches")}
          onChoose={choose}
        />
      ) : (
        <div id={`${id}-list`} hidden />
      )}
    </div>
  );
}

function matching(options: readonly ComboOption[], text: string): readonly ComboOption[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return options.slice(0, OPTIONS_MAX);
  const found = options.filter(({ value }) => value.toLowerCase().includes(wanted));
  // What begins with it is more likely meant.
  return found
    .toSorted(
      (a, b) =>
        Number(b.value.toLowerCase().startsWith(wanted)) -
        Number(a.value.toLowerCase().startsWith(wanted)),
    )
    .slice(0, OPTIONS_MAX);
}

/** Over everything else, so that no panel around the field clips it. */
function Options(props: {
  id: string;
  label: string;
  field: React.RefObject<HTMLDivElement | null>;
  options: readonly ComboOption[];
  active: number;
  nothing: string;
  onChoose: (value: string) => void;
}) {
  const { id, label, field, options, active, nothing, onChoose } = props;
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const [popup, anchor] = [list.current, field.current];
    if (popup === null || anchor === null) return undefined;
    popup.showPopover();
    const place = (): void => {
      const { left, top, bottom, width } = anchor.getBoundingClientRect();
      const isAbove = innerHeight - bottom < 220 && top > innerHeight - bottom;
      const room = (isAbove ? top : innerHeight - bottom) - 2 * GAP;
      Object.assign(popup.style, {
        left: `${Math.max(GAP, Math.min(left, innerWidth - popup.offsetWidth - GAP))}px`,
        minWidth: `${width}px`,
        maxHeight: `${Math.min(320, room)}px`,
        top: isAbove ? "auto" : `${bottom + GAP}px`,
        bottom: isAbove ? `${innerHeight - top + GAP}px` : "auto",
      });
    };
    place();
    addEventListener("scroll", place, true);
    addEventListener("resize", place);
    return () => {
      removeEventListener("scroll", place, true);
      removeEventListener("resize", place);
    };
  }, [field, options.length]);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div
      ref={list}
      id={`${id}-list`}
      popover="manual"
      role="listbox"
      aria-label={label}
      // The field keeps the focus while an option is pressed.
      onPointerDown={(event) => event.preventDefault()}
      onMouseDown={(event) => event.preventDefault()}
      className="fixed inset-auto m-0 max-w-[min(40rem,calc(100vw-0.5rem))] overflow-y-auto rounded-md border border-line bg-surface p-1 text-xs text-text shadow-lg"
    >
      {options.length === 0 ? (
        <div
          role="option"
          aria-selected="false"
          aria-disabled="true"
          className="px-2 py-1 text-muted"
        >
          {nothing}
        </div>
      ) : (
        options.map(({ value, detail }, index) => (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the field has the focus and the keys
          <div
            key={value}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active}
            onClick={() => onChoose(value)}
            className={`flex min-h-6 cursor-pointer items-center gap-4 rounded-sm px-2 py-0.5 hover:bg-hover ${index === active ? "bg-selected" : ""}`}
          >
            <Name value={value} />
            {detail === undefined ? null : (
              <Name value={detail} className="ml-auto max-w-1/2 shrink-0 text-faint" />
            )}
          </div>
        ))
      )}
    </div>
  );
}
