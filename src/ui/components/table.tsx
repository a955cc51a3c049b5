import type { ReactNode } from "react";
import { SortIcon } from "./icons.tsx";

/** A column head that is only words. */
export function Head({ children, className = "" }: { children: ReactNode; className?: string }) {
  return (
    <th
      scope="col"
      className={`h-8 px-2 text-left text-xs font-medium whitespace-nowrap text-faint ${className}`}
    >
      {children}
    </th>
  );
}

/** A column head that sorts; the direction is said, and drawn. */
export function SortHead(props: {
  children: string;
  direction: "ascending" | "descending" | undefined;
  onSort: () => void;
  className?: string;
}) {
  const { children, direction, onSort, className = "" } = props;
  return (
    <th
      scope="col"
      {...(direction === undefined ? {} : { "aria-sort": direction })}
      className={`h-8 px-2 text-left text-xs font-medium whitespace-nowrap ${className}`}
    >
      <button
        type="button"
        onClick={onSort}
        className={`inline-flex h-6 items-center gap-0.5 hover:text-text ${direction === undefined ? "text-faint" : "text-text"}`}
      >
        {children}
        <SortIcon
          className={`size-3 ${direction === undefined ? "opacity-0" : ""} ${direction === "ascending" ? "rotate-180" : ""}`}
        />
      </button>
    </th>
  );
}
