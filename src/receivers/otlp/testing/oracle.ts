import { readFileSync } from "node:fs";
import protobuf from "protobufjs";

const schema = new URL("../../../core/otlp/testdata/otlp.proto", import.meta.url);
const { root } = protobuf.parse(readFileSync(schema, "utf8"));

/** Reads a message of OTLP or google.rpc with protobufjs: 64-bit integers become decimal text. */
export function decodeMessage(message: string, bytes: Uint8Array): Record<string, unknown> {
  const type = root.lookupType(message);
  return type.toObject(type.decode(bytes), { longs: String, bytes: Buffer }) as Record<
    string,
    unknown
  >;
}
