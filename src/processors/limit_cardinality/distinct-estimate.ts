/** Registers: the estimate is off by some 1.04 / √registers, which is 6.5 %. */
const REGISTERS = 256;
const INDEX_BITS = 8;
/** The constant of the estimate for this many registers. */
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);
/** Up to this estimate, empty registers tell more. */
const LINEAR_MAX = 2.5 * REGISTERS;

/**
 * About how many different texts there were, in a quarter of a KiB whatever their number: HyperLogLog
 * (Flajolet, Fusy, Gandouet, Meunier 2007).
 */
export class DistinctEstimate {
  private readonly registers = new Uint8Array(REGISTERS);

  add(text: string): void {
    const hash = hashOf(text);
    const index = hash >>> (32 - INDEX_BITS);
    const rest = hash << INDEX_BITS;
    const rank = rest === 0 ? 32 - INDEX_BITS + 1 : Math.clz32(rest) + 1;
    if (rank > this.registers[index]!) this.registers[index] = rank;
  }

  get count(): number {
    let sum = 0;
    let empty = 0;
    for (const rank of this.registers) {
      sum += 2 ** -rank;
      if (rank === 0) empty++;
    }
    const estimate = (ALPHA * REGISTERS * REGISTERS) / sum;
    if (estimate > LINEAR_MAX || empty === 0) return Math.round(estimate);
    return Math.round(REGISTERS * Math.log(REGISTERS / empty));
  }
}

/** FNV-1a over UTF-16 units, with the finish of MurmurHash3 so that every bit counts. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
