import { DECODER_LIMITS } from "./limits.ts";

/**
 * Things by the text or bytes that they arrived as, bounded in number and bytes; when full, it starts
 * anew. What is sent again and again (a resource, a scope) is made once and is the same object from then on.
 */
export class Remembered<T> {
  private readonly items = new Map<string, T>();
  private bytes = 0;

  get(key: string): T | undefined {
    return this.items.get(key);
  }

  set(key: string, item: T): void {
    if (key.length > DECODER_LIMITS.groupBytesMax) return;
    if (
      this.items.size >= DECODER_LIMITS.groupsRememberedMax ||
      this.bytes + key.length > DECODER_LIMITS.groupBytesRememberedMax
    ) {
      this.items.clear();
      this.bytes = 0;
    }
    this.items.set(key, item);
    this.bytes += key.length;
  }
}
