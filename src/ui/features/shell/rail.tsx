import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { IconButton } from "../../components/button.tsx";
import { LogoIcon } from "../../components/icons.tsx";
import { FoldIcon } from "../../components/nav-icons.tsx";
import { useCommands } from "../../lib/commands.ts";
import { readStored, writeStored } from "../../lib/stored.ts";
import { PageLink, type Destination } from "./page-link.tsx";

const KEY = "sightglass.rail";

/**
 * The navigation at the left edge: words on a wide screen, icons when it is folded or the screen is narrow,
 * and not there on a phone.
 */
export function Rail(props: {
  pages: readonly Destination[];
  /** The path of the section that is shown. */
  here: string | undefined;
  /** Below the pages. */
  children: ReactNode;
}) {
  const { pages, here, children } = props;
  const [isFolded, setFolded] = useState(() => readStored(KEY) === "folded");
  const fold = (): void => {
    writeStored(KEY, isFolded ? undefined : "folded");
    setFolded(!isFolded);
  };
  const label = isFolded ? "Show the names of the pages" : "Fold the navigation";
  useCommands([{ id: "shell.rail", title: label, group: "Appearance", isOnce: true, run: fold }]);
  const words = isFolded ? "sr-only" : "max-lg:sr-only";
  const groups = [...new Set(pages.map(({ group }) => group))];
  return (
    <nav
      aria-label="Pages"
      className={`sticky top-0 z-20 flex h-dvh shrink-0 flex-col border-r border-line bg-surface max-sm:hidden ${isFolded ? "w-13" : "w-13 lg:w-44"}`}
    >
      <Link
        to="/"
        aria-label="Sightglass"
        className="flex h-12 shrink-0 items-center gap-2.5 px-4 text-base font-semibold tracking-tight -outline-offset-2"
      >
        <LogoIcon className="size-5.5" />
        <span className={words}>Sightglass</span>
      </Link>
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-2 py-2">
        {groups.map((group) => (
          <ul key={group} aria-label={group} className="flex flex-col gap-0.5">
            {pages
              .filter((page) => page.group === group)
              .map((page) => (
                <li key={page.path}>
                  <PageLink
                    page={page}
                    isHere={page.path === here}
                    className={`flex h-8.5 items-center gap-2.5 rounded-md px-2.5 font-medium -outline-offset-2 transition-colors ${page.path === here ? "bg-selected text-text" : "text-muted hover:bg-hover hover:text-text"}`}
                    labelClass={words}
                  />
                </li>
              ))}
          </ul>
        ))}
      </div>
      <div
        className={`flex shrink-0 flex-col gap-1 border-t border-line p-2 ${isFolded ? "items-center" : "max-lg:items-center lg:flex-row"}`}
      >
        {children}
        <IconButton
          label={label}
          onClick={fold}
          className={`max-lg:hidden ${isFolded ? "rotate-180" : "ml-auto"}`}
        >
          <FoldIcon />
        </IconButton>
      </div>
    </nav>
  );
}
