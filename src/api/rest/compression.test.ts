import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import Fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMPRESSION_LIMITS } from "#core/limits.ts";
import { compressLarge } from "./compression.ts";
import { UiFiles } from "./ui-files.ts";

const LARGE = JSON.stringify({ data: Array.from({ length: 5_000 }, (_, n) => `row ${n}`) });
const FAR = { "accept-encoding": "br, gzip;q=0.8", "x-forwarded-for": "203.0.113.7" };

/** Answers that go on until a test ends them. */
const held: Readable[] = [];
let server: FastifyInstance;
let port: number;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sightglass-compression-"));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<!doctype html>");
  writeFileSync(join(folder, "assets/page.js"), `// ${"x".repeat(100_000)}`);
  server = Fastify();
  compressLarge(server);
  const json = "application/json; charset=utf-8";
  server.get("/large", (_, reply) => reply.type(json).header("vary", "Origin").send(LARGE));
  server.get("/small", (_, reply) => reply.type(json).send("{}"));
  server.get("/failed", (_, reply) => reply.code(500).type(json).send(LARGE));
  server.get("/picture", (_, reply) => reply.type("image/png").send(Buffer.from(LARGE)));
  server.get("/held", (_, reply) => {
    const body = new Readable({ read() {} });
    held.push(body);
    return reply.type(json).header("content-length", LARGE.length).send(body);
  });
  await new UiFiles(folder).register(server);
  await server.listen({ host: "127.0.0.1", port: 0 });
  const address = server.server.address();
  port = typeof address === "object" ? (address?.port ?? 0) : 0;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Got {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** The answer as it is on the wire. */
function get(path: string, headers: Record<string, string>, method = "GET"): Promise<Got> {
  return new Promise((resolve, reject) => {
    request({ port, host: "127.0.0.1", path, headers, method }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(parts) }));
    })
      .on("error", reject)
      .end();
  });
}

describe("large answers", () => {
  it("are compressed for who asks from another machine and takes gzip", async () => {
    const { headers, body } = await get("/large", FAR);
    expect(headers).toMatchObject({ "content-encoding": "gzip", vary: "Origin, Accept-Encoding" });
    expect(Number(headers["content-length"])).toBe(body.length);
    expect(body.length).toBeLessThan(LARGE.length / 2);
    expect(gunzipSync(body).toString()).toBe(LARGE);
  });

  it("are compressed when they are files of the pages, too", async () => {
    const { headers, body } = await get("/assets/page.js", FAR);
    expect(headers).toMatchObject({ "content-encoding": "gzip" });
    expect(headers["content-length"]).toBeUndefined();
    expect(gunzipSync(body)).toHaveLength(100_003);
  });

  it.each([
    ["on this machine", "/large", { "accept-encoding": "gzip" }],
    ["who does not take gzip", "/large", { ...FAR, "accept-encoding": "br" }],
    ["who refuses gzip", "/large", { ...FAR, "accept-encoding": "gzip;q=0, br" }],
    ["who says nothing", "/large", { "x-forwarded-for": "203.0.113.7" }],
    ["of little", "/small", FAR],
    ["of an error", "/failed", FAR],
    ["of a picture", "/picture", FAR],
  ])("stay as they are for an asker %s", async (_, path, headers) => {
    const got = await get(path, headers);
    expect(got.headers["content-encoding"]).toBeUndefined();
    expect(Number(got.headers["content-length"])).toBe(got.body.length);
  });

  it("are not looked at where only their headers are asked for", async () => {
    expect((await get("/large", FAR, "HEAD")).headers["content-encoding"]).toBeUndefined();
  });

  it("are sent as they are while as many as may be are being compressed", async () => {
    const { atOnceMax } = COMPRESSION_LIMITS;
    const running = Array.from({ length: atOnceMax }, () => get("/held", FAR));
    await expect.poll(() => held.filter((one) => one.readableFlowing).length).toBe(atOnceMax);
    const meanwhile = await get("/large", FAR);
    expect(meanwhile.headers["content-encoding"]).toBeUndefined();
    expect(meanwhile.body.toString()).toBe(LARGE);
    for (const one of held) {
      one.push(LARGE);
      one.push(null);
    }
    for (const { headers, body } of await Promise.all(running)) {
      expect(headers["content-encoding"]).toBe("gzip");
      expect(gunzipSync(body).toString()).toBe(LARGE);
    }
    await expect
      .poll(async () => (await get("/large", FAR)).headers["content-encoding"])
      .toBe("gzip");
  });
});
