import { connect } from "node:net";
import type { ReceiverUnderTest } from "./receiver-under-test.ts";

export const PROTOBUF = "application/x-protobuf";
export const JSON_TYPE = "application/json";

export interface Answer {
  status: number;
  headers: Headers;
  body: Buffer;
}

/** Sends a request as stock clients do; a POST of protobuf unless told otherwise. */
export async function send(
  door: ReceiverUnderTest,
  path: string,
  body: Buffer | string,
  headers: Record<string, string> = {},
  method = "POST",
): Promise<Answer> {
  const answer = await fetch(`${door.httpUrl}${path}`, {
    method,
    headers: { "content-type": PROTOBUF, ...headers },
    ...(method === "OPTIONS" ? {} : { body: new Uint8Array(Buffer.from(body)) }),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, headers: answer.headers, body: bytes };
}

/** Writes raw bytes on a connection and collects what comes back until the server closes it. */
export function sendRaw(
  door: ReceiverUnderTest,
  ...parts: readonly (string | Buffer)[]
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(door.httpPort, "127.0.0.1");
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      resolve(text);
    });
    for (const part of parts) socket.write(part);
  });
}

/** The head of a POST of protobuf to /v1/traces, with a header for the body's length. */
export function head(length: string, ...more: readonly string[]): string {
  const lines = ["POST /v1/traces HTTP/1.1", "Host: x", `Content-Type: ${PROTOBUF}`, length];
  return `${[...lines, ...more].join("\r\n")}\r\n\r\n`;
}
