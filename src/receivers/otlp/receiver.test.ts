import { connect as connectHttp2 } from "node:http2";
import { connect, createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { until } from "#pipeline/testing/until.ts";
import { createOtlpReceiver } from "./receiver.ts";
import { head, send, sendRaw } from "./testing/http-sender.ts";
import {
  FakeSink,
  type ReceiverUnderTest,
  startReceiver,
  stopReceivers,
} from "./testing/receiver-under-test.ts";

afterEach(stopReceivers);

const ANYWHERE = { host: "127.0.0.1", port: 0 };

function createReceiver(overrides: { token?: string } = {}) {
  const ignore = (): void => undefined;
  return createOtlpReceiver({
    http: ANYWHERE,
    grpc: ANYWHERE,
    sink: new FakeSink(),
    metrics: { answered: ignore },
    log: { info: ignore, warn: ignore, error: ignore },
    clock: systemClock,
    ...overrides,
  });
}

/** Makes the sink wait until it is told to go on. */
function holdSink(door: ReceiverUnderTest): { waiting: () => number; release: () => void } {
  const waiting: (() => void)[] = [];
  door.sink.answer = async () => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
    });
    return { accepted: 1, rejected: 0, message: "" };
  };
  return {
    waiting: () => waiting.length,
    release: () => {
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

async function rejection(promise: Promise<unknown>): Promise<SightglassError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SightglassError) return error;
  throw new Error("it was not rejected with a SightglassError", { cause: error });
}

describe("the OTLP receiver", () => {
  it("does nothing until it is started, and can be stopped before", async () => {
    const receiver = createReceiver();
    await receiver.stop();
    await receiver.stop();
    expect((await rejection(receiver.start())).code).toBe("stopping");
  });

  it("starts once, however often it is asked to", async () => {
    const door = await startReceiver();
    expect(await door.receiver.start()).toEqual({
      httpPort: door.httpPort,
      grpcPort: door.grpcPort,
    });
  });

  it("can be stopped while it starts", async () => {
    const receiver = createReceiver();
    const started = receiver.start();
    await receiver.stop();
    const { httpPort } = await started;
    const socket = connect(httpPort, "127.0.0.1");
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
  });

  it.each([
    ["http", "SIGHTGLASS_OTLP_HTTP"],
    ["grpc", "SIGHTGLASS_OTLP_GRPC"],
  ])("says which setting to change when the port of %s is taken", async (door, setting) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const taken = { host: "127.0.0.1", port: (other.address() as AddressInfo).port };
    const error = await rejection(startReceiver({ [door]: taken }));
    other.close();
    expect(error.code).toBe("port_in_use");
    expect(error.message).toContain(`${setting}: 127.0.0.1:${taken.port} is in use`);
  });

  it("says so when the address is not one of this machine", async () => {
    const error = await rejection(startReceiver({ http: { host: "192.0.2.1", port: 0 } }));
    expect(error.code).toBe("config_invalid");
    expect(error.message).toContain("SIGHTGLASS_OTLP_HTTP: cannot listen on 192.0.2.1:0");
  });

  it("refuses an empty token, which would let nobody or everybody in", () => {
    expect(() => createReceiver({ token: "" })).toThrow("found an empty text");
  });

  it("finishes what is in flight before it stops", async () => {
    const door = await startReceiver();
    const held = holdSink(door);
    const answer = send(door, "/v1/traces", "");
    await until(() => held.waiting() === 1);
    const stopped = door.receiver.stop();
    held.release();
    await stopped;
    const { status, headers } = await answer;
    expect(status).toBe(200);
    expect(headers.get("connection")).toBe("close");
  });

  it("reads a body to its end that was under way when it began to stop", async () => {
    const door = await startReceiver();
    const socket = connect(door.httpPort, "127.0.0.1");
    socket.write(head("Content-Length: 2", "Expect: 100-continue"));
    await once(socket, "data");
    const stopped = door.receiver.stop();
    socket.write("ab");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 200 OK/);
    await stopped;
  });

  it("asks those who come while it stops to come again", async () => {
    const door = await startReceiver();
    const held = holdSink(door);
    const early = send(door, "/v1/traces", "");
    const late = connect(door.httpPort, "127.0.0.1");
    await once(late, "connect");
    await until(() => held.waiting() === 1);
    const stopped = door.receiver.stop();
    late.write(head("Content-Length: 0"));
    const [answer] = (await once(late, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 503 /);
    expect(answer.toString()).toMatch(/Retry-After: 5\r\n/i);
    held.release();
    expect((await early).status).toBe(200);
    await stopped;
  });

  it("tells gRPC connections that it goes away", async () => {
    const door = await startReceiver();
    const session = connectHttp2(`http://${door.grpcAddress}`);
    await once(session, "connect");
    const goaway = once(session, "goaway");
    await door.receiver.stop();
    await goaway;
    expect(session.closed).toBe(true);
  });

  it("does not wait for ever for a sink that does not answer", async () => {
    const door = await startReceiver({ limits: { drainMsMax: 20 } });
    holdSink(door);
    const answer = sendRaw(door, head("Content-Length: 0"));
    await until(() => door.sink.received.length === 1);
    await door.receiver.stop();
    expect(await answer).toBe("");
  });

  it("does not wait for senders that keep a connection open", async () => {
    const door = await startReceiver();
    const socket = connect(door.httpPort, "127.0.0.1");
    socket.write(head("Content-Length: 0"));
    await once(socket, "data");
    await door.receiver.stop();
    expect(door.answered).toHaveLength(1);
  });
});
