import { useId } from "react";

/** One of a few, by name. `label` is its accessible name, and stands before it where `isLabelled`. */
export function Select<T extends string>(props: {
  label: string;
  value: T;
  options: readonly { readonly value: T; readonly title: string }[];
  onChange: (value: T) => void;
  isLabelled?: boolean;
  className?: string;
}) {
  const { label, value, options, onChange, isLabelled = false, className = "" } = props;
  const id = useId();
  const select = (
    <select
      id={id}
      {...(isLabelled ? {} : { "aria-label": label })}
      value={value}
      onChange={(event) => {
        const chosen = options.find((option) => option.value === event.target.value);
        if (chosen !== undefined) onChange(chosen.value);
      }}
      className={`h-7 max-w-full rounded-md border border-line bg-surface px-1.5 text-xs font-medium text-muted hover:border-line-strong hover:text-text ${className}`}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.title}
        </option>
      ))}
    </select>
  );
  if (!isLabelled) return select;
  return (
    <div className="flex items-center gap-1.5 text-xs text-faint">
      <label htmlFor={id}>{label}</label>
      {select}
    </div>
  );
}
