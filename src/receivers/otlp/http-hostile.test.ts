import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { until } from "#pipeline/testing/until.ts";
import { head, JSON_TYPE, PROTOBUF, send, sendRaw } from "./testing/http-sender.ts";
import { decodeMessage } from "./testing/oracle.ts";
import { startReceiver, stopReceivers } from "./testing/receiver-under-test.ts";

afterEach(stopReceivers);

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

describe("the OTLP/HTTP door under attack", () => {
  const zeros = Buffer.alloc(200 << 20);
  const liar = Buffer.from(gzipSync(zeros));
  liar.writeUInt32LE(100, liar.length - 4);
  const bombs = {
    "gzip with a lie about its length": liar,
    gzip: gzipSync(zeros),
    deflate: deflateSync(zeros),
    zstd: zstdCompressSync(zeros),
  };

  it.each(Object.entries(bombs))(
    "stops a bomb in %s with 413 and little memory",
    async (coding, bomb) => {
      const door = await startReceiver();
      const headers = { "content-encoding": coding.split(" ", 1)[0]! };
      const explode = async (times: number): Promise<void> => {
        for (let time = 0; time < times; time++) {
          const answer = await send(door, "/v1/traces", bomb, headers);
          expect(answer.status).toBe(413);
          expect(decodeMessage("RpcStatus", answer.body)).toMatchObject({ code: 8 });
        }
      };
      await explode(2);
      const before = process.memoryUsage().rss;
      await explode(20);
      expect(process.memoryUsage().rss - before).toBeLessThan(64 << 20);
    },
  );

  it("stops a small body of too high a ratio", async () => {
    const door = await startReceiver({ limits: { inflationRatioMax: 10 } });
    const body = gzipSync(Buffer.alloc(2 << 20));
    const answer = await send(door, "/v1/traces", body, { "content-encoding": "gzip" });
    expect(answer.status).toBe(413);
  });

  it("takes every frame of a zstd body and bounds them together", async () => {
    const door = await startReceiver({ limits: { bodyBytesMax: 10, inflationRatioMax: 10 } });
    const frame = zstdCompressSync("abcd");
    const coded = { "content-encoding": "zstd" };
    const two = await send(door, "/v1/traces", Buffer.concat([frame, frame]), coded);
    expect(two.status).toBe(200);
    expect(door.sink.received[0]?.body.toString()).toBe("abcdabcd");
    const three = await send(door, "/v1/traces", Buffer.concat([frame, frame, frame]), coded);
    expect(three.status).toBe(413);
  });

  it("refuses a declared length over the limit before any of it is read", async () => {
    const door = await startReceiver({
      limits: { compressedBytesMax: 1_000, bodyBytesMax: 2_000, lingerMsMax: 20 },
    });
    const gzipped = head("Content-Length: 1001", "Content-Encoding: gzip");
    expect(await sendRaw(door, gzipped)).toMatch(/^HTTP\/1.1 413 /);
    expect(await sendRaw(door, head("Content-Length: 2001"))).toMatch(/^HTTP\/1.1 413 /);
  });

  it("stops reading a chunked body over the limit, and still gets its answer across", async () => {
    const door = await startReceiver({
      limits: { bodyBytesMax: 100_000, lingerBytesMax: 10_000_000 },
    });
    const answer = await new Promise<{ status: number; closes: boolean }>((resolve, reject) => {
      const request = httpRequest(`${door.httpUrl}/v1/traces`, {
        method: "POST",
        headers: { "content-type": PROTOBUF },
      });
      request.on("response", (response) => {
        response.resume();
        resolve({
          status: response.statusCode ?? 0,
          closes: response.headers.connection === "close",
        });
      });
      request.on("error", reject);
      for (let sent = 0; sent < 40; sent++) request.write(Buffer.alloc(50_000));
      request.end();
    });
    expect(answer).toEqual({ status: 413, closes: true });
    expect(door.sink.received).toHaveLength(0);
  });

  it("reads no more than a bound of a body that it has refused", async () => {
    const door = await startReceiver({
      limits: { bodyBytesMax: 1_000, lingerBytesMax: 2_000, lingerMsMax: 50 },
    });
    const text = await sendRaw(door, head("Content-Length: 99999999"), Buffer.alloc(300_000));
    expect(text).toMatch(/^HTTP\/1.1 413 /);
    await until(() => door.answered.length === 1);
  });

  it("answers 503 when the bodies in flight are over their bound, and takes more afterwards", async () => {
    const door = await startReceiver({ limits: { inFlightBytesMax: 1_000 } });
    let release: (() => void) | undefined;
    door.sink.answer = async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { accepted: 1, rejected: 0, message: "" };
    };
    const first = send(door, "/v1/traces", Buffer.alloc(800));
    await until(() => release !== undefined);
    const second = await send(door, "/v1/traces", Buffer.alloc(800));
    expect(second.status).toBe(503);
    expect(second.headers.get("retry-after")).toBe("5");
    release!();
    expect((await first).status).toBe(200);
    door.sink.answer = () => ({ accepted: 1, rejected: 0, message: "" });
    await until(() => door.answered.length === 2);
    expect((await send(door, "/v1/traces", Buffer.alloc(800))).status).toBe(200);
  });

  it("cuts off a sender whose body stops coming", async () => {
    const door = await startReceiver({ limits: { bodyIdleMsMax: 30 } });
    expect(await sendRaw(door, head("Content-Length: 10"), "ab")).toBe("");
    await until(() => door.answered.length === 1);
    expect(door.answered[0]).toMatchObject({ code: "timeout", wireBytes: 2 });
  });

  it("cuts off a sender whose headers, or whose first byte, do not come", async () => {
    const door = await startReceiver({ limits: { headersMsMax: 40 } });
    expect(await sendRaw(door, "POST /v1/traces HTT")).toMatch(/^HTTP\/1.1 408 /);
    expect(await sendRaw(door)).toMatch(/^HTTP\/1.1 408 /);
    expect(door.answered.map(({ code }) => code)).toEqual(["408", "408"]);
  });

  it("cuts off a body that trickles for longer than a request may take", async () => {
    const door = await startReceiver({ limits: { requestMsMax: 100, headersMsMax: 60 } });
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(door.httpPort, "127.0.0.1");
      let text = "";
      socket.write(head("Content-Length: 1000"));
      const drip = setInterval(() => socket.write("a"), 5);
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
      });
      socket.on("error", () => undefined);
      socket.on("close", () => {
        clearInterval(drip);
        resolve(text);
      });
    });
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(door.answered).toMatchObject([{ code: "408", signal: "traces" }]);
  });

  it("does not cut off a sender because the sink takes its time", async () => {
    const door = await startReceiver({ limits: { bodyIdleMsMax: 20 } });
    door.sink.answer = async () => {
      // Long enough for a sender that came later to be cut off.
      expect(await sendRaw(door, head("Content-Length: 1").replace("traces", "logs"))).toBe("");
      return { accepted: 1, rejected: 0, message: "" };
    };
    expect((await send(door, "/v1/traces", "")).status).toBe(200);
    expect(door.answered).toMatchObject([{ signal: "logs", code: "timeout" }, { code: "200" }]);
  });

  it("refuses headers over their bound", async () => {
    const door = await startReceiver();
    const large = head("Content-Length: 0", `X-Large: ${"x".repeat(20_000)}`);
    expect(await sendRaw(door, large)).toMatch(/^HTTP\/1.1 431 /);
    expect(door.answered).toMatchObject([{ code: "431" }]);
  });

  it("refuses what is not HTTP, and two lengths that contradict each other", async () => {
    const door = await startReceiver();
    expect(await sendRaw(door, Buffer.from("\x16\x03\x01 TLS?\r\n\r\n"))).toMatch(
      /^HTTP\/1.1 400 /,
    );
    const smuggling = head("Content-Length: 4", "Transfer-Encoding: chunked");
    expect(await sendRaw(door, smuggling, "0\r\n\r\n")).toMatch(/^HTTP\/1.1 400 /);
    expect(door.sink.received).toHaveLength(0);
  });

  it("says that gRPC has a port of its own", async () => {
    const door = await startReceiver();
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    expect(await sendRaw(door, preface)).toMatch(/^HTTP\/1.1 400 /);
    expect(door.warnings[0]).toContain("OTLP/gRPC has a port of its own");
  });

  it("sends 100 Continue only to those whose body it wants", async () => {
    const door = await startReceiver({ token: "secret" });
    const expecting = (token: string, length: number): string =>
      head(
        `Content-Length: ${length}`,
        "Expect: 100-continue",
        "Connection: close",
        `Authorization: Bearer ${token}`,
      );
    const taken = await sendRaw(door, expecting("secret", 0));
    expect(taken).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/);
    expect(await sendRaw(door, expecting("wrong", 9))).toMatch(/^HTTP\/1.1 401 /);
  });

  it("forgets a sender that goes away in the middle of its body", async () => {
    const door = await startReceiver({ limits: { inFlightBytesMax: 100 } });
    for (let round = 0; round < 5; round++) {
      const socket = connect(door.httpPort, "127.0.0.1");
      socket.write(head("Transfer-Encoding: chunked", "Expect: 100-continue"));
      await once(socket, "data");
      socket.write(`3c\r\n${"a".repeat(60)}`, () => socket.destroy());
      await until(() => door.answered.length === round + 1);
    }
    expect(door.answered.every(({ wireBytes }) => wireBytes === 60)).toBe(true);
    expect(door.answered.map(({ code }) => code)).toEqual([
      "aborted",
      "aborted",
      "aborted",
      "aborted",
      "aborted",
    ]);
    expect((await send(door, "/v1/traces", Buffer.alloc(90))).status).toBe(200);
  });

  it("forgets pipelined requests of a sender that goes away", async () => {
    const door = await startReceiver();
    const pending: (() => void)[] = [];
    door.sink.answer = async () => {
      await new Promise<void>((resolve) => {
        pending.push(resolve);
      });
      return { accepted: 1, rejected: 0, message: "" };
    };
    const one = `${head("Content-Length: 1")}a`;
    const socket = connect(door.httpPort, "127.0.0.1");
    socket.write(one + one + one);
    await until(() => pending.length === 3);
    socket.destroy();
    // By the time that it answers this, the server has seen the other connection close.
    await fetch(door.httpUrl);
    for (const resolve of pending) resolve();
    await until(() => door.answered.length === 4);
    expect(door.answered.map(({ code }) => code)).toEqual(["200", "aborted", "aborted", "aborted"]);
  });

  it("answers many senders at once, each its own", async () => {
    const door = await startReceiver();
    let turn = 0;
    door.sink.answer = async () => {
      const rejected = (turn += 1) % 2;
      await nextTurn();
      return { accepted: 1, rejected, message: rejected === 0 ? "" : "odd" };
    };
    const answers = await Promise.all(
      Array.from({ length: 200 }, async () =>
        send(door, "/v1/logs", "{}", { "content-type": JSON_TYPE }),
      ),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(answers.filter(({ body }) => body.toString() !== "{}")).toHaveLength(100);
    await until(() => door.answered.length === 200);
  });
});
