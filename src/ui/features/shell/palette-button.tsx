import { Keys } from "../../components/keys.tsx";
import { SearchIcon } from "../../components/nav-icons.tsx";

/** Opens the palette: looks like the field that it leads to. */
export function PaletteButton({ onOpen }: { onOpen: () => void }) {
  return (
    <button
      type="button"
      aria-haspopup="dialog"
      onClick={onOpen}
      className="flex h-7 min-w-0 items-center gap-2 rounded-md border border-line bg-sunken px-2 text-xs text-faint transition-colors hover:border-line-strong hover:text-text max-sm:border-transparent max-sm:bg-transparent sm:w-64"
    >
      <SearchIcon className="size-4 sm:size-3.5" />
      <span className="min-w-0 flex-1 truncate text-left max-sm:sr-only">Search or go to…</span>
      <Keys keys="Mod+k" className="max-sm:hidden" />
    </button>
  );
}
