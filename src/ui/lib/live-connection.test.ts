import { afterEach, expect, test, vi } from "vitest";
import { type ConnectionOptions, readEvents } from "./live-connection.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Reads from a server that gives `answer`; tells how that ended, and whether the connection was let go. */
async function read(answer: Response, onEvents: ConnectionOptions["onEvents"] = () => {}) {
  let signal: AbortSignal | null | undefined;
  vi.stubGlobal("fetch", (_: string, options: RequestInit) => {
    ({ signal } = options);
    return Promise.resolve(answer);
  });
  const cancel = new AbortController().signal;
  const end = await readEvents({ address: "/", headers: {}, lastId: undefined, cancel, onEvents });
  return { end, isLetGo: signal?.aborted };
}

/** A body that never ends. */
function endless(text = ""): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (body) => body.enqueue(new TextEncoder().encode(text)),
  });
}

test.each([
  [401, { kind: "unauthorized" }],
  [429, { kind: "busy", retryMs: 5_000 }],
  [500, { kind: "broken" }],
])("lets a connection go whose answer is %i", async (status, kind) => {
  const { end, isLetGo } = await read(new Response(endless(), { status }));
  expect([end, isLetGo]).toEqual([kind, true]);
});

test("lets a connection go whose events cannot be used", async () => {
  const headers = { "content-type": "text/event-stream" };
  const { end, isLetGo } = await read(new Response(endless("data: 1\n\n"), { headers }), () => {
    throw new Error("unusable");
  });
  expect([end, isLetGo]).toEqual([{ kind: "broken" }, true]);
});
