import type { Command } from "../../lib/commands.ts";
import { fitting } from "../../lib/fuzzy.ts";
import type { RecentPage } from "../../lib/recent-pages.ts";
import type { SavedView } from "../../lib/saved-views.ts";
import { visible } from "../../lib/visible-text.ts";

/** Something that the palette offers: an order to run, or an address to go to. */
export type PaletteEntry = {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly keys?: string | undefined;
} & ({ readonly commandId: string } | { readonly address: string });

/** What the palette is made of, as it is now. */
export interface PaletteSources {
  readonly commands: readonly Command[];
  readonly views: readonly SavedView[];
  readonly recent: readonly RecentPage[];
  readonly services: readonly string[];
  /** The address of a page with what all pages share kept; undefined where there is no such page. */
  readonly addressOf: (
    path: string,
    search?: Readonly<Record<string, string>>,
  ) => string | undefined;
}

/** Entries that are drawn at once, and of one kind before anything is typed. */
const ENTRIES_MAX = 60;
const RECENT_SHOWN = 4;

/** What fits what was typed, best first within each kind; a trace id is understood as one. */
export function paletteEntries(typed: string, sources: PaletteSources): readonly PaletteEntry[] {
  const text = typed.trim();
  const traceId = traceIdIn(text);
  if (traceId !== undefined) {
    const trace = pageEntry(
      "Trace",
      `Open trace ${traceId}`,
      sources.addressOf(`/traces/${traceId}`),
    );
    return [...trace, ...searches(traceId, sources)];
  }
  const all = [
    ...commandEntries(sources),
    ...viewEntries(sources),
    ...recentEntries(sources, text),
  ];
  const offered = text === "" ? all : [...all, ...serviceEntries(sources)];
  const found = fitting(text, offered, ({ title, group }) => `${title} ${group}`, ENTRIES_MAX);
  return [...grouped(found), ...(text === "" ? [] : searches(text, sources))];
}

/** A trace id in what was pasted: alone, as a UUID, or within a `traceparent`. */
export function traceIdIn(text: string): string | undefined {
  const plain = /^(?:0x)?([0-9a-f]{32})$/i.exec(text.replaceAll("-", ""))?.[1];
  const parent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/i.exec(text)?.[1];
  return (plain ?? parent)?.toLowerCase();
}

function commandEntries({ commands }: PaletteSources): PaletteEntry[] {
  return commands
    .filter(({ isHidden }) => isHidden !== true)
    .map(({ id, title, group, keys }) => ({
      id: `command ${id}`,
      group,
      title,
      keys,
      commandId: id,
    }));
}

function viewEntries({ views }: PaletteSources): PaletteEntry[] {
  return views.map(({ name, address }) => ({
    id: `view ${name}`,
    group: "Saved views",
    title: visible(name),
    address,
  }));
}

function recentEntries({ recent, addressOf }: PaletteSources, text: string): PaletteEntry[] {
  const shown = text === "" ? recent.slice(0, RECENT_SHOWN) : recent;
  return shown.flatMap(({ path, title }) =>
    pageEntry("Seen lately", visible(title), addressOf(path)),
  );
}

function serviceEntries({ services, addressOf }: PaletteSources): PaletteEntry[] {
  return services.flatMap((service) =>
    pageEntry("Services", visible(service), addressOf(`/services/${encodeURIComponent(service)}`)),
  );
}

function searches(text: string, { addressOf }: PaletteSources): PaletteEntry[] {
  const shown = text.length > 60 ? `${visible(text.slice(0, 60))}…` : visible(text);
  return [
    ...pageEntry("Search", `Search the traces for “${shown}”`, addressOf("/traces", { q: text })),
    ...pageEntry("Search", `Search the logs for “${shown}”`, addressOf("/logs", { q: text })),
  ];
}

function pageEntry(group: string, title: string, address: string | undefined): PaletteEntry[] {
  return address === undefined ? [] : [{ id: `${group} ${address}`, group, title, address }];
}

/** Entries of one group together, the groups in the order of their best. */
function grouped(entries: readonly PaletteEntry[]): PaletteEntry[] {
  return [...Map.groupBy(entries, ({ group }) => group).values()].flat();
}
