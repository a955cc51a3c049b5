import { QUERY_LIMITS } from "#core/limits.ts";

/**
 * Resources or scopes that were read before, by organization and id. An id is a digest of what it
 * stands for, so what was read once stays true. Bounded in number and bytes; when full, it starts anew.
 */
export class RememberedHolders<T> {
  private readonly items = new Map<string, T>();
  private bytes = 0;

  get(org: string, id: string): T | undefined {
    return this.items.get(keyOf(org, id));
  }

  /** @param bytes about what it takes. */
  set(org: string, id: string, item: T, bytes: number): void {
    const key = keyOf(org, id);
    if (bytes > QUERY_LIMITS.rememberedHolderBytesMax || this.items.has(key)) return;
    if (
      this.items.size >= QUERY_LIMITS.rememberedHoldersMax ||
      this.bytes + bytes > QUERY_LIMITS.rememberedHoldersBytesMax
    ) {
      this.items.clear();
      this.bytes = 0;
    }
    this.items.set(key, item);
    this.bytes += bytes;
  }
}

/** Ids are decimal numbers: the line break cannot be part of one. */
function keyOf(org: string, id: string): string {
  return `${id}\n${org}`;
}
