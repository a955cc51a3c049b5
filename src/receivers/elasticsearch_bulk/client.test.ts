import { Client, errors } from "@elastic/elasticsearch";
import { afterEach, describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { startReceiver, stopReceivers, textsOf } from "#pipeline/testing/receiver-under-test.ts";
import { elasticsearchBulk } from "./receiver.ts";

const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await stopReceivers();
});

async function connected(settings: Readonly<Record<string, unknown>> = {}) {
  const started = await startReceiver(elasticsearchBulk, settings);
  const client = new Client({
    node: started.url,
    maxRetries: 0,
    ...(settings["token"] === undefined ? {} : { auth: { apiKey: settings["token"] as string } }),
  });
  clients.push(client);
  return { ...started, client };
}

describe("the official Elasticsearch client", () => {
  it("meets what it takes for Elasticsearch", async () => {
    const { client } = await connected({ token: "secret" });
    expect(await client.ping()).toBe(true);
    expect((await client.info()).version.number).toBe("8.19.0");
    expect((await client.license.get()).license.type).toBe("basic");
    expect((await client.cluster.health()).status).toBe("green");
    expect(await client.indices.exists({ index: "logs-x" })).toBe(true);
    expect(await client.indices.existsIndexTemplate({ name: "t" })).toBe(true);
    expect(await client.ilm.getLifecycle({ name: "filebeat" })).toHaveProperty("filebeat");
    await client.indices.putIndexTemplate({ name: "t", index_patterns: ["t*"] });
  });

  it("bulks, with an answer for each operation", async () => {
    const { client, pushed } = await connected();
    const now = new Date().toISOString();
    const answer = await client.bulk({
      operations: [
        { index: { _index: "logs-shop" } },
        {
          "@timestamp": now,
          message: "low stock",
          log: { level: "warn", logger: "stock" },
          service: { name: "shop", version: "2", environment: "test" },
          host: { name: "a" },
          trace: { id: "0af7651916cd43dd8448eb211c80319c" },
          "span.id": "b7ad6b7169203331",
          event: { action: "stock_low", duration: 7 },
          labels: { tags: ["x", 1] },
        },
        { delete: { _index: "logs-shop", _id: "9" } },
        { create: { _index: "logs-b", _id: "7" } },
        { "@timestamp": "1999-01-01T00:00:00Z", message: "old" },
        { update: { _index: "logs-shop", _id: "9" } },
        { doc: { message: "changed" } },
        { create: { _index: "logs-b", _id: "8" } },
        { level: "ERROR", log: "as Fluent Bit has it", kubernetes: { pod_name: "p" } },
      ],
    });
    expect(answer.errors).toBe(true);
    expect(
      answer.items.map((item) => Object.entries(item)[0]!).map(([action, r]) => [action, r.status]),
    ).toEqual([
      ["index", 201],
      ["delete", 400],
      ["create", 400],
      ["update", 400],
      ["create", 201],
    ]);
    expect(answer.items[2]!.create).toMatchObject({
      _id: "7",
      error: { type: "illegal_argument_exception" },
    });
    expect(answer.items[2]!.create!.error!.reason).toContain("older than retention keeps");
    const [low, fluent] = pushed.logs;
    expect(low).toMatchObject({
      body: "low stock",
      severity: 13,
      severityText: "warn",
      eventName: "stock_low",
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      time: BigInt(Date.parse(now)) * 1_000_000n,
    });
    expect(textsOf(low!.resource.attributes)).toEqual({
      "service.name": "shop",
      "service.version": "2",
      "deployment.environment.name": "test",
      "host.name": "a",
    });
    expect(textsOf(low!.attributes)).toEqual({
      "elasticsearch.index": "logs-shop",
      "log.level": "warn",
      "log.logger": "stock",
      "event.action": "stock_low",
      "event.duration": "7",
      "labels.tags": '["x",1]',
    });
    expect(fluent).toMatchObject({ body: "as Fluent Bit has it", severity: 17 });
    expect(textsOf(fluent!.resource.attributes)).toEqual({ "k8s.pod.name": "p" });
  });

  it("bulks with its helper, compressed, and drops nothing", async () => {
    const { client, pushed, url } = await connected();
    const zipping = new Client({ node: url, compression: true });
    clients.push(zipping);
    const documents = Array.from({ length: 1_000 }, (_, n) => ({ message: `document ${n}`, n }));
    const statistics = await zipping.helpers.bulk({
      datasource: documents,
      onDocument: () => ({ create: { _index: "logs" } }),
      flushBytes: 20_000,
    });
    expect(statistics).toMatchObject({ total: 1_000, successful: 1_000, failed: 0 });
    expect(pushed.logs.map(({ body }) => body).toSorted()).toEqual(
      documents.map(({ message }) => message).toSorted(),
    );
    await client.index({ index: "logs", document: { message: "one" } });
    await client.create({ index: "logs", id: "x", document: { message: "two" } });
    expect(pushed.logs.slice(-2).map(({ body }) => body)).toEqual(["one", "two"]);
  });

  it("is told to wait, and that it may not", async () => {
    const { client, pushed, url } = await connected();
    pushed.beforeAnswer = () => {
      throw new SightglassError("overloaded", "later");
    };
    const operations = [{ index: { _index: "a" } }, { message: "x" }];
    await expect(client.bulk({ operations })).rejects.toMatchObject({
      statusCode: 503,
      body: { error: { type: "es_rejected_execution_exception", reason: "later" } },
    });
    const stranger = new Client({
      node: (await connected({ token: "secret" })).url,
      maxRetries: 0,
    });
    clients.push(stranger);
    await expect(stranger.bulk({ operations })).rejects.toBeInstanceOf(errors.ResponseError);
    const answer = await fetch(`${url}/_search`, { method: "POST", body: "{}" });
    expect(answer.status).toBe(404);
    expect(answer.headers.get("x-elastic-product")).toBe("Elasticsearch");
  });
});
