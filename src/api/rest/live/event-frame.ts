import { Buffer } from "node:buffer";

/**
 * One server-sent event as bytes. `json` is one line, as JSON is. https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function eventFrame(event: string, json: string, id?: string): Buffer {
  const head = id === undefined ? "" : `id: ${id}\n`;
  return Buffer.from(`${head}event: ${event}\ndata: ${json}\n\n`);
}

/** What a client is told to wait before it connects again, in milliseconds. */
export const RETRY_FRAME = Buffer.from("retry: 2000\n\n");
