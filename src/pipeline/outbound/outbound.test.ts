import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "#core/clock.ts";
import { PermanentError } from "#core/errors.ts";
import { FakeClock, settled } from "../testing/fake-clock.ts";
import { classOfAddress } from "./address-class.ts";
import { destinationUrl } from "./destination-url.ts";
import { OutboundRefusedError } from "./guarded-lookup.ts";
import { Outbound, retryAfterMs } from "./outbound.ts";
import type { OutboundOptions, OutboundRequest } from "./outbound.ts";

const servers: Server[] = [];
const outbounds: Outbound[] = [];

afterEach(async () => {
  for (const outbound of outbounds.splice(0)) outbound.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(
  listener: RequestListener,
): Promise<{ url: string; port: number; seen: IncomingMessage[]; sockets: Set<Socket> }> {
  const seen: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    seen.push(request);
    sockets.add(request.socket);
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, port, seen, sockets };
}

function outboundOf(options: Partial<OutboundOptions> = {}): Outbound {
  const outbound = new Outbound({ allowPrivate: true, clock: systemClock, ...options });
  outbounds.push(outbound);
  return outbound;
}

function post(url: string, more: Partial<OutboundRequest> = {}): OutboundRequest {
  const cancel = new AbortController().signal;
  return { method: "POST", url, headers: {}, body: "body", msMax: 5_000, cancel, ...more };
}

describe("an address", () => {
  it.each([
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "FEBF::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "0:0:0:0:0:ffff:a9fe:a9fe",
    "::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::169.254.169.254",
    "2002:a9fe:a9fe::1",
    "2001:0:5ef5:79fd:0:0:5601:5601",
    "not an address",
  ])("%s is never allowed", (address) => {
    expect(classOfAddress(address)).toBe("never");
  });

  it.each([
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "::1",
    "0:0:0:0:0:0:0:1",
    "fc00::1",
    "fdff::1",
    "fec0::1",
    "::ffff:127.0.0.1",
    "::ffff:10.1.2.3",
    "::127.0.0.1",
    "64:ff9b::8.8.8.8",
    "2002:0808:0808::1",
    "2001:0:808:808:0:0:f7f7:fbfb",
  ])("%s is private", (address) => {
    expect(classOfAddress(address)).toBe("private");
  });

  it.each(["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])(
    "%s is public",
    (address) => {
      expect(classOfAddress(address)).toBe("public");
    },
  );
});

describe("a URL", () => {
  it.each([
    "http://127.0.0.1:8080/",
    "http://0x7f.1:8080/",
    "http://2130706433:8080/",
    "http://017700000001:8080/",
    "http://[::1]:8080/",
    "http://[::ffff:127.0.0.1]:8080/",
    "http://10.0.0.1/",
  ])("%s is refused unless private addresses are allowed", (url) => {
    expect(() => destinationUrl(url, { allowPrivate: false })).toThrow(/private address/);
    expect(destinationUrl(url, { allowPrivate: true })).toBeInstanceOf(URL);
  });

  it.each([
    "http://169.254.169.254/latest/meta-data/",
    "http://0xa9fea9fe/",
    "http://[fe80::1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[fd00:ec2::254]/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "ftp://example.com/",
    "example.com",
    "http://user:secret@example.com/",
  ])("%s is always refused, without its secrets in the message", (url) => {
    const check = (): URL => destinationUrl(url, { allowPrivate: true });
    expect(check).toThrow(expect.objectContaining({ code: "config_invalid" }));
    expect(check).not.toThrow(/secret|meta-data/);
  });

  it("may not name a port of another service", () => {
    expect(() => destinationUrl("http://example.com:25/", { allowPrivate: false })).toThrow(
      /port 25/,
    );
  });
});

describe("a request", () => {
  it("is sent as it is, and gives status, headers and body", async () => {
    const { url, seen } = await serve((request, response) => {
      request.pipe(response.writeHead(201, { "x-one": "1" }));
    });
    const answer = await outboundOf().request(
      post(`${url}path?q=1`, { headers: { "x-two": "2" } }),
    );
    expect(answer).toMatchObject({ status: 201, headers: { "x-one": "1" } });
    expect(answer.body.toString()).toBe("body");
    expect(seen[0]).toMatchObject({ url: "/path?q=1", method: "POST" });
    expect(seen[0]!.headers).toMatchObject({ "x-two": "2", "content-length": "4" });
  });

  it("does not follow a redirect", async () => {
    const { url, seen } = await serve((_, response) => {
      response.writeHead(302, { location: "http://169.254.169.254/" }).end();
    });
    expect((await outboundOf().request(post(url))).status).toBe(302);
    expect(seen).toHaveLength(1);
  });

  it("goes to no name that has a private address among its addresses", async () => {
    const { port, seen } = await serve((_, response) => void response.end());
    const answers = [
      { address: "93.184.216.34", family: 4 },
      { address: "127.0.0.1", family: 4 },
    ];
    const outbound = outboundOf({ allowPrivate: false, resolve: async () => answers });
    const request = outbound.request(post(`http://rebind.example:${port}/`));
    await expect(request).rejects.toThrow(/leads to 127.0.0.1, a private address/);
    expect(seen).toEqual([]);
  });

  it("goes to no name of a metadata service, even where private addresses are allowed", async () => {
    const resolve = async (): Promise<{ address: string; family: number }[]> => [
      { address: "::ffff:169.254.169.254", family: 6 },
    ];
    const request = outboundOf({ resolve }).request(post("http://metadata.example/"));
    await expect(request).rejects.toThrow(/never allowed/);
  });

  it("connects to the address that was judged, whatever the name means a moment later", async () => {
    const { port, seen } = await serve((_, response) => void response.end());
    let lookups = 0;
    const outbound = outboundOf({
      resolve: async () => {
        lookups += 1;
        return [{ address: lookups === 1 ? "127.0.0.1" : "169.254.169.254", family: 4 }];
      },
    });
    const url = `http://rebind.example:${port}/`;
    await outbound.request(post(url));
    // Over the kept connection, without another look-up.
    await outbound.request(post(url));
    expect([seen.length, lookups]).toEqual([2, 1]);
  });

  it("uses its connection again", async () => {
    const { url, sockets } = await serve((_, response) => void response.end("answer"));
    const outbound = outboundOf();
    for (let count = 0; count < 5; count += 1) await outbound.request(post(url));
    expect(sockets.size).toBe(1);
  });

  it("is made again when the kept connection turns out to be closed", async () => {
    const { url, seen } = await serve((request, response) => {
      if (seen.length === 2) request.socket.resetAndDestroy();
      else response.end("answer");
    });
    const outbound = outboundOf();
    await outbound.request(post(url));
    expect((await outbound.request(post(url))).body.toString()).toBe("answer");
    expect(seen).toHaveLength(3);
  });

  it("reads no more of an answer than its bound", async () => {
    const { url } = await serve((_, response) => {
      const block = Buffer.alloc(65_536);
      const more = (): void => {
        while (response.write(block));
        response.once("drain", more);
      };
      more();
    });
    const answer = await outboundOf({ responseBytesMax: 1_000 }).request(post(url));
    expect(answer.body).toHaveLength(1_000);
  });

  it("ends after its time", async () => {
    const { url, seen } = await serve(() => {});
    const clock = new FakeClock();
    const request = outboundOf({ clock }).request(post(url, { msMax: 3_000 }));
    const failed = request.catch((error: unknown) => error);
    while (seen.length === 0) await settled();
    await clock.advance(3_000);
    expect(String(await failed)).toContain("within 3000 ms");
  });

  it("ends when it is cancelled, with the reason", async () => {
    const { url, seen } = await serve(() => {});
    const cancel = new AbortController();
    const request = outboundOf().request(post(url, { cancel: cancel.signal }));
    while (seen.length === 0) await settled();
    cancel.abort(new Error("stopping"));
    await expect(request).rejects.toThrow("stopping");
  });

  it("fails where nobody listens", async () => {
    const { port } = await serve(() => {});
    await new Promise((resolve) => servers.pop()!.close(resolve));
    const request = outboundOf().request(post(`http://127.0.0.1:${port}/`));
    await expect(request).rejects.toThrow("ECONNREFUSED");
  });
});

describe("a name that cannot be resolved", () => {
  const noName = (code: string): Error => Object.assign(new Error(`getaddrinfo ${code}`), { code });

  it("fails as what may be tried again, by the system's resolver", async () => {
    // RFC 6761 §6.4: no name under it is ever there. Without a network the resolver itself is out of reach.
    const failed = await outboundOf()
      .request(post("http://nothing.invalid/"))
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) as unknown,
    });
    expect(failed).not.toBeInstanceOf(PermanentError);
    expect(failed).not.toBeInstanceOf(OutboundRefusedError);
  });

  it("is looked up anew by the next request, and by requests at the same time once", async () => {
    const { port, seen } = await serve((_, response) => void response.end("answer"));
    let lookups = 0;
    const outbound = outboundOf({
      resolve: async () => {
        lookups += 1;
        if (lookups === 1) throw noName("EAI_AGAIN");
        return [{ address: "127.0.0.1", family: 4 }];
      },
    });
    const url = `http://shop.example:${port}/`;
    const first = [outbound.request(post(url)), outbound.request(post(url))];
    for (const request of first) await expect(request).rejects.toThrow("EAI_AGAIN");
    expect((await outbound.request(post(url))).body.toString()).toBe("answer");
    expect([lookups, seen.length]).toEqual([2, 1]);
  });

  it("goes nowhere without an address", async () => {
    const request = outboundOf({ resolve: async () => [] }).request(post("http://shop.example/"));
    await expect(request).rejects.toThrow("shop.example has no address");
  });

  it("is waited for no longer than a connection may take", async () => {
    const clock = new FakeClock();
    const resolve = (): Promise<never> => new Promise(() => {});
    const request = outboundOf({ clock, resolve }).request(
      post("http://shop.example/", { msMax: 60_000 }),
    );
    const failed = request.catch((error: unknown) => error);
    await settled();
    await clock.advance(10_000);
    expect(String(await failed)).toContain("no connection to http://shop.example within 10000 ms");
  });
});

it.each([
  ["120", 120_000],
  ["0", 0],
  ["Sat, 21 Nov 2026 13:00:10 GMT", 10_000],
  ["Sat, 21 Nov 2026 12:00:00 GMT", 0],
  ["soon", undefined],
  [undefined, undefined],
])("Retry-After: %s asks for %s ms", (value, ms) => {
  expect(retryAfterMs(value, Date.UTC(2026, 10, 21, 13))).toBe(ms);
});
