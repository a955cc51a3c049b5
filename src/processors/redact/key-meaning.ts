import type { Buffer } from "node:buffer";
import { Dictionary } from "#core/dictionary.ts";
import { meaningOf } from "./detect/named-secret.ts";
import { hintsOfKey } from "./detect/words.ts";

/** What a key says of its value. */
export interface KeyMeaning {
  /** Flags of `WORD`: that its numbers are telephone numbers, cards, and so on. */
  readonly hints: number;
  /** One of `NAMED`: that it is a password, a secret, or credentials. */
  readonly named: number;
}

export const NO_MEANING: KeyMeaning = { hints: 0, named: 0 };

/** Keys whose meaning is remembered; then all are forgotten. */
const KEYS_MAX = 4096;
const known = new Map<string, KeyMeaning>();

/** What the key of an attribute or of a JSON object says, such as `user.phone` or `client_secret`. */
export function meaningOfKey(key: string): KeyMeaning {
  let meaning = known.get(key);
  if (meaning === undefined) {
    meaning = { hints: hintsOfKey(key), named: meaningOf(key) };
    if (known.size >= KEYS_MAX) known.clear();
    known.set(key, meaning);
  }
  return meaning;
}

/** A key of a JSON text. */
export interface JsonKey {
  readonly text: string;
  readonly meaning: KeyMeaning;
}

/** Keys by the bytes that stand between their quotes, so that no string is made of one that was seen before. */
export class JsonKeys {
  private readonly dictionary = new Dictionary();
  private readonly keys: JsonKey[] = [];

  /** The key whose quotes enclose bytes `from` to `to`. */
  at(bytes: Buffer, from: number, to: number): JsonKey {
    const number = this.dictionary.number(bytes, from, to);
    const known = this.keys[number];
    if (known !== undefined) return known;
    const text = textOfKey(bytes.toString("utf8", from, to));
    const key = { text, meaning: meaningOfKey(text) };
    this.keys[number] = key;
    if (this.keys.length > KEYS_MAX) {
      this.keys.length = 0;
      this.dictionary.reset();
    }
    return key;
  }
}

/** Without the escapes of JSON, where they are right. */
function textOfKey(raw: string): string {
  if (!raw.includes("\\")) return raw;
  try {
    return String(JSON.parse(`"${raw}"`)).toWellFormed();
  } catch (error) {
    if (error instanceof SyntaxError) return raw;
    throw error;
  }
}
