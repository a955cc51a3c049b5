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
