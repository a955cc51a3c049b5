import { useId, useRef, type KeyboardEvent, type ReactNode } from "react";

export interface Tab {
  readonly id: string;
  readonly title: string;
}

/** Tabs as the ARIA practice has them: one stop for Tab, arrows, Home and End between them. */
export function Tabs(props: {
  label: string;
  tabs: readonly Tab[];
  selected: string;
  onSelect: (id: string) => void;
  children: ReactNode;
  /** Of what is under the tabs. */
  panelClassName?: string;
}) {
  const { label, tabs, selected, onSelect, children, panelClassName } = props;
  const base = useId();
  const list = useRef<HTMLDivElement>(null);
  const go = (event: KeyboardEvent): void => {
    const at = tabs.findIndex(({ id }) => id === selected);
    const target = targetOf(event.key, at, tabs.length);
    const tab = target === undefined ? undefined : tabs[target];
    if (tab === undefined) return;
    event.preventDefault();
    onSelect(tab.id);
    list.current?.querySelector<HTMLElement>(`#${CSS.escape(`${base}-${tab.id}`)}`)?.focus();
  };
  return (
    <>
      <div
        ref={list}
        role="tablist"
        aria-label={label}
        onKeyDown={go}
        className="flex shrink-0 gap-1 overflow-x-auto border-b border-line bg-surface px-2 sm:px-3"
      >
        {tabs.map(({ id, title }) => (
          <button
            key={id}
            id={`${base}-${id}`}
            type="button"
            role="tab"
            aria-selected={id === selected}
            aria-controls={`${base}-panel`}
            tabIndex={id === selected ? 0 : -1}
            onClick={() => onSelect(id)}
            className={`-mb-px h-9 border-b-2 px-2 text-xs font-medium whitespace-nowrap outline-offset-[-3px] transition-colors ${
              id === selected
                ? "border-accent text-text"
                : "border-transparent text-muted hover:text-text"
            }`}
          >
            {title}
          </button>
        ))}
      </div>
      <div
        role="tabpanel"
        id={`${base}-panel`}
        aria-labelledby={`${base}-${selected}`}
        className={panelClassName}
      >
        {children}
      </div>
    </>
  );
}

function targetOf(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case "ArrowRight":
      return (at + 1) % count;
    case "ArrowLeft":
      return (at - 1 + count) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}
