import { once } from "node:events";
import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "#core/clock.ts";
import { Http2Outbound, type Http2OutboundOptions, type Http2Request } from "./http2-outbound.ts";

const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const clean of cleanups.splice(0).toReversed()) clean();
});

async function serve(): Promise<{ port: number; sessions: ServerHttp2Session[] }> {
  const server: Http2Server = createServer();
  const sessions: ServerHttp2Session[] = [];
  server.on("session", (session) => void sessions.push(session));
  server.on("stream", (stream, headers) => {
    stream.respond({ ":status": 200, "x-path": headers[":path"] }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-end": "1" }));
    stream.pipe(stream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sessions };
}

function outboundOf(options: Partial<Http2OutboundOptions> = {}): Http2Outbound {
  const outbound = new Http2Outbound({ allowPrivate: true, clock: systemClock, ...options });
  cleanups.push(() => outbound.close());
  return outbound;
}

function post(url: string, more: Partial<Http2Request> = {}): Http2Request {
  const cancel = new AbortController().signal;
  return { url, headers: {}, body: Buffer.from("body"), msMax: 5_000, cancel, ...more };
}

describe("requests over HTTP/2", () => {
  it("share a connection, and give headers, body and trailers", async () => {
    const { port, sessions } = await serve();
    const outbound = outboundOf();
    const url = `http://127.0.0.1:${port}/a?b=c`;
    const answers = await Promise.all([1, 2, 3].map(() => outbound.request(post(url))));
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 200, headers: { "x-path": "/a?b=c", "x-end": "1" } });
      expect(answer.body.toString()).toBe("body");
    }
    expect(sessions).toHaveLength(1);
  });

  it("get a new connection when the old one is gone", async () => {
    const { port, sessions } = await serve();
    const outbound = outboundOf();
    const url = `http://127.0.0.1:${port}/`;
    await outbound.request(post(url));
    const [first] = sessions;
    first!.goaway();
    first!.destroy();
    await expect.poll(async () => (await outbound.request(post(url))).status).toBe(200);
    expect(sessions.length).toBeGreaterThan(1);
  });

  it("end when they are cancelled", async () => {
    const { port } = await serve();
    const reason = new Error("enough");
    const cancel = AbortSignal.abort(reason);
    const request = post(`http://127.0.0.1:${port}/`, { cancel });
    await expect(outboundOf().request(request)).rejects.toBe(reason);
  });

  it("never leave for where nothing may go", async () => {
    const { port, sessions } = await serve();
    const guarded = outboundOf({ allowPrivate: false });
    const named = post(`http://localhost:${port}/`);
    await expect(guarded.request(named)).rejects.toThrow(/private address/);
    await expect(guarded.request(post(`http://127.0.0.1:${port}/`))).rejects.toThrow(/private/);
    const metadata = outboundOf({
      resolve: async () => [{ address: "169.254.169.254", family: 4 }],
    });
    await expect(metadata.request(post("http://example.com/"))).rejects.toThrow(/never allowed/);
    expect(sessions).toEqual([]);
  });
});
