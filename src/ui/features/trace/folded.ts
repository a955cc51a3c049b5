/** Folded spans that an address keeps: with 17 characters each it stays below what servers accept. */
const FOLDED_MAX = 200;

/** Reads `folded` of the address: row keys with a dot between. */
export function parseFolded(text: string | undefined): ReadonlySet<string> {
  return new Set((text ?? "").split(".").filter((id) => /^[0-9a-f]{1,16}(~[0-9]{1,6})?$/.test(id)));
}

/** The newest `FOLDED_MAX` of them; undefined for none. */
export function formatFolded(folded: ReadonlySet<string>): string | undefined {
  return folded.size === 0 ? undefined : [...folded].slice(-FOLDED_MAX).join(".");
}
