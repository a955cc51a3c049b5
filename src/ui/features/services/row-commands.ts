import type { KeyboardEvent } from "react";
import { useCommands } from "../../lib/commands.ts";
import type { PageRows } from "../../lib/page-rows.ts";

/** `j` and `k` go from row to row from anywhere on the page; the function given back does so for the arrows. */
export function useRowCommands(
  rows: Pick<PageRows, "goTo" | "current">,
  options: { readonly count: number; readonly of: string; readonly group: string },
): (event: KeyboardEvent) => void {
  const { count, of, group } = options;
  const step = (by: number): void => {
    if (count === 0) return;
    rows.goTo(Math.max(0, Math.min(count - 1, rows.current() + by)));
  };
  useCommands([
    { id: `${of}.next`, title: `Next ${of}`, group, keys: "j", isHidden: true, run: () => step(1) },
    {
      id: `${of}.before`,
      title: `Previous ${of}`,
      group,
      keys: "k",
      isHidden: true,
      run: () => step(-1),
    },
  ]);
  return (event) => {
    const target = {
      ArrowDown: rows.current() + 1,
      ArrowUp: rows.current() - 1,
      Home: 0,
      End: count - 1,
    }[event.key];
    if (target === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    rows.goTo(Math.max(0, Math.min(count - 1, target)));
  };
}
