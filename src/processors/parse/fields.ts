import { AttributeKey } from "#core/row-access.ts";

/** What a parser found in one text, in order: filled, read and cleared again for each row. */
export class Fields {
  readonly keys: string[] = [];
  /** Values as attributes are kept; see `ATTRIBUTE_TYPES`. */
  readonly texts: string[] = [];
  readonly types: number[] = [];
  count = 0;
  /** Fields that there was no room for. */
  dropped = 0;
  private readonly fieldsMax: number;

  constructor(fieldsMax: number) {
    this.fieldsMax = fieldsMax;
  }

  clear(): void {
    this.count = 0;
    this.dropped = 0;
  }

  get isFull(): boolean {
    return this.count >= this.fieldsMax;
  }

  add(key: string, text: string, type: number): void {
    if (this.isFull) {
      this.dropped++;
      return;
    }
    const place = this.count++;
    this.keys[place] = key;
    this.texts[place] = text;
    this.types[place] = type;
  }

  /** The place of the last field of that key, or -1. */
  indexOf(key: string): number {
    for (let place = this.count - 1; place >= 0; place--)
      if (this.keys[place] === key) return place;
    return -1;
  }

  /** Takes a field out. */
  removeAt(place: number): void {
    this.keys.copyWithin(place, place + 1, this.count);
    this.texts.copyWithin(place, place + 1, this.count);
    this.types.copyWithin(place, place + 1, this.count);
    this.count--;
  }
}

/** Keys that are remembered; when there are more, remembering starts anew. */
const KEYS_REMEMBERED_MAX = 4_096;

/** The keys of attributes that fields become. */
export class FieldKeys {
  private readonly prefix: string;
  private readonly known = new Map<string, AttributeKey>();

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  of(field: string): AttributeKey {
    let key = this.known.get(field);
    if (key !== undefined) return key;
    key = new AttributeKey(this.prefix + field);
    if (this.known.size >= KEYS_REMEMBERED_MAX) this.known.clear();
    this.known.set(field, key);
    return key;
  }
}
