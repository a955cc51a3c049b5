/** A set of the sampled traces, by their place in the sample: small, and quick to compare with another. */
export class Bits {
  private readonly words: Uint32Array;

  constructor(words: number | Uint32Array) {
    this.words = typeof words === "number" ? new Uint32Array((words + 31) >>> 5) : words;
  }

  /** The places from 0 up to but not including `size` for which `isIn` holds. */
  static of(size: number, isIn: (place: number) => boolean): Bits {
    const bits = new Bits(size);
    for (let place = 0; place < size; place++) if (isIn(place)) bits.add(place);
    return bits;
  }

  add(place: number): void {
    this.words[place >>> 5]! |= 1 << (place & 31);
  }

  has(place: number): boolean {
    return (this.words[place >>> 5]! & (1 << (place & 31))) !== 0;
  }

  get count(): number {
    let count = 0;
    for (const word of this.words) count += ones(word);
    return count;
  }

  /** How many places are in both. */
  countWith(other: Bits): number {
    let count = 0;
    for (const [at, word] of this.words.entries()) count += ones(word & other.words[at]!);
    return count;
  }

  and(other: Bits): Bits {
    return new Bits(this.words.map((word, at) => word & other.words[at]!));
  }

  without(other: Bits): Bits {
    return new Bits(this.words.map((word, at) => word & ~other.words[at]!));
  }

  /** The first places in the set, at most `max`. */
  first(max: number): number[] {
    const places: number[] = [];
    for (let place = 0; place < this.words.length * 32 && places.length < max; place++)
      if (this.has(place)) places.push(place);
    return places;
  }
}

/** How alike two sets are: what both have of what either has, 0 to 1. */
export function likeness(a: Bits, b: Bits): number {
  const both = a.countWith(b);
  const either = a.count + b.count - both;
  return either === 0 ? 0 : both / either;
}

function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
