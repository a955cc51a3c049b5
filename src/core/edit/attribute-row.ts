import type { Buffer } from "node:buffer";
import type { AttributesColumn } from "../columns.ts";
import { ROW_LIMITS } from "../limits.ts";
import type { AttributeKey } from "../row-access.ts";
import { pushCut } from "./rewrite-text.ts";

/** The place of an attribute in its row that is not there. */
const NONE = -1;

/**
 * The attributes of one row while it is edited. Places count from 0 in the row's own order and hold until the
 * next change. A key stands once in a row, and a row has no more than `ROW_LIMITS.attributesMax`.
 */
export class AttributeRow {
  private readonly column: AttributesColumn;
  /** Where the row's attributes are in the column. */
  private from = 0;
  private to = 0;
  /** Whether the lists below hold the row: only from the first change on. */
  private isLoaded = false;
  private loaded = 0;
  /** Of each attribute: its key's number, its type, and its place in the column or, where it is new, its value. */
  private keys = new Int32Array(ROW_LIMITS.attributesMax);
  private types = new Uint8Array(ROW_LIMITS.attributesMax);
  private places = new Int32Array(ROW_LIMITS.attributesMax);
  private readonly values = Array.from<string | Buffer>({ length: ROW_LIMITS.attributesMax }).fill(
    "",
  );
  /** How many attributes the row could not take: it was full, or the key was none. */
  refused = 0;

  constructor(column: AttributesColumn) {
    this.column = column;
  }

  /** Turns to another row of the column. */
  open(row: number): void {
    this.from = this.column.start(row);
    this.to = this.column.ends.values[row]!;
    this.isLoaded = false;
    this.refused = 0;
  }

  get isChanged(): boolean {
    return this.isLoaded;
  }

  /** How many attributes the row has. */
  get count(): number {
    return this.isLoaded ? this.loaded : this.to - this.from;
  }

  /** The place of a key in the row, or -1. */
  indexOf(key: AttributeKey): number {
    if (this.count === 0) return NONE;
    const number = key.numberIn(this.column);
    return number < 0 ? NONE : this.placeOf(number);
  }

  private placeOf(number: number): number {
    const numbers = this.isLoaded ? this.keys : this.column.keys.numbers.values;
    const from = this.isLoaded ? 0 : this.from;
    const { count } = this;
    for (let place = 0; place < count; place++) if (numbers[from + place] === number) return place;
    return NONE;
  }

  keyText(place: number): string {
    return this.column.keys.dictionary.text(this.keyNumber(place));
  }

  /** The number of a key in `column.keys.dictionary`. */
  keyNumber(place: number): number {
    return this.isLoaded ? this.keys[place]! : this.column.keys.numbers.values[this.from + place]!;
  }

  type(place: number): number {
    return this.isLoaded ? this.types[place]! : this.column.types.bytes[this.from + place]!;
  }

  text(place: number): string {
    const at = this.isLoaded ? this.places[place]! : this.from + place;
    return at === NONE ? String(this.values[place]) : this.column.values.text(at);
  }

  /**
   * Sets an attribute, in the place of the one with that key if there is one, else after all others. It is refused,
   * and counted in the row's dropped attributes, where the row is full or the key is empty or too long.
   *
   * @param value Its text; cut at `ROW_LIMITS.attributeValueBytesMax`.
   * @param type One of `ATTRIBUTE_TYPES`.
   */
  set(key: AttributeKey, value: string | Buffer, type: number): boolean {
    const place = this.indexOf(key);
    if (place !== NONE) {
      this.setAt(place, value, type);
      return true;
    }
    if (!isUsable(key) || this.count >= ROW_LIMITS.attributesMax) {
      this.refused++;
      return false;
    }
    this.load();
    this.keys[this.loaded] = this.numberOf(key);
    this.setAt(this.loaded++, value, type);
    return true;
  }

  /** Gives the attribute at a place another value. */
  setAt(place: number, value: string | Buffer, type: number): void {
    this.load();
    this.types[place] = type;
    this.places[place] = NONE;
    this.values[place] = value;
  }

  /** Removes an attribute; false where the row has none of that key. */
  delete(key: AttributeKey): boolean {
    const place = this.indexOf(key);
    if (place === NONE) return false;
    this.deleteAt(place);
    return true;
  }

  deleteAt(place: number): void {
    this.load();
    this.keys.copyWithin(place, place + 1, this.loaded);
    this.types.copyWithin(place, place + 1, this.loaded);
    this.places.copyWithin(place, place + 1, this.loaded);
    this.loaded--;
    const { values, loaded } = this;
    for (let i = place; i < loaded; i++) values[i] = values[i + 1]!;
  }

  /**
   * Gives an attribute another key, in its place; one that had that key is replaced. False where the row has none
   * of the first key. A key that is empty or too long is refused: the attribute is dropped and counted.
   */
  rename(from: AttributeKey, to: AttributeKey): boolean {
    const place = this.indexOf(from);
    if (place === NONE) return false;
    if (!isUsable(to)) {
      this.refused++;
      this.deleteAt(place);
      return true;
    }
    const number = this.numberOf(to);
    const replaced = this.placeOf(number);
    if (replaced === place) return true;
    this.load();
    this.keys[place] = number;
    if (replaced !== NONE) this.deleteAt(replaced);
    return true;
  }

  private numberOf(key: AttributeKey): number {
    const known = key.numberIn(this.column);
    return known >= 0 ? known : this.column.keys.dictionary.number(key.bytes, 0, key.bytes.length);
  }

  private load(): void {
    if (this.isLoaded) return;
    this.isLoaded = true;
    const { from, to, column } = this;
    this.loaded = to - from;
    if (this.loaded > this.keys.length) this.grow();
    const { keys, types, places } = this;
    const numbers = column.keys.numbers.values;
    const held = column.types.bytes;
    for (let at = from, place = 0; at < to; at++, place++) {
      keys[place] = numbers[at]!;
      types[place] = held[at]!;
      places[place] = at;
    }
  }

  /** No builder or decoder makes a row that is over the limit; one that is must not lose anything here. */
  private grow(): void {
    this.keys = new Int32Array(this.loaded);
    this.types = new Uint8Array(this.loaded);
    this.places = new Int32Array(this.loaded);
  }

  /** Appends the row as it is now to another column, which shares the dictionary of keys. */
  writeTo(into: AttributesColumn): void {
    const { keys, types, places, values, loaded } = this;
    for (let place = 0; place < loaded;) {
      const at = places[place]!;
      if (at === NONE) {
        pushCut(into.values, values[place]!, ROW_LIMITS.attributeValueBytesMax);
        place++;
        continue;
      }
      // What is still side by side is copied in one piece.
      let end = place + 1;
      while (end < loaded && places[end] === at + end - place) end++;
      into.values.pushRows(this.column.values, at, at + end - place);
      place = end;
    }
    for (let place = 0; place < loaded; place++) into.keys.numbers.push(keys[place]!);
    into.types.raw(types, 0, loaded);
    into.endRow();
  }
}

function isUsable({ bytes }: AttributeKey): boolean {
  return bytes.length > 0 && bytes.length <= ROW_LIMITS.attributeKeyBytesMax;
}
