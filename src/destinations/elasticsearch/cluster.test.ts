import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "#core/clock.ts";
import { Cluster } from "./cluster.ts";
import { elasticsearchSettings } from "./settings.ts";
import { ClusterServer } from "./testing/cluster-server.ts";

const NEVER = new AbortController().signal;
const servers: ClusterServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

describe("credentials", () => {
  const basic = Buffer.from("elastic:pä:ss").toString("base64");
  it.each([
    [{ apiKey: "a2V5" }, "ApiKey a2V5"],
    [{ token: "t0ken" }, "Bearer t0ken"],
    [{ username: "elastic", password: "pä:ss" }, `Basic ${basic}`],
    [{}, undefined],
  ])("%j are sent as they should", async (credentials, expected) => {
    const server = await ClusterServer.start();
    servers.push(server);
    const seen: unknown[] = [];
    server.intercept = ({ headers }, response) => {
      seen.push(headers.authorization);
      response.end("{}");
      return true;
    };
    const endpoints = [`${server.url}/behind/a/path/`];
    const given = { endpoints, allowPrivate: true, ...credentials };
    const cluster = new Cluster(elasticsearchSettings.parse(given), systemClock);
    const { status } = await cluster.request({ method: "GET", path: "/" }, NEVER);
    cluster.close();
    expect(status).toBe(200);
    expect(seen).toEqual([expected]);
  });
});
