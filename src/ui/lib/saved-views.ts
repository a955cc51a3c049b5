import { useSyncExternalStore } from "react";
import { readStored, writeStored } from "./stored.ts";
import { cut } from "./visible-text.ts";

/** A page as it was looked at, under a name that its reader gave it. */
export interface SavedView {
  readonly name: string;
  /** Path and query of the address, with everything that the page shows in it. */
  readonly address: string;
}

/** Views that a browser keeps; and how long a name and an address may be. */
export const SAVED_VIEWS_MAX = 50;
export const VIEW_NAME_CHARACTERS_MAX = 80;
const ADDRESS_CHARACTERS_MAX = 8_000;

const KEY = "sightglass.views";

/** Reads what a browser has kept; what is no view is left out, whoever wrote it there. */
export function parseViews(text: string | undefined): readonly SavedView[] {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(kept)) return [];
  return kept.flatMap(viewOf).slice(0, SAVED_VIEWS_MAX);
}

function viewOf(value: unknown): SavedView[] {
  if (typeof value !== "object" || value === null) return [];
  const { name, address } = value as { name?: unknown; address?: unknown };
  if (typeof name !== "string" || typeof address !== "string") return [];
  return isAddress(address) && name.trim() !== "" ? [{ name: nameOf(name), address }] : [];
}

/** A path of this application: never another host (`//`), nor a script. */
function isAddress(address: string): boolean {
  return /^\/(?![/\\])/.test(address) && address.length <= ADDRESS_CHARACTERS_MAX;
}

function nameOf(name: string): string {
  return cut(name.trim(), VIEW_NAME_CHARACTERS_MAX);
}

/** What came of an attempt to keep a view. */
export type Kept = "kept" | "full" | "unnamed" | "too long" | "name taken";

/** The views with one more, or with another address under a name that is there already. */
export function withView(
  views: readonly SavedView[],
  name: string,
  address: string,
): { readonly views: readonly SavedView[]; readonly kept: Kept } {
  const view = { name: nameOf(name), address };
  if (view.name === "") return { views, kept: "unnamed" };
  if (!isAddress(address)) return { views, kept: "too long" };
  if (views.some((one) => one.name === view.name))
    return { views: views.map((one) => (one.name === view.name ? view : one)), kept: "kept" };
  if (views.length >= SAVED_VIEWS_MAX) return { views, kept: "full" };
  return { views: [...views, view], kept: "kept" };
}

/** The views with one called otherwise. */
export function withName(
  views: readonly SavedView[],
  before: string,
  after: string,
): { readonly views: readonly SavedView[]; readonly kept: Kept } {
  const name = nameOf(after);
  if (name === "") return { views, kept: "unnamed" };
  if (name !== before && views.some((one) => one.name === name))
    return { views, kept: "name taken" };
  return {
    views: views.map((one) => (one.name === before ? { ...one, name } : one)),
    kept: "kept",
  };
}

const listeners = new Set<() => void>();
let text: string | undefined;
let views: readonly SavedView[] = [];

/** The views of this browser, whichever of its tabs has changed them. */
export function useSavedViews(): readonly SavedView[] {
  return useSyncExternalStore(subscribe, current);
}

export function saveView(name: string, address: string): Kept {
  const next = withView(current(), name, address);
  if (next.kept === "kept") write(next.views);
  return next.kept;
}

export function renameView(before: string, after: string): Kept {
  const next = withName(current(), before, after);
  if (next.kept === "kept") write(next.views);
  return next.kept;
}

export function deleteView(name: string): void {
  write(current().filter((view) => view.name !== name));
}

function current(): readonly SavedView[] {
  const now = readStored(KEY);
  if (now !== text) {
    text = now;
    views = parseViews(now);
  }
  return views;
}

function write(next: readonly SavedView[]): void {
  writeStored(KEY, JSON.stringify(next));
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}
