/** Numbers in 0 ≤ x < 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const DIGITS = "0123456789";
export const LOWER = "abcdefghijklmnopqrstuvwxyz";
export const UPPER = LOWER.toUpperCase();
export const ALNUM = DIGITS + LOWER + UPPER;
export const WORD = `${ALNUM}_-`;
export const HEX = "0123456789abcdef";
export const BASE32 = `${UPPER}234567`;
export const BASE64 = `${ALNUM}+/`;

/** Makes strings of the alphabets that formats name. */
export class Maker {
  readonly random: () => number;

  constructor(random: () => number) {
    this.random = random;
  }

  of(alphabet: string, length: number): string {
    let text = "";
    for (let i = 0; i < length; i++) text += alphabet[this.below(alphabet.length)]!;
    return text;
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  base64(bytes: number): string {
    return Buffer.from(Array.from({ length: bytes }, () => this.below(256))).toString("base64");
  }

  base64Url(value: object): string {
    return Buffer.from(JSON.stringify(value)).toString("base64url");
  }

  uuid(): string {
    return [8, 4, 4, 4, 12].map((length) => this.of(HEX, length)).join("-");
  }

  /** A pattern with each `#` as a digit, each `^` as one from 1 and each `~` as one from 2 on. */
  filled(pattern: string): string {
    return pattern.replaceAll(/[#^~]/g, (sign) => {
      const least = sign === "#" ? 0 : sign === "^" ? 1 : 2;
      return String(least + this.below(10 - least));
    });
  }
}
