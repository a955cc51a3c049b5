import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { decode, encode, ExtData } from "@msgpack/msgpack";
import { afterEach, describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { startReceiver, stopReceivers, textsOf } from "#pipeline/testing/receiver-under-test.ts";
import { until } from "#pipeline/testing/until.ts";
import { fluentForward } from "./receiver.ts";

const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await stopReceivers();
});

const SECONDS = Math.floor(Date.now() / 1_000);
const eventTime = (seconds: number, nanoseconds: number): ExtData => {
  const data = Buffer.alloc(8);
  data.writeUInt32BE(seconds, 0);
  data.writeUInt32BE(nanoseconds, 4);
  return new ExtData(0, data);
};

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** The next answer on a connection. */
async function answerOn(socket: Socket): Promise<unknown> {
  const [data] = (await once(socket, "data")) as [Buffer];
  return decode(data);
}

describe("the fluent_forward receiver", () => {
  it("takes forwarded entries with all nanoseconds, and acknowledges their chunk", async () => {
    const { port, pushed } = await startReceiver(fluentForward);
    const socket = await connected(port);
    const entries = [
      [
        eventTime(SECONDS, 123_456_789),
        { log: "one", kubernetes: { pod_name: "p", labels: { a: "b" } } },
      ],
      [SECONDS, { msg: "two", bytes: new Uint8Array([1, 2]) }],
      [[SECONDS + 0.5, { metadata: 1 }], { message: "three", __proto__x: 1 }],
    ];
    socket.write(encode(["kube.var", entries, { chunk: "c1", size: 3 }]));
    expect(await answerOn(socket)).toEqual({ ack: "c1" });
    const [one, two, three] = pushed.logs;
    expect(one).toMatchObject({
      body: "one",
      time: BigInt(SECONDS) * 1_000_000_000n + 123_456_789n,
    });
    expect(textsOf(one!.resource.attributes)).toEqual({ "k8s.pod.name": "p" });
    expect(textsOf(one!.attributes)).toEqual({
      "fluent.tag": "kube.var",
      "kubernetes.labels": '{"a":"b"}',
    });
    expect(textsOf(two!.attributes)).toMatchObject({ bytes: "AQI=" });
    expect(two!.body).toBe("two");
    expect(three!.time).toBe(BigInt(SECONDS) * 1_000_000_000n + 500_000_000n);
  });

  it("takes packed entries of older senders, which have them as text, in pieces of a byte", async () => {
    const { port, pushed } = await startReceiver(fluentForward);
    const socket = await connected(port);
    const entry = encode([SECONDS, { message: "ä".repeat(100), n: 200 }]);
    const packed = Buffer.concat([entry, entry]);
    const text = Buffer.concat([
      Buffer.from([0xda, packed.length >> 8, packed.length & 255]),
      packed,
    ]);
    const message = Buffer.concat([Buffer.from([0x92, 0xa1, 0x74]), text]);
    for (const byte of message) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    await until(() => pushed.logs.length === 2);
    expect(pushed.logs[1]!.body).toBe("ä".repeat(100));
  });

  it("takes gzip of several members, and a bomb for what it is", async () => {
    const { port, pushed } = await startReceiver(fluentForward);
    const socket = await connected(port);
    const one = gzipSync(encode([SECONDS, { message: "a" }]));
    const two = gzipSync(encode([SECONDS, { message: "b" }]));
    const option = { compressed: "gzip", chunk: "c" };
    socket.write(encode(["t", Buffer.concat([one, two]), option]));
    expect(await answerOn(socket)).toEqual({ ack: "c" });
    expect(pushed.logs.map(({ body }) => body)).toEqual(["a", "b"]);
    socket.write(encode(["t", gzipSync(Buffer.alloc(64 << 20)), option]));
    await once(socket, "close");
    expect(pushed.errors[0]).toContain("A connection of the forward protocol was closed");
  });

  it("makes senders wait while the pipeline cannot take it, and loses nothing", async () => {
    const { port, pushed } = await startReceiver(fluentForward);
    const socket = await connected(port);
    let refusals = 0;
    pushed.beforeAnswer = () => {
      if (refusals++ < 2)
        throw new SightglassError("overloaded", "later", { retryAfterSeconds: 0.01 });
    };
    socket.write(encode(["t", SECONDS, { message: "a" }, { chunk: "c" }]));
    expect(await answerOn(socket)).toEqual({ ack: "c" });
    expect(pushed.logs.map(({ body }) => body)).toEqual(["a"]);
    refusals = 0;
    socket.end(encode(["t", SECONDS, { message: "b" }]));
    await until(() => pushed.logs.length === 2);
  });

  it.each([
    ["a message that is no array", encode({ a: 1 })],
    ["a message of one element", encode(["t"])],
    ["a tag that is a number", encode([7, SECONDS, {}])],
    ["a record that is text", encode(["t", SECONDS, "x"])],
    ["an entry that is a map", encode(["t", [{}]])],
    ["an unknown compression", encode(["t", new Uint8Array([1]), { compressed: "br" }])],
    [
      "more values than are allowed",
      encode(["t", SECONDS, { a: Array.from({ length: 2_000_001 }, () => 0) }]),
    ],
    ["more events than are allowed", encode(["t", Array.from({ length: 200_001 }, () => [0, {}])])],
    ["the byte that is never used", Buffer.from([0xc1])],
    ["more levels than are allowed", Buffer.concat([Buffer.alloc(99, 0x91), Buffer.from([0xc0])])],
    ["an array longer than a message may be", Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff])],
    [
      "bytes longer than a message may be",
      Buffer.from([0x92, 0xa1, 0x74, 0xc6, 0xff, 0xff, 0xff, 0xff]),
    ],
  ])("closes on %s, after it has taken what came before", async (_name, bytes) => {
    const { port, pushed } = await startReceiver(fluentForward);
    const socket = await connected(port);
    const good = encode(["t", SECONDS, { message: "good" }]);
    const heartbeat = Buffer.from([0xc0]);
    socket.write(Buffer.concat([heartbeat, good, bytes]));
    await once(socket, "close");
    expect(pushed.logs.map(({ body }) => body)).toEqual(["good"]);
  });

  it("takes many large messages that come at once, in portions, without losing a row", async () => {
    const { port, pushed } = await startReceiver(fluentForward);
    const socket = await connected(port);
    const events = Array.from({ length: 9_000 }, (_, n) => [SECONDS, { n }]);
    const one = encode(["t", events]);
    // The first is waited for while the others come.
    let release: (() => void) | undefined;
    pushed.beforeAnswer = () =>
      new Promise((resolve) => {
        release = resolve;
        if (pushed.pushes > 1) resolve();
      });
    socket.write(one);
    await until(() => release !== undefined);
    for (let n = 0; n < 24; n++) socket.write(one);
    socket.write(encode(["t", SECONDS, {}, { chunk: "last" }]));
    release!();
    expect(await answerOn(socket)).toEqual({ ack: "last" });
    expect(pushed.logs).toHaveLength(25 * 9_000 + 1);
  });

  it("finishes what it has begun when it stops", async () => {
    const { port, pushed, receiver } = await startReceiver(fluentForward);
    const socket = await connected(port);
    let release: (() => void) | undefined;
    pushed.beforeAnswer = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    socket.write(encode(["t", SECONDS, { message: "a" }, { chunk: "c" }]));
    await until(() => release !== undefined);
    const stopped = receiver.stop();
    release!();
    expect(await answerOn(socket)).toEqual({ ack: "c" });
    await Promise.all([stopped, receiver.stop(), once(socket, "close")]);
    expect(pushed.logs).toHaveLength(1);
  });

  it("closes on who has no PING to say, and needs a key where others reach it", async () => {
    const { port, pushed } = await startReceiver(fluentForward, { sharedKey: "secret" });
    const socket = await connected(port);
    const helo = (await answerOn(socket)) as [string, object];
    expect(helo[0]).toBe("HELO");
    socket.write(encode(["t", SECONDS, { message: "a" }]));
    await once(socket, "close");
    expect(pushed.pushes).toBe(0);
    expect(() => fluentForward.settings.parse({ endpoint: "0.0.0.0:1" })).toThrow(
      /is needed where/,
    );
  });
});
