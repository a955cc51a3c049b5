import { gzipSync } from "node:zlib";
import { compressSync } from "snappy";
import { afterEach, describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import {
  startReceiver,
  stopReceivers,
  textsOf,
  type StartedReceiver,
} from "#pipeline/testing/receiver-under-test.ts";
import { loki } from "./receiver.ts";
import { encodePush } from "./testing/push-request.ts";

afterEach(stopReceivers);

const NOW = BigInt(Date.now()) * 1_000_000n + 123n;

const push = ({ url }: StartedReceiver, body: BodyInit, headers: Record<string, string> = {}) =>
  fetch(`${url}/loki/api/v1/push`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
  });

const PROTOBUF = { "content-type": "application/x-protobuf" };

describe("the loki receiver", () => {
  it("takes protobuf in Snappy, with structured metadata and all nanoseconds", async () => {
    const door = await startReceiver(loki);
    const body = encodePush([
      {
        labels: '{service_name="shop", level="WARN", note="say \\"hi\\"\\n\\u00e4", raw=`a\\b`}',
        entries: [
          {
            time: NOW,
            line: "low",
            metadata: { trace_id: "0AF7651916CD43DD8448EB211C80319C", spanID: "b7ad6b7169203331" },
          },
          { time: 0n, line: "timeless", metadata: { detected_level: "error", tenant: "a" } },
        ],
      },
    ]);
    const answer = await push(door, new Uint8Array(compressSync(body)), PROTOBUF);
    expect(answer.status).toBe(204);
    const [low, timeless] = door.pushed.logs;
    expect(low).toMatchObject({
      time: NOW,
      body: "low",
      severity: 13,
      severityText: "WARN",
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
    });
    expect(textsOf(low!.resource.attributes)).toEqual({
      "service.name": "shop",
      note: 'say "hi"\nä',
      raw: "a\\b",
    });
    expect(timeless).toMatchObject({ severity: 17, time: timeless!.observedTime });
    expect(textsOf(timeless!.attributes)).toEqual({ tenant: "a" });
  });

  it("takes JSON in gzip, and keeps a stream's labels that are no attribute of OpenTelemetry", async () => {
    const door = await startReceiver(loki);
    const body = JSON.stringify({
      streams: [
        { stream: { job: "nightly", host: "a", x: "1" }, values: [[String(NOW), "one"]] },
        { stream: { __proto__x: "y" }, values: [[String(NOW), "two", { n: 7 }]] },
      ],
    });
    const gzip = { "content-encoding": "gzip" };
    expect((await push(door, new Uint8Array(gzipSync(body)), gzip)).status).toBe(204);
    const [one, two] = door.pushed.logs;
    expect(textsOf(one!.resource.attributes)).toEqual({
      job: "nightly",
      "host.name": "a",
      x: "1",
      "service.name": "nightly",
    });
    expect(textsOf(two!.attributes)).toEqual({ n: "7" });
  });

  it("keeps what is valid of a push, and tells of what is too old with 400, as Loki does", async () => {
    const door = await startReceiver(loki);
    const values = [
      ["1000", "old"],
      [String(NOW), "new"],
    ];
    const answer = await push(door, JSON.stringify({ streams: [{ stream: { a: "b" }, values }] }));
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("older than retention keeps");
    expect(door.pushed.logs.map(({ body }) => body)).toEqual(["new"]);
  });

  it.each([
    ["no streams", "{}", "streams: allowed is an array"],
    ["a value without a line", '{"streams":[{"stream":{},"values":[["1"]]}]}', "values[0][1]"],
    ["a time in words", '{"streams":[{"stream":{},"values":[["now","x"]]}]}', "values[0][0]"],
    ["labels that are a list", '{"streams":[{"stream":[],"values":[]}]}', "streams[0].stream"],
    ["broken JSON", '{"streams":', "JSON:"],
  ])("refuses %s, and keeps nothing", async (_name, body, message) => {
    const door = await startReceiver(loki);
    const answer = await push(door, body);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(message);
    expect(door.pushed.pushes).toBe(0);
  });

  it.each(["{a=b}", 'a="b"', '{a="b" c="d"}', '{="b"}', '{a="b}', "{a=}", '{a="b",,}'])(
    "refuses the labels %s",
    async (labels) => {
      const door = await startReceiver(loki);
      const body = encodePush([{ labels, entries: [] }]);
      const answer = await push(door, new Uint8Array(compressSync(body)), PROTOBUF);
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain("labels: found");
    },
  );

  it("refuses what is not Snappy, and a Snappy body that says too much", async () => {
    const door = await startReceiver(loki);
    expect((await push(door, "not snappy", PROTOBUF)).status).toBe(400);
    const bomb = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0x0f, 0]);
    expect((await push(door, bomb, PROTOBUF)).status).toBe(413);
  });

  it.each([
    ["streams", Buffer.from([0x0a, 0]), 50_001],
    ["entries", Buffer.from([0x12, 0]), 200_001],
  ])("refuses a push of too many %s", async (what, one, count) => {
    const door = await startReceiver(loki);
    const many = Buffer.alloc(one.length * count, one);
    const length = [many.length & 127, (many.length >> 7) & 127, many.length >> 14];
    const stream = Buffer.from([0x0a, length[0]! | 128, length[1]! | 128, length[2]!]);
    const body = what === "streams" ? many : Buffer.concat([stream, many]);
    const answer = await push(door, new Uint8Array(compressSync(body)), PROTOBUF);
    expect([answer.status, await answer.text()]).toEqual([
      413,
      `found more than ${count - 1} ${what} in one push\n`,
    ]);
    expect(door.pushed.pushes).toBe(0);
  });

  it("tells a sender to come again, in Loki's words", async () => {
    const door = await startReceiver(loki);
    door.pushed.beforeAnswer = () => {
      throw new SightglassError("overloaded", "later");
    };
    const values = [[String(NOW), "x"]];
    const answer = await push(door, JSON.stringify({ streams: [{ stream: {}, values }] }));
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(await answer.text()).toBe("later\n");
  });

  it("asks for its token, and says that it is ready to whoever asks", async () => {
    const door = await startReceiver(loki, { token: "secret" });
    expect((await push(door, '{"streams":[]}')).status).toBe(401);
    const tenant = { "x-scope-orgid": "a", authorization: "Bearer secret" };
    expect((await push(door, '{"streams":[]}', tenant)).status).toBe(204);
    expect(await (await fetch(`${door.url}/ready`)).text()).toBe("ready\n");
  });
});
