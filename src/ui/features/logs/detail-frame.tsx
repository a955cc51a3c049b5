import type { ReactNode } from "react";

/** Where the selected record stands: beside the list, or over it where there is no room. */
export function DetailFrame({ children }: { children: ReactNode }) {
  return (
    <div className="z-10 w-[clamp(22rem,34%,40rem)] shrink-0 border-l border-line max-md:fixed max-md:inset-x-0 max-md:bottom-(--bar-bottom) max-md:h-[62dvh] max-md:w-auto max-md:border-t max-md:border-l-0 max-md:border-line-strong max-md:shadow-lg">
      {children}
    </div>
  );
}
