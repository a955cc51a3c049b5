import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { FastifyInstance } from "fastify";
import { afterAll, describe, expect, it } from "vitest";
import { ROUTES } from "../contract/routes.ts";
import type { ApiOptions } from "./api.ts";
import { BareApis, send } from "./testing/bare-api.ts";

const TOKEN = "a-token-of-some-length";
const apis = new BareApis();
const open = (options?: Partial<ApiOptions>): Promise<number> => apis.open(options);
afterAll(() => apis.close());

describe("access", () => {
  it.each([
    ["localhost:4319", 200],
    ["LOCALHOST", 200],
    ["127.0.0.1:1", 200],
    ["127.1.2.3", 200],
    ["[::1]:4319", 200],
    ["obs.example", 200],
    ["obs.example:99", 200],
    ["only.example:8080", 200],
    ["only.example:8081", 403],
    ["evil.example", 403],
    ["evil.example:4319", 403],
    ["localhost.evil.example", 403],
    ["127.0.0.1.evil.example", 403],
    ["evil.example@localhost", 403],
    ["10.0.0.1", 403],
    ["[::2]", 403],
  ])("by Host %j answers %i", async (host, status) => {
    const port = await open({
      access: { hosts: ["obs.example", "only.example:8080"], origins: [] },
    });
    for (const path of ["/api/v1/services", "/", "/metrics", "/api/openapi.json"]) {
      expect((await send(port, path, { host })).status).toBe(status);
    }
    expect((await send(port, "/livez", { host })).status).toBe(200);
  });

  it("by any address of the machine is allowed when it listens on all", async () => {
    const port = await open({ access: { hosts: ["0.0.0.0"], origins: [] } });
    expect((await send(port, "/", { host: "10.1.2.3:4319" })).status).toBe(200);
    expect((await send(port, "/", { host: "evil.example" })).status).toBe(403);
  });

  it.each<[Record<string, string>, number]>([
    [{}, 200],
    [{ origin: "http://localhost:4319" }, 200],
    [{ origin: "https://localhost:4319" }, 200],
    [{ origin: "https://pages.example" }, 200],
    [{ origin: "http://localhost:9999" }, 403],
    [{ origin: "http://evil.example" }, 403],
    [{ origin: "null" }, 403],
    [{ "sec-fetch-site": "same-origin" }, 200],
    [{ "sec-fetch-site": "none" }, 200],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, 403],
    [{ "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" }, 403],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, 200],
  ])("by headers %j answers %i", async (headers, status) => {
    const port = await open({ access: { hosts: [], origins: ["https://pages.example"] } });
    const answer = await send(port, "/api/v1/services", { host: "localhost:4319", ...headers });
    expect(answer.status).toBe(status);
    const foreign = headers["origin"] === "https://pages.example";
    expect(answer.headers["access-control-allow-origin"]).toBe(
      foreign ? "https://pages.example" : undefined,
    );
  });

  it("asks for the token on everything that holds data, and on nothing else", async () => {
    const port = await open({
      access: { token: TOKEN, hosts: [], origins: ["https://pages.example"] },
    });
    for (const path of [
      "/api/v1/services",
      "/api/v1/ledger",
      "/metrics",
      "/api/openapi.json",
      "/api/docs",
      "/api/nothing",
    ]) {
      const bare = await send(port, path);
      expect({ path, status: bare.status }).toEqual({ path, status: 401 });
      expect(bare.headers["www-authenticate"]).toBe('Bearer realm="Sightglass"');
      expect(bare.body).not.toContain(TOKEN);
      expect((await send(port, path, { authorization: `Bearer ${TOKEN}x` })).status).toBe(401);
      expect((await send(port, path, { authorization: `Basic ${TOKEN}` })).status).toBe(401);
      expect((await send(port, path, { authorization: `bearer ${TOKEN}` })).status).toBe(
        path === "/api/nothing" ? 404 : 200,
      );
    }
    for (const path of ["/livez", "/readyz", "/health", "/", "/assets/index-ABC.js"]) {
      expect((await send(port, path, { accept: "text/html" })).status).toBe(200);
    }
    const asked = await send(
      port,
      "/api/v1/services",
      { origin: "https://pages.example" },
      "OPTIONS",
    );
    expect(asked.status).toBe(204);
    expect(asked.headers["access-control-allow-headers"]).toBe("Authorization, Last-Event-ID");
    expect(
      (await send(port, "/api/v1/services", { origin: "https://evil.example" }, "OPTIONS")).status,
    ).toBe(403);
  });

  it("asks for the token whatever the spelling of a path", async () => {
    const port = await open({ access: { token: TOKEN, hosts: [], origins: [] } });
    for (const path of [
      "/%6Detrics",
      "/%6detrics?a=b",
      "/metric%73",
      "/METRICS",
      "//metrics",
      "/metrics/",
      "/metrics;a=b",
      "/%2fmetrics",
      "/./metrics",
      "/%61pi/openapi.json",
      "/api/%6Fpenapi.json",
      "/api%2fopenapi.json",
      "/api//openapi.json",
      "/api/openapi.json;.css",
      "/%61pi/docs",
      "/%61pi/docs.css",
      "/%61pi/v1/services",
      "/api/v1/%73ervices",
      "/livez/../metrics",
      "/livez%2f..%2fmetrics",
    ]) {
      const { status, body } = await send(port, path);
      expect({ path, status }).toEqual({ path, status: 401 });
      expect(body).not.toContain("up 1");
      // Who says to be a browser gets a page, or is asked as well.
      const browser = await send(port, path, { accept: "text/html", "sec-fetch-mode": "navigate" });
      expect(browser.status === 401 || browser.body.includes("<title>Sightglass</title>")).toBe(
        true,
      );
    }
    expect((await send(port, "/%6Civez")).status).toBe(200);
  });

  it("asks for the token on every route but those of probes and the pages' files", async () => {
    const routes: { method: string; url: string }[] = [];
    const onServer = (message: unknown): void => {
      const { fastify } = message as { fastify: FastifyInstance };
      fastify.addHook("onRoute", ({ method, url }) => {
        for (const one of [method].flat()) routes.push({ method: one, url });
      });
    };
    subscribe("fastify.initialization", onServer);
    const port = await open({ access: { token: TOKEN, hosts: [], origins: [] } });
    unsubscribe("fastify.initialization", onServer);
    const answered = new Set<string>();
    for (const { method, url } of routes) {
      const { status } = await send(port, url.replaceAll(/:\w+|\*/g, "a"), {}, method);
      if (status !== 401) answered.add(`${method} ${url}`);
    }
    expect(routes.length).toBeGreaterThan(Object.keys(ROUTES).length);
    const probes = ["/health", "/livez", "/readyz"];
    const files = ["/assets/index-ABC.js", "/icon.svg", "/index.html"];
    expect([...answered].toSorted()).toEqual(
      [
        ...[...probes, ...files].flatMap((path) => [`GET ${path}`, `HEAD ${path}`]),
        "OPTIONS /api/*",
      ].toSorted(),
    );
  });
});
