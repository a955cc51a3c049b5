import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { problem } from "../contract/problem.ts";
import type { ApiOptions } from "./api.ts";
import { BareApis, readerOf, send } from "./testing/bare-api.ts";

const TOKEN = "a-token-of-some-length";
const apis = new BareApis();
const open = (options?: Partial<ApiOptions>): Promise<number> => apis.open(options);
afterAll(() => apis.close());

describe("the API", () => {
  let port: number;
  beforeAll(async () => {
    port = await open();
  });

  it("answers a list", async () => {
    const { status, headers, body } = await send(port, "/api/v1/services");
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(headers["cache-control"]).toBe("no-store");
    expect(JSON.parse(body)).toEqual({ data: [] });
  });

  it("names an unknown parameter, and those that there are", async () => {
    const { status, headers, body } = await send(port, "/api/v1/services?form=0&limit=1");
    expect(status).toBe(400);
    expect(headers["content-type"]).toBe("application/problem+json; charset=utf-8");
    const { code, errors, traceId } = problem.parse(JSON.parse(body));
    expect(code).toBe("bad_request");
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(errors).toEqual([
      {
        where: '"form"',
        found: "a parameter that is not known here",
        allowed: "from, to, compare, service",
      },
      {
        where: '"limit"',
        found: "a parameter that is not known here",
        allowed: "from, to, compare, service",
      },
    ]);
  });

  it.each([
    ["/api/v1/services?from=yesterday", "from"],
    ["/api/v1/services?from=1700000000", "from"],
    ["/api/v1/services?from=2026-01-01T00:00:00Z&to=2025-01-01T00:00:00Z", undefined],
    ["/api/v1/services?from=0&from=0", "from"],
    ["/api/v1/traces?limit=0", "limit"],
    ["/api/v1/traces?limit=1001", "limit"],
    ["/api/v1/traces?limit=1e2", "limit"],
    ["/api/v1/traces?status=bad", "status"],
    ["/api/v1/traces?minDurationMs=-1", "minDurationMs"],
    ["/api/v1/traces?minDurationMs=1s", "minDurationMs"],
    ["/api/v1/traces?attribute=novalue", "attribute"],
    ["/api/v1/traces?attribute==v", "attribute"],
    [`/api/v1/traces?${"attribute=a=b&".repeat(17)}`, "attribute"],
    ["/api/v1/traces?cursor=AAAA", undefined],
    ["/api/v1/traces/xyz", "traceId"],
    ["/api/v1/traces/00000000000000000000000000000001?a=b", '"a"'],
    ["/api/v1/logs?severity=loud", "severity"],
    ["/api/v1/logs?severity=25", "severity"],
    ["/api/v1/logs?order=up", "order"],
    ["/api/v1/logs?traceId=12", "traceId"],
    ["/api/v1/attributes?signal=events", "signal"],
    [`/api/v1/logs?query=${"x".repeat(5_000)}`, "query"],
    ["/api/v1/services/%00%ff/operations", undefined],
  ])("refuses %s, saying where", async (path, where) => {
    const { status, body } = await send(port, path);
    const answer = problem.parse(JSON.parse(body));
    expect({ status, code: answer.code }).toEqual({ status: 400, code: "bad_request" });
    const places = answer.errors?.map((error) => error.where) ?? [];
    expect(where === undefined || places.includes(where)).toBe(true);
  });

  it("refuses a query string over its bound", async () => {
    // Node itself refuses what is over the bound of all headers.
    const { status } = await send(port, `/api/v1/logs?${"query=1&".repeat(2_040)}`);
    expect([400, 431]).toContain(status);
  });

  it("answers 404 for what is not there", async () => {
    for (const path of [
      "/api/v1/nothing",
      "/api",
      "/graphql",
      "/api/v1/traces/00000000000000000000000000000001",
    ]) {
      const { status, body } = await send(port, path, { accept: "text/html" });
      expect({ path, status, code: problem.parse(JSON.parse(body)).code }).toEqual({
        path,
        status: 404,
        code: "not_found",
      });
    }
  });

  it.each(["POST", "PUT", "DELETE", "PATCH"])(
    "refuses %s, whatever its content type",
    async (method) => {
      for (const type of [
        "application/json",
        "text/plain",
        "application/json; charset=x\tfoo",
        "x",
      ]) {
        const { status, headers, body } = await send(
          port,
          "/api/v1/traces",
          { "content-type": type, "content-length": "5" },
          method,
          '{"a":',
        );
        expect({ status, allow: headers["allow"] }).toEqual({ status: 405, allow: "GET, HEAD" });
        expect(problem.parse(JSON.parse(body)).code).toBe("method_not_allowed");
      }
    },
  );

  it("answers a path that cannot be decoded with a problem", async () => {
    const { status, body } = await send(port, "/api/v1/services/%E0%A4%A/operations");
    expect(status).toBe(400);
    expect(problem.parse(JSON.parse(body)).code).toBe("bad_request");
  });

  it("says on every answer what a browser may do with it", async () => {
    for (const path of [
      "/",
      "/api/v1/services",
      "/api/v1/nothing",
      "/livez",
      "/api/v1/services/%E0%A4%A/operations",
    ]) {
      const { headers } = await send(port, path);
      expect(headers["content-security-policy"]).toMatch(
        /default-src 'none'.*script-src 'self'.*frame-ancestors 'none'.*require-trusted-types-for 'script'/,
      );
      expect(headers["content-security-policy"]).not.toMatch(/unsafe|\*|https?:/);
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "cross-origin-opener-policy": "same-origin",
        "referrer-policy": "no-referrer",
      });
    }
  });

  it("is healthy in the shape of seed 003, live, and ready", async () => {
    const health = JSON.parse((await send(port, "/health")).body) as Record<string, unknown>;
    expect(Object.keys(health).toSorted()).toEqual(["status", "timestamp", "uptime", "version"]);
    expect(health).toMatchObject({ status: "healthy", version: "1.2.3" });
    expect(JSON.parse((await send(port, "/livez")).body)).toEqual({ status: "live" });
    expect((await send(port, "/readyz")).status).toBe(200);
    const failing = await open({
      checks: () => [{ name: "journal", ready: false, message: "the disk is full" }],
    });
    const { status, body } = await send(failing, "/readyz");
    expect(status).toBe(503);
    expect(JSON.parse(body)).toEqual({
      status: "not_ready",
      checks: [{ name: "journal", ready: false, message: "the disk is full" }],
    });
  });

  it("renders the metrics that it is given", async () => {
    const { headers, body } = await send(port, "/metrics");
    expect(headers["content-type"]).toBe("text/plain; version=0.0.4");
    expect(body).toBe("up 1\n");
  });

  it("gives a browser the page of that address instead, and asks it for no token", async () => {
    const secret = await open({ access: { token: TOKEN, hosts: [], origins: [] } });
    const html = { accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8" };
    for (const headers of [html, { ...html, "sec-fetch-mode": "navigate" }]) {
      const { status, headers: answered } = await send(secret, "/metrics", headers);
      expect(status).toBe(200);
      expect(answered["content-type"]).toBe("text/html; charset=utf-8");
      expect(answered["vary"]).toContain("Accept");
    }
    for (const accept of [
      "*/*",
      "text/plain",
      "application/openmetrics-text;version=1.0.0,*/*;q=0.1",
    ]) {
      expect((await send(secret, "/metrics", { accept })).status).toBe(401);
      expect((await send(port, "/metrics", { accept })).body).toBe("up 1\n");
    }
    // A script that asks for HTML gets no page either.
    const script = { ...html, "sec-fetch-mode": "cors" };
    expect((await send(secret, "/metrics", script)).status).toBe(401);
  });
});

