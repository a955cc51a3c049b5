import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { encode } from "@msgpack/msgpack";
import { afterEach, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { LogIntake } from "#pipeline/intake/log-intake.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { PushedRows } from "#pipeline/testing/receiver-under-test.ts";
import { until } from "#pipeline/testing/until.ts";
import { Connection, type ConnectionContext, type ConnectionLimits } from "./connection.ts";

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const LIMITS: ConnectionLimits = {
  messageBytesMax: 1_000,
  messagesMax: 10,
  messageIdleMsMax: 5_000,
  connectionIdleMsMax: 5_000,
  attemptsMax: 3,
  attemptMs: 1,
};

interface Connected {
  readonly pushed: PushedRows;
  readonly outcomes: [number, string][];
  readonly client: Socket;
  /** Bytes that are held now. */
  readonly held: () => number;
}

async function connected(
  limits: Partial<ConnectionLimits> = {},
  heldBytesMax = 10_000,
  clock: Clock = systemClock,
): Promise<Connected> {
  const pushed = new PushedRows();
  const outcomes: [number, string][] = [];
  let held = 0;
  const context: ConnectionContext = {
    intake: new LogIntake(pushed.context),
    log: pushed.context.log,
    clock,
    limits: { ...LIMITS, ...limits },
    decompress: async (_coding, body) => body,
    hold: (bytes) => {
      held += bytes;
      return held < heldBytesMax;
    },
    onMessages: (count, outcome) => {
      outcomes.push([count, outcome]);
    },
  };
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    void new Connection(socket, context, undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.on("error", () => undefined);
  await once(client, "connect");
  closers.push(() => {
    client.destroy();
    server.close();
  });
  return { pushed, outcomes, client, held: () => held };
}

const message = (n: number, option: object = {}): Uint8Array =>
  encode(["t", Math.floor(Date.now() / 1_000), { n }, option]);

const refuse = (): never => {
  throw new SightglassError("overloaded", "later");
};

describe("a connection of the forward protocol", () => {
  it("is closed when a message stops coming, and keeps nothing of it", async () => {
    const { client, held, pushed } = await connected({ messageIdleMsMax: 20 });
    client.write(Buffer.concat([message(1), message(2).subarray(0, 5)]));
    await once(client, "close");
    await until(() => held() === 0);
    expect(pushed.logs).toHaveLength(1);
  });

  it("is closed when nothing comes for long", async () => {
    const { client, pushed } = await connected({ connectionIdleMsMax: 20 });
    await once(client, "close");
    expect(pushed.pushes).toBe(0);
  });

  it("is not closed because the pipeline takes its time", async () => {
    const clock = new FakeClock();
    const { client, pushed } = await connected({}, 10_000, clock);
    let release: (() => void) | undefined;
    pushed.beforeAnswer = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    client.write(message(1, { chunk: "c" }));
    await until(() => release !== undefined);
    await clock.advance(10 * LIMITS.connectionIdleMsMax);
    release!();
    const [ack] = (await once(client, "data")) as [Buffer];
    expect(ack.includes("ack")).toBe(true);
  });

  it("is closed when it brings more than may be held, with a message that is not whole", async () => {
    const { client, held, pushed } = await connected({}, 100);
    client.write(encode(["t", "x".repeat(500)]).subarray(0, 200));
    await once(client, "close");
    await until(() => held() === 0);
    expect(pushed.pushes).toBe(0);
    expect(pushed.errors[0]).toContain("too many bytes of messages are under way");
  });

  it("makes its sender wait beyond a message's bytes, and takes all of them in order", async () => {
    const { client, pushed, held } = await connected();
    let release: (() => void) | undefined;
    pushed.beforeAnswer = () =>
      new Promise((resolve) => {
        if (release !== undefined) resolve();
        else release = resolve;
      });
    for (let n = 0; n < 2_000; n++) client.write(message(n));
    await until(() => release !== undefined);
    release!();
    client.end();
    await until(() => pushed.logs.length === 2_000);
    expect(pushed.logs.map(({ attributes }) => Number(attributes[1]!.value))).toEqual(
      Array.from({ length: 2_000 }, (_, n) => n),
    );
    await once(client, "close");
    await until(() => held() === 0);
  });

  it("gives up after so many attempts, and counts what was lost", async () => {
    const { client, pushed, outcomes, held } = await connected();
    pushed.beforeAnswer = refuse;
    client.write(Buffer.concat([message(1), message(2)]));
    await once(client, "close");
    expect([pushed.pushes, outcomes]).toEqual([3, [[2, "lost"]]]);
    await until(() => held() === 0);
  });

  it("leaves to a sender that is gone what that will send again by itself", async () => {
    const { client, pushed, outcomes } = await connected({ attemptsMax: 1_000 });
    pushed.beforeAnswer = () => {
      client.resetAndDestroy();
      refuse();
    };
    client.write(message(1, { chunk: "c" }));
    await until(() => outcomes.length > 0);
    expect(outcomes).toEqual([[1, "lost"]]);
    expect(pushed.pushes).toBeLessThan(1_000);
  });

  it("does not try again what is no matter of time", async () => {
    const { client, pushed } = await connected();
    pushed.beforeAnswer = () => {
      throw new TypeError("unforeseen");
    };
    client.write(message(1));
    await once(client, "close");
    expect(pushed.pushes).toBe(1);
  });
});
