import { useId, type ReactNode } from "react";

/** A titled region of a page. */
export function Panel(props: {
  title: string;
  /** Beside the title: what the numbers are about. */
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  const { title, note, actions, children, className = "" } = props;
  const heading = useId();
  return (
    <section
      aria-labelledby={heading}
      className={`min-w-0 overflow-clip rounded-lg border border-line bg-surface ${className}`}
    >
      <header className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-3 py-1.5 sm:px-4">
        <h2 id={heading} className="text-sm font-semibold">
          {title}
        </h2>
        {note === undefined ? null : <div className="text-xs text-muted">{note}</div>}
        {actions === undefined ? null : (
          <div className="ml-auto flex items-center gap-2">{actions}</div>
        )}
      </header>
      {children}
    </section>
  );
}
