import { gzipSync } from "node:zlib";
import { encodeOtlp } from "#core/otlp/encode.ts";

/** Sends one export request as any sender would, gzipped protobuf; throws unless all of it was taken. */
export async function send(
  endpoint: string,
  signal: "traces" | "logs",
  request: unknown,
): Promise<void> {
  const response = await fetch(`${endpoint}/v1/${signal}`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf", "content-encoding": "gzip" },
    body: gzipSync(encodeOtlp(signal, request), { level: 1 }),
  });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${signal}: ${response.status} ${body}`);
  // A partial success has a body; everything taken is the empty message.
  if (body.length > 0) throw new Error(`${signal}: not all was taken: ${body}`);
}