describe("an error", () => {
  it.each([
    [new SightglassError("query_timeout", "it took too long"), 504, "query_timeout", undefined],
    [
      new SightglassError("overloaded", "too many wait", { retryAfterSeconds: 2.5 }),
      503,
      "overloaded",
      "3",
    ],
    [new SightglassError("result_too_large", "narrow it"), 422, "result_too_large", undefined],
  ])("of the store is told in its own words: %s", async (error, status, code, retryAfter) => {
    const port = await open({ reader: readerOf(error) });
    const answer = await send(port, "/api/v1/services");
    expect(problem.parse(JSON.parse(answer.body))).toMatchObject({
      status,
      code,
      detail: error.message,
    });
    expect(answer.status).toBe(status);
    expect(answer.headers["retry-after"]).toBe(retryAfter);
  });

  it.each([new Error("the secret"), new SightglassError("internal", "the secret SQL")])(
    "that is our fault goes to the log, and its words to no one else",
    async (error) => {
      apis.records.length = 0;
      const port = await open({ reader: readerOf(error) });
      const { status, body } = await send(port, "/api/v1/services");
      const { code, traceId } = problem.parse(JSON.parse(body));
      expect({ status, code }).toEqual({ status: 500, code: "internal" });
      expect(body).not.toContain("secret");
      expect(apis.records).toHaveLength(1);
      expect(apis.records[0]!.attributes).toMatchObject({ traceId, path: "/api/v1/services" });
    },
  );
});

