import { Buffer } from "node:buffer";
import type { ByteWriter } from "../bytes.ts";

const ID_PATTERNS = { 8: /^[0-9a-f]{16}$/i, 16: /^[0-9a-f]{32}$/i } as const;

/** Appends an id given in hex, or zeros where it is absent or not one. */
export function pushHexId(into: ByteWriter, id: string | undefined, width: 8 | 16): void {
  if (id !== undefined && ID_PATTERNS[width].test(id)) into.raw(Buffer.from(id, "hex"), 0, width);
  else into.zeros(width);
}

const wide = new BigUint64Array(1);
const halves = new Uint32Array(wide.buffer);

/** Appends an integer as 64 bits; of one that needs more, the lower ones. */
export function pushBigint(into: ByteWriter, value: bigint): void {
  // As it is stored it is cut to 64 bits; every machine that Node runs on has the lower half first.
  wide[0] = value;
  into.u64(halves[0]!, halves[1]!);
}
