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
  /** Numbers stand at the right edge. */
  isNumeric?: boolean;
  className?: string;
}) {
  const { children, direction, onSort, isNumeric = false, className = "" } = props;
  return (
    <th
      scope="col"
      {...(direction === undefined ? {} : { "aria-sort": direction })}
      className={`h-8 px-2 text-xs font-medium whitespace-nowrap ${isNumeric ? "text-right" : "text-left"} ${className}`}
    >
      <button
        type="button"
        onClick={onSort}
        className={`relative inline-flex h-6 items-center hover:text-text ${direction === undefined ? "text-faint" : "text-text"}`}
      >
        {children}
        {direction === undefined ? null : (
          // Beside the words and not among them, so that they stay in line with their column.
          <SortIcon
            className={`absolute size-3 ${isNumeric ? "right-full" : "left-full"} ${direction === "ascending" ? "rotate-180" : ""}`}
          />
        )}
      </button>
    </th>
  );
}
