import { useState, type ReactNode } from "react";
import { Dialog } from "../../components/dialog.tsx";
import { MoreIcon } from "../../components/nav-icons.tsx";
import { PageLink, type Destination } from "./page-link.tsx";

/** Pages that a thumb reaches at once. */
const AT_HAND = 4;

const PLACE =
  "flex h-full w-full flex-col items-center justify-center gap-1 text-2xs font-medium -outline-offset-4";

/** The navigation of a phone: the first pages at the lower edge, the others one press away. */
export function BottomBar(props: {
  pages: readonly Destination[];
  here: string | undefined;
  /** Below the other pages. */
  children: ReactNode;
}) {
  const { pages, here, children } = props;
  const [isOpen, setOpen] = useState(false);
  const more = pages.slice(AT_HAND);
  const isHereMore = more.some(({ path }) => path === here);
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-x-0 bottom-0 z-20 h-(--bar-bottom) border-t border-line bg-surface sm:hidden"
    >
      <ul className="flex h-full">
        {pages.slice(0, AT_HAND).map((page) => (
          <li key={page.path} className="min-w-0 flex-1">
            <PageLink
              page={page}
              isHere={page.path === here}
              className={`${PLACE} ${page.path === here ? "text-accent" : "text-muted"}`}
            />
          </li>
        ))}
        <li className="min-w-0 flex-1">
          <button
            type="button"
            aria-haspopup="dialog"
            onClick={() => setOpen(true)}
            className={`${PLACE} ${isHereMore ? "text-accent" : "text-muted"}`}
          >
            <MoreIcon className="size-4" />
            More
          </button>
        </li>
      </ul>
      <Dialog
        title="More pages"
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        className="mb-[calc(var(--bar-bottom)+0.5rem)] w-[calc(100vw-1rem)] p-2"
      >
        <ul className="grid grid-cols-2 gap-1">
          {more.map((page) => (
            <li key={page.path}>
              <PageLink
                page={page}
                isHere={page.path === here}
                onGo={() => setOpen(false)}
                className={`flex h-11 items-center gap-2.5 rounded-md px-3 font-medium ${page.path === here ? "bg-selected" : "text-muted"}`}
              />
            </li>
          ))}
        </ul>
        <div className="mt-1 flex items-center justify-between gap-2 border-t border-line px-1 pt-2">
          {children}
        </div>
      </Dialog>
    </nav>
  );
}
