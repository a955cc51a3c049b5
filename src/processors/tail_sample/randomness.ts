/**
 * A number in 0 ≤ x < 1 that is a trace's own, the same in every process. It is mixed from the whole id and
 * so has nothing to do with the randomness by which samplers before this one decided (the id's last
 * seven bytes): what they let through is thinned evenly, and weights may be multiplied.
 */
export function traceRandomness(traceId: Uint8Array): number {
  const high = mixed(traceId, 0x9747b28c);
  const low = mixed(traceId, 0x2f0b4a27);
  return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
}

/** MurmurHash3 (32 bits) over 16 bytes. */
function mixed(bytes: Uint8Array, seed: number): number {
  let hash = seed;
  for (let at = 0; at < 16; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    word = Math.imul(word, 0xcc9e2d51);
    word = (word << 15) | (word >>> 17);
    hash ^= Math.imul(word, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash ^= 16;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
