import { useRouter, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { ComboList, type ComboOption } from "../../components/combo-list.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Keys } from "../../components/keys.tsx";
import { SearchIcon } from "../../components/nav-icons.tsx";
import { askServices } from "../../lib/api/services.ts";
import { commandRegistry, useCommandList } from "../../lib/commands.ts";
import { usePolled } from "../../lib/queries.ts";
import { recentPages } from "../../lib/recent-pages.ts";
import { useSavedViews } from "../../lib/saved-views.ts";
import { stringifySearch } from "../../lib/search-text.ts";
import { requestRange } from "../../lib/time-range.ts";
import { useViewRange } from "../../lib/view-range.ts";
import { paletteEntries, type PaletteEntry, type PaletteSources } from "./palette-entries.ts";

/** `⌘K`: everything that can be gone to or done from here, by a few letters of its name. */
export function Palette({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog
      title="Search and commands"
      isOpen={isOpen}
      onClose={onClose}
      className="mt-[max(1rem,12vh)] w-[min(40rem,calc(100vw-1rem))]"
    >
      <Entries onDone={onClose} />
    </Dialog>
  );
}

interface EntryOption extends ComboOption {
  readonly entry: PaletteEntry;
}

function Entries({ onDone }: { onDone: () => void }) {
  const [text, setText] = useState("");
  const router = useRouter();
  const sources = useSources();
  const options = useMemo(() => paletteEntries(text, sources).map(optionOf), [text, sources]);
  const pick = ({ entry }: EntryOption): void => {
    onDone();
    if ("address" in entry) router.history.push(entry.address);
    else commandRegistry.run(entry.commandId);
  };
  return (
    <ComboList
      label="Search and commands"
      placeholder="A page, a service, a command, or a trace id"
      text={text}
      onText={setText}
      options={options}
      onPick={pick}
      nothing="Nothing is called so"
      icon={<SearchIcon className="size-4 text-faint" />}
      listClass="max-h-[min(26rem,60dvh)]"
    />
  );
}

function optionOf(entry: PaletteEntry): EntryOption {
  return {
    id: entry.id,
    group: entry.group,
    entry,
    content: (
      <>
        <bdi className="min-w-0 flex-1 truncate">{entry.title}</bdi>
        {entry.keys === undefined ? null : <Keys keys={entry.keys} />}
      </>
    ),
  };
}

function useSources(): PaletteSources {
  const commands = useCommandList();
  const views = useSavedViews();
  const services = useServiceNames();
  const { live, zone, range, from, to } = useSearch({ from: "__root__" });
  const router = useRouter();
  return useMemo(() => {
    const shared = { live, zone, range, from, to };
    const addressOf: PaletteSources["addressOf"] = (path, search = {}) => {
      const page = path.replace(/^(\/traces|\/services)\/.*$/, "$1/");
      const isThere = Object.keys(router.routesByPath).some((known) =>
        page.endsWith("/") ? known.startsWith(`${page}$`) : known === page,
      );
      return isThere ? `${path}${stringifySearch({ ...shared, ...search })}` : undefined;
    };
    return { commands, views, recent: recentPages(), services, addressOf };
  }, [commands, views, services, live, zone, range, from, to, router]);
}

const NO_SERVICES: readonly string[] = [];

/** The services of the range; none while that is not known, which is no reason to wait. */
function useServiceNames(): readonly string[] {
  const range = useViewRange();
  const { data } = usePolled({
    key: ["services", range],
    ask: (cancel) => askServices(requestRange(range, Date.now()), cancel),
    everyMs: false,
  });
  return useMemo(() => data?.data.map(({ service }) => service) ?? NO_SERVICES, [data]);
}
