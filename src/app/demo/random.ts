const TWO_32 = 0x1_0000_0000;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * Seeded random numbers for the demo: sfc32, which is small, fast and good enough for believable
 * data. The same parts give the same numbers on every machine.
 *
 * @example new Random(seed, traceNumber).logNormal(12, 0.5)
 */
export class Random {
  private a = 0;
  private b = 0;
  private c = 0;
  private counter = 1;
  private spare: number | undefined;

  constructor(...parts: readonly number[]) {
    let hash = 0x9e37_79b9;
    for (const part of parts) {
      hash = mix(hash ^ (part >>> 0));
      hash = mix(hash ^ (Math.floor(part / TWO_32) >>> 0));
    }
    this.a = hash;
    this.b = mix(hash ^ 0x85eb_ca6b);
    this.c = mix(hash ^ 0xc2b2_ae35);
    for (let round = 0; round < 8; round++) this.uint32();
  }

  /** 0 to 2^32 - 1. */
  uint32(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** At least 0, below 1. */
  unit(): number {
    return this.uint32() / TWO_32;
  }

  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.unit() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.unit() * list.length)]!;
  }

  /** An index of `cumulative`, the running sums of the weights. */
  weighted(cumulative: readonly number[]): number {
    const wanted = this.unit() * cumulative.at(-1)!;
    const index = cumulative.findIndex((sum) => wanted < sum);
    return index < 0 ? cumulative.length - 1 : index;
  }

  /** Mean 0, deviation 1 (Marsaglia's polar method). */
  normal(): number {
    if (this.spare !== undefined) {
      const kept = this.spare;
      this.spare = undefined;
      return kept;
    }
    for (;;) {
      const x = this.unit() * 2 - 1;
      const y = this.unit() * 2 - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.spare = y * factor;
      return x * factor;
    }
  }

  /** Latencies are so distributed: half of them below `median`, with a long tail by `sigma`. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }

  /** How often something happens that happens `mean` times on average. */
  poisson(mean: number): number {
    if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const floor = Math.exp(-mean);
    let count = 0;
    for (let product = this.unit(); product > floor; product *= this.unit()) count++;
    return count;
  }

  /** Random bytes in lower-case hex, never all zero (the first one is not). */
  hex(bytes: number): string {
    let text = "";
    for (let at = 0; at < bytes; at += 4) {
      const word = at === 0 ? this.uint32() | 1 : this.uint32();
      text += HEX[word & 0xff]! + HEX[(word >>> 8) & 0xff]!;
      text += HEX[(word >>> 16) & 0xff]! + HEX[word >>> 24]!;
    }
    return bytes % 4 === 0 ? text : text.slice(0, bytes * 2);
  }
}

/** Murmur3's finalizer: every bit of the input moves every bit of the output. */
function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
