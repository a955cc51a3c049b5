import { once } from "node:events";
import { createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { eventOfLogRow } from "#core/event-record.ts";
import { startReceiver, stopReceivers, textsOf } from "#pipeline/testing/receiver-under-test.ts";
import { httpJson } from "./receiver.ts";

afterEach(stopReceivers);

const post = (url: string, body: BodyInit, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/events`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
  });

const EVENT = {
  event_type: "task_completed",
  level: "warning",
  message: "done",
  duration_ms: 12,
  nested: { deep: [1, "two"] },
};

describe("the http_json receiver", () => {
  it("takes an object, and gives it back as it was", async () => {
    const { url, pushed } = await startReceiver(httpJson);
    const answer = await post(url, JSON.stringify(EVENT));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ accepted: 1, rejected: 0, errors: [] });
    const [row] = pushed.logs;
    expect(row).toMatchObject({ body: "done", severity: 13, eventName: "task_completed" });
    expect(eventOfLogRow(row!)).toEqual(EVENT);
  });

  it("takes an array, each event with its service", async () => {
    const { url, pushed } = await startReceiver(httpJson, { resource: { "service.name": "all" } });
    const events = [{ message: "a" }, { message: "b", service: "shop" }, { message: "c" }];
    expect((await post(url, JSON.stringify(events))).status).toBe(200);
    expect(pushed.logs.map(({ body, resource }) => [body, resource.service])).toEqual([
      ["a", "all"],
      ["b", "shop"],
      ["c", "all"],
    ]);
  });

  it("takes an object a line, compressed, and tells which lines were wrong", async () => {
    const { url, pushed } = await startReceiver(httpJson);
    const lines =
      '{"message":"a"}\r\n\n{"message":\n[1]\n{"message":"b","timestamp":1000}\n7\n{"n":1}';
    const answer = await post(url, new Uint8Array(gzipSync(lines)), {
      "content-type": "application/x-ndjson",
      "content-encoding": "gzip",
    });
    expect(answer.status).toBe(200);
    const outcome = (await answer.json()) as { errors: { index: number; message: string }[] };
    expect(outcome).toMatchObject({ accepted: 2, rejected: 4 });
    expect(outcome.errors.map(({ index }) => index)).toEqual([2, 3, 4, 5]);
    expect(outcome.errors[2]!.message).toContain("older than retention keeps");
    expect(outcome.errors[3]!.message).toBe("found a number, allowed is an object");
    expect(pushed.logs).toHaveLength(2);
  });

  it("keeps integers that a double would not hold", async () => {
    const { url, pushed } = await startReceiver(httpJson);
    await post(url, '{"id":9223372036854775807,"big":123456789012345678901234567890}');
    expect(textsOf(pushed.logs[0]!.attributes)).toEqual({
      id: "9223372036854775807",
      big: "123456789012345678901234567890",
    });
  });

  it("pushes nothing, and answers 400, when every event is wrong", async () => {
    const { url, pushed } = await startReceiver(httpJson);
    expect((await post(url, "[1,2]")).status).toBe(400);
    expect((await post(url, "{")).status).toBe(400);
    expect(pushed.pushes).toBe(0);
  });

  it.each([
    ["an array", "application/json", `[${"{},".repeat(200_000)}{}]`],
    ["lines", "application/x-ndjson", "{}\n".repeat(200_001)],
  ])("refuses more events than one request may have, as %s", async (_name, type, body) => {
    const { url, pushed } = await startReceiver(httpJson);
    expect((await post(url, body, { "content-type": type })).status).toBe(413);
    expect(pushed.pushes).toBe(0);
  });

  it("answers only after the push, and an overload with 503 and Retry-After", async () => {
    const { url, pushed } = await startReceiver(httpJson);
    pushed.beforeAnswer = () => {
      throw new SightglassError("overloaded", "later", { retryAfterSeconds: 7 });
    };
    const answer = await post(url, "{}");
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("7");
    expect(await answer.json()).toEqual({ status: 503, code: "overloaded", detail: "later" });
    pushed.beforeAnswer = () => {
      throw new TypeError("unforeseen");
    };
    expect((await post(url, "{}")).status).toBe(503);
    expect(pushed.errors[0]).toContain("The receiver receiver/under_test failed on a request");
  });

  it.each([
    [{}, 401],
    [{ authorization: "Bearer wrong" }, 401],
    [{ authorization: "Bearer secret" }, 200],
    [{ authorization: `Basic ${btoa("anyone:secret")}` }, 200],
    [{ authorization: `Basic ${btoa("secret:wrong")}` }, 401],
    [{ authorization: "ApiKey secret" }, 200],
    [{ authorization: `ApiKey ${btoa("id:secret")}` }, 200],
    [{ authorization: `ApiKey ${btoa("id:other")}` }, 401],
  ] as [Record<string, string>, number][])(
    "with a token answers %j with %i",
    async (headers, status) => {
      const { url } = await startReceiver(httpJson, { token: "secret" });
      expect((await post(url, "{}", headers)).status).toBe(status);
    },
  );

  it.each([
    ["another path", "/v2", "POST", "application/json", 404],
    ["another method", "/v1/events", "PUT", "application/json", 405],
    ["another media type", "/v1/events", "POST", "application/xml", 415],
  ])("refuses %s", async (_name, path, method, type, status) => {
    const { url } = await startReceiver(httpJson);
    const answer = await fetch(url + path, {
      method,
      body: "{}",
      headers: { "content-type": type },
    });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ status });
  });

  it("needs a token on an address that others reach", () => {
    expect(() => httpJson.settings.parse({ endpoint: "0.0.0.0:1" })).toThrow(/is needed where/);
    expect(() => httpJson.settings.parse({ token: "a b" })).toThrow(/without blanks/);
    expect(() => httpJson.settings.parse({ endpoint: "nowhere" })).toThrow(/host:port/);
    expect(() => httpJson.settings.parse({ endpont: "127.0.0.1:1" })).toThrow(/endpont/);
  });

  it("stops twice, and before its start, and gives its port back", async () => {
    const { receiver, port } = await startReceiver(httpJson);
    await Promise.all([receiver.stop(), receiver.stop()]);
    const stranger = createServer().listen(port, "127.0.0.1");
    await once(stranger, "listening");
    const endpoint = `127.0.0.1:${port}`;
    await expect(startReceiver(httpJson, { endpoint })).rejects.toMatchObject({
      code: "port_in_use",
    });
    stranger.close();
    await once(stranger, "close");
    expect((await startReceiver(httpJson, { endpoint })).port).toBe(port);
  });
});
