import { Buffer } from "node:buffer";
import type { ByteWriter } from "../bytes.ts";

const ID_PATTERNS = { 8: /^[0-9a-f]{16}$/i, 16: /^[0-9a-f]{32}$/i } as const;

/** Appends an id given in hex, or zeros where it is absent or not one. */
export function pushHexId(into: ByteWriter, id: string | undefined, width: 8 | 16): void {
  if (id !== undefined && ID_PATTERNS[width].test(id)) into.raw(Buffer.from(id, "hex"), 0, width);
  else into.zeros(width);
}

/** Appends an integer as 64 bits; of one that needs more, the lower ones. */
export function pushBigint(into: ByteWriter, value: bigint): void {
  into.ensure(8).writeBigUInt64LE(BigInt.asUintN(64, value), into.length);
  into.length += 8;
}
