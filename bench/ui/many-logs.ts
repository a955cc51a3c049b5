import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareBodies, ROWS_PER_BODY } from "../load/bodies.ts";

const POOL = 20;
/** Requests under way at once. */
const AT_ONCE = 4;

/**
 * Sends `count` of the demo's log records, evenly spread over `overMs` until `endMs` (Unix milliseconds).
 * Resolves when all are acknowledged.
 */
export async function sendManyLogs(
  otlpHttp: string,
  of: { count: number; endMs: number; overMs: number },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "bench-ui-"));
  const path = join(folder, "logs");
  try {
    const count = of.count / ROWS_PER_BODY;
    const { places } = await prepareBodies({ ...of, kind: "logs", path, count, poolSize: POOL });
    await using file = await open(path);
    const waiting = [...places];
    const send = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const [offset, bytes] = next;
        const body = new Uint8Array(bytes);
        await file.read(body, 0, bytes, offset);
        await post(otlpHttp, body);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, send));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Sent again as often as it is put off, as a sender of OTLP does. */
async function post(otlpHttp: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
  for (;;) {
    const response = await fetch(`${otlpHttp}/v1/logs`, {
      method: "POST",
      headers: { "content-type": "application/x-protobuf", "content-encoding": "gzip" },
      body,
    });
    const answer = await response.text();
    if (response.ok) return;
    if (response.status !== 429 && response.status !== 503)
      throw new Error(`${response.status} ${answer}`);
  }
}