describe("the pages", () => {
  let port: number;
  beforeAll(async () => {
    port = await open();
  });

  it("are kept by browsers as long as their names promise", async () => {
    const asset = await send(port, "/assets/index-ABC.js");
    expect(asset.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect((await send(port, "/icon.svg")).headers["cache-control"]).toBe("no-cache");
    expect((await send(port, "/", { accept: "text/html" })).headers["cache-control"]).toBe(
      "no-cache",
    );
  });

  it("answer any address that a browser goes to", async () => {
    for (const path of ["/", "/traces/123", "/services/a%20b"]) {
      const { status, body, headers } = await send(port, path, {
        accept: "text/html,*/*",
        "sec-fetch-mode": "navigate",
      });
      expect(status).toBe(200);
      expect(headers["content-type"]).toBe("text/html; charset=utf-8");
      expect(body).toContain("Sightglass");
    }
  });

  it("answer 404 for files and for what is no navigation", async () => {
    expect((await send(port, "/traces", { accept: "application/json" })).status).toBe(404);
    expect(
      (await send(port, "/traces", { accept: "text/html", "sec-fetch-mode": "cors" })).status,
    ).toBe(404);
    expect((await send(port, "/services/shop.api", { accept: "text/html" })).status).toBe(200);
    expect((await send(port, "/assets/gone.js", { accept: "text/html" })).status).toBe(404);
    expect((await send(port, "/robots.txt", { accept: "text/html" })).status).toBe(404);
  });

  it.each([
    "/../../etc/passwd",
    "/..%2f..%2fetc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/assets/..%5c..%5cetc%5cpasswd",
    "/assets/%2e%2e%2f.hidden",
    "//evil.example/..",
    "/.hidden",
    "/assets/",
    "/assets/index-ABC.js%00.html",
  ])("never leave their folder: %s", async (path) => {
    const { status, headers, body } = await send(port, path);
    expect([400, 404]).toContain(status);
    expect(headers["location"]).toBeUndefined();
    expect(body).not.toMatch(/daemon:|secret/);
  });
});

describe("start", () => {
  it("says when its port is taken", async () => {
    const port = await open();
    await expect(open({ address: { host: "127.0.0.1", port } })).rejects.toMatchObject({
      code: "port_in_use",
    });
  });
});

describe("stop", () => {
  it("waits for no connection that asked nothing, as a browser opens them ahead", async () => {
    const port = await open();
    const ahead = connect(port, "127.0.0.1");
    await once(ahead, "connect");
    // By now the server has taken it: connections are taken in their order.
    await send(port, "/livez");
    const closed = once(ahead, "close");
    ahead.resume();
    await expect(apis.stop(port)).resolves.toBeUndefined();
    await closed;
  }, 5_000);
});
