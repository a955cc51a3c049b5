import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { startReceiver, stopReceivers, textsOf } from "#pipeline/testing/receiver-under-test.ts";
import { sentry } from "./receiver.ts";

afterEach(stopReceivers);

const NOW = Date.now() / 1_000;
const TRACE = { trace_id: "0af7651916cd43dd8448eb211c80319c", span_id: "b7ad6b7169203331" };

/** An envelope of items with their payloads. */
function envelope(items: readonly (readonly [object, unknown])[], header: object = {}): string {
  const lines = items.flatMap(([head, payload]) => [
    JSON.stringify(head),
    typeof payload === "string" ? payload : JSON.stringify(payload),
  ]);
  return [JSON.stringify(header), ...lines].join("\n");
}

async function post(
  url: string,
  body: BodyInit,
  headers: Record<string, string> = {},
  path = "/api/1/envelope/",
): Promise<Response> {
  return fetch(url + path, { method: "POST", body, headers });
}

describe("the sentry receiver", () => {
  it.each([
    [
      "the header",
      { "x-sentry-auth": "Sentry sentry_version=7, sentry_key=k, sentry_client=x" },
      "",
    ],
    ["authorization", { authorization: "Sentry sentry_key=k,sentry_version=7" }, ""],
    ["the query", {}, "?sentry_version=7&sentry_key=k"],
  ] as [string, Record<string, string>, string][])(
    "takes its key from %s",
    async (_name, headers, query) => {
      const { url } = await startReceiver(sentry, { token: "k" });
      const path = `/api/1/envelope/${query}`;
      expect((await post(url, envelope([]), headers, path)).status).toBe(200);
    },
  );

  it("takes its key from the DSN of a tunnelled envelope, and refuses any other", async () => {
    const { url, pushed } = await startReceiver(sentry, { token: "k" });
    const event = [{ type: "event" }, { message: "x" }] as const;
    const tunnelled = envelope([event], { dsn: "http://k@127.0.0.1:1/1", event_id: "e" });
    const answer = await post(url, tunnelled);
    expect([answer.status, await answer.json()]).toEqual([200, { id: "e" }]);
    const other = { dsn: "http://other@127.0.0.1:1/1" };
    expect((await post(url, envelope([event], other))).status).toBe(401);
    expect((await post(url, envelope([event]))).status).toBe(401);
    expect((await post(url, "{}", {}, "/api/1/store/")).status).toBe(401);
    const wrong = "/api/1/envelope/?sentry_key=wrong";
    expect((await post(url, tunnelled, {}, wrong)).status).toBe(401);
    expect(pushed.logs).toHaveLength(1);
  });

  it("takes the events of older SDKs, compressed, below a path", async () => {
    const { url, pushed } = await startReceiver(sentry);
    const event = {
      event_id: "e1",
      timestamp: new Date().toISOString(),
      level: "fatal",
      logentry: { message: "user %s", params: ["7"], formatted: "user 7" },
      tags: [["a", "b"], "not a tag", [7, 8]],
      request: { url: "http://x/y", method: "GET", headers: { "User-Agent": "ua" } },
      extra: { n: 1 },
      contexts: { trace: TRACE, os: { name: "Linux" } },
      fingerprint: ["f"],
    };
    const body = new Uint8Array(gzipSync(JSON.stringify(event)));
    const coded = { "content-encoding": "gzip" };
    const answer = await post(url, body, coded, "/prefix/api/7/store/");
    expect([answer.status, await answer.json()]).toEqual([200, { id: "e1" }]);
    const [row] = pushed.logs;
    expect(row).toMatchObject({
      body: "user 7",
      severity: 21,
      traceId: TRACE.trace_id,
      spanId: TRACE.span_id,
    });
    expect(row!.resource.service).toBe("sentry-project-7");
    expect(textsOf(row!.attributes)).toEqual({
      "sentry.event_id": "e1",
      "sentry.project": "7",
      "sentry.fingerprint": '["f"]',
      "sentry.tag.a": "b",
      "url.full": "http://x/y",
      "http.request.method": "GET",
      "user_agent.original": "ua",
      "sentry.extra": '{"n":1}',
      "sentry.contexts": '{"os":{"name":"Linux"}}',
    });
  });

  it("makes spans of a transaction, with the weight that its sample rate tells", async () => {
    const { url, pushed } = await startReceiver(sentry);
    const transaction = {
      type: "transaction",
      transaction: "GET /x",
      start_timestamp: NOW,
      timestamp: NOW + 1.5,
      contexts: { trace: { ...TRACE, op: "http.server", status: "not_found", data: { n: 1 } } },
      spans: [
        {
          span_id: "00f067aa0ba902b7",
          parent_span_id: TRACE.span_id,
          op: "http.client",
          description: "GET http://y",
          start_timestamp: NOW,
          timestamp: NOW + 1,
          status: "not_found",
        },
        { span_id: "not an id", start_timestamp: NOW, timestamp: NOW },
      ],
      tags: { a: "b" },
    };
    const header = { trace: { sample_rate: "0.25" } };
    await post(url, envelope([[{ type: "transaction" }, transaction]], header));
    expect(
      pushed.spans.map(({ name, kind, status, weight }) => [name, kind, status, weight]),
    ).toEqual([
      ["GET /x", 2, 0, 4],
      ["GET http://y", 3, 2, 4],
    ]);
    expect(pushed.spans[0]).toMatchObject({ durationNs: 1_500_000_000n, parentSpanId: "" });
    expect(pushed.spans[1]).toMatchObject({ traceId: TRACE.trace_id, parentSpanId: TRACE.span_id });
  });

  it("counts what it does not keep, and takes what stands beside it", async () => {
    const { url, pushed } = await startReceiver(sentry);
    const body = envelope([
      [{ type: "session" }, { sid: "1" }],
      [{ type: "attachment", length: 5 }, "a\nb\nc"],
      [{ type: "event" }, "[broken"],
      [{ type: "log" }, { items: Array.from({ length: 10_001 }, () => ({})) }],
      [{ type: "event" }, { message: "kept", timestamp: NOW }],
    ]);
    expect((await post(url, body)).status).toBe(200);
    expect(pushed.logs.map(({ body: text }) => text)).toEqual(["kept"]);
    const counts = pushed.meter
      .snapshot()
      .find(({ name }) => name.endsWith("items_not_kept_total"));
    expect(counts!.points).toEqual([
      { labels: { type: "session" }, value: 1 },
      { labels: { type: "attachment" }, value: 1 },
      { labels: { type: "unreadable" }, value: 2 },
    ]);
  });

  it.each([
    ["no JSON", "x"],
    ["an item without a type", "{}\n{}\n{}"],
    ["a length beyond the end", '{}\n{"type":"event","length":99}\n{}'],
    ["a negative length", '{}\n{"type":"event","length":-1}\n{}'],
    ["too many items", `{}\n${'{"type":"a"}\n{}\n'.repeat(1_001)}`],
  ])("refuses an envelope of %s", async (_name, body) => {
    const { url, pushed } = await startReceiver(sentry);
    const answer = await post(url, body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("x-sentry-error")).toBeTruthy();
    expect(pushed.pushes).toBe(0);
  });

  it("answers an overload with 429 and a rate limit", async () => {
    const { url, pushed } = await startReceiver(sentry);
    pushed.beforeAnswer = () => {
      throw new SightglassError("overloaded", "later", { retryAfterSeconds: 7 });
    };
    const answer = await post(url, envelope([[{ type: "event" }, { message: "x" }]]));
    expect(answer.status).toBe(429);
    expect(answer.headers.get("x-sentry-rate-limits")).toBe("7::organization:overloaded");
    expect(answer.headers.get("retry-after")).toBe("7");
    expect((await post(url, "{}", {}, "/api/1/minidump/")).status).toBe(404);
  });
});
