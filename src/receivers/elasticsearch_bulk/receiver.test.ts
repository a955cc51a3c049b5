import { afterEach, describe, expect, it } from "vitest";
import { startReceiver, stopReceivers } from "#pipeline/testing/receiver-under-test.ts";
import { elasticsearchBulk } from "./receiver.ts";

afterEach(stopReceivers);

const NDJSON = { "content-type": "application/x-ndjson" };

async function bulk(body: string, path = "/_bulk") {
  const started = await startReceiver(elasticsearchBulk);
  const answer = await fetch(started.url + path, { method: "POST", body, headers: NDJSON });
  return { ...started, answer, json: (await answer.json()) as Record<string, unknown> };
}

describe("the elasticsearch_bulk receiver", () => {
  it("takes the index of the path where an operation names none", async () => {
    const { json, pushed } = await bulk('{"index":{}}\n{"message":"a"}\n', "/my%20logs/_bulk");
    expect(json).toMatchObject({
      errors: false,
      items: [{ index: { _index: "my logs", status: 201 } }],
    });
    expect(pushed.logs).toHaveLength(1);
  });

  it("refuses a document that is none, and takes its neighbours", async () => {
    const lines = [
      '{"index":{}}',
      "{broken",
      '{"index":{}}',
      "7",
      '{"index":{}}',
      '{"a":1}',
      "",
      "",
    ];
    const { json, pushed } = await bulk(lines.join("\n"));
    const items = json["items"] as { index: { status: number } }[];
    expect(items.map(({ index }) => index.status)).toEqual([400, 400, 201]);
    expect(pushed.logs).toHaveLength(1);
  });

  it.each([
    ["a line that is no JSON", "{\n{}\n"],
    ["an action that does not exist", '{"upsert":{}}\n{}\n'],
    ["two actions in a line", '{"index":{},"create":{}}\n{}\n'],
    ["an action without a document", '{"index":{}}\n'],
    ["an action that is a list", "[1]\n{}\n"],
    ["metadata that are text", '{"index":"a"}\n{}\n'],
  ])("refuses all of a body with %s, as Elasticsearch does", async (_name, body) => {
    const { answer, json, pushed } = await bulk(`{"index":{}}\n{"message":"a"}\n${body}`);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(json)).toContain("Malformed action/metadata line [");
    expect(pushed.pushes).toBe(0);
  });

  it("answers HEAD and GET of what senders prepare, and refuses what it is not", async () => {
    const { url } = await startReceiver(elasticsearchBulk, { version: "7.17.1" });
    const status = async (method: string, path: string): Promise<number> =>
      (await fetch(url + path, { method })).status;
    for (const path of ["/", "/_license", "/_xpack", "/_ilm/policy/a", "/_nodes/http", "/logs-a"]) {
      expect([path, await status("HEAD", path), await status("GET", path)]).toEqual([
        path,
        200,
        200,
      ]);
    }
    for (const path of [
      "/_index_template/a",
      "/_ingest/pipeline/p",
      "/_template/t",
      "/_data_stream/d",
    ])
      expect([path, await status("PUT", path)]).toEqual([path, 200]);
    expect(await status("DELETE", "/_template/t")).toBe(405);
    expect(await status("GET", "/_search")).toBe(404);
    expect(await status("POST", "/a/_search")).toBe(404);
    expect(await status("GET", "/_cluster/settings")).toBe(404);
    const info = (await (await fetch(url)).json()) as { version: { number: string } };
    expect(info.version.number).toBe("7.17.1");
  });
});
