import { readStored, writeStored } from "./stored.ts";
import { cut } from "./visible-text.ts";

/** A page of one thing that was opened: a trace, a service. */
export interface RecentPage {
  readonly path: string;
  readonly title: string;
}

export const RECENT_PAGES_MAX = 12;
const TITLE_CHARACTERS_MAX = 120;
const PATH_CHARACTERS_MAX = 1_000;
const KEY = "sightglass.recent";

/** Puts a page at the head of those that were opened last. */
export function rememberPage(page: RecentPage): void {
  if (page.path.length > PATH_CHARACTERS_MAX) return;
  const title = cut(page.title, TITLE_CHARACTERS_MAX);
  const others = recentPages().filter(({ path }) => path !== page.path);
  const next = [{ path: page.path, title }, ...others].slice(0, RECENT_PAGES_MAX);
  writeStored(KEY, JSON.stringify(next));
}

/** The pages that were opened last, the newest first. */
export function recentPages(): readonly RecentPage[] {
  let kept: unknown;
  try {
    kept = JSON.parse(readStored(KEY) ?? "[]");
  } catch {
    return [];
  }
  return Array.isArray(kept) ? kept.flatMap(pageOf).slice(0, RECENT_PAGES_MAX) : [];
}

function pageOf(value: unknown): RecentPage[] {
  if (typeof value !== "object" || value === null) return [];
  const { path, title } = value as { path?: unknown; title?: unknown };
  if (typeof path !== "string" || typeof title !== "string") return [];
  return /^\/(traces|services)\/[^/\\]+$/.test(path) ? [{ path, title }] : [];
}
