import fluentLogger from "fluent-logger";
import { afterEach, describe, expect, it } from "vitest";
import { startReceiver, stopReceivers, textsOf } from "#pipeline/testing/receiver-under-test.ts";
import { until } from "#pipeline/testing/until.ts";
import { fluentForward } from "./receiver.ts";

afterEach(stopReceivers);

type Sender = ReturnType<typeof fluentLogger.createFluentSender>;

function senderOf(port: number, options: object = {}): Sender {
  const quiet = { info: () => undefined, error: () => undefined };
  return fluentLogger.createFluentSender("shop", {
    host: "127.0.0.1",
    port,
    timeout: 3_000,
    internalLogger: quiet,
    ...options,
  });
}

const emitted = (sender: Sender, label: string, data: object, time?: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const done = (error?: Error): void => (error === undefined ? resolve() : reject(error));
    if (time === undefined) sender.emit(label, data, done);
    else sender.emit(label, data, time, done);
  });

const closed = (sender: Sender): Promise<void> =>
  new Promise((resolve) => {
    sender.end("end", {}, () => {
      resolve();
    });
  });

describe("fluent-logger", () => {
  it.each(["Message", "PackedForward", "CompressedPackedForward"])(
    "is taken in mode %s, and has its acknowledgement once the events are durable",
    async (eventMode) => {
      const { port, pushed } = await startReceiver(fluentForward);
      let arePushed = false;
      pushed.beforeAnswer = () => {
        arePushed = true;
      };
      const sender = senderOf(port, { eventMode, requireAckResponse: true, flushInterval: 10 });
      const record = {
        message: "low stock",
        level: "warn",
        left: 3,
        price: 1.5,
        nested: { deep: [true, null] },
        service: "shop",
        container_name: "/shop-1",
      };
      await emitted(sender, "stock", record);
      expect(arePushed).toBe(true);
      const [row] = pushed.logs;
      expect(row).toMatchObject({ body: "low stock", severity: 13, severityText: "warn" });
      expect(textsOf(row!.resource.attributes)).toEqual({
        "service.name": "shop",
        "container.name": "/shop-1",
      });
      expect(textsOf(row!.attributes)).toEqual({
        "fluent.tag": "shop.stock",
        level: "warn",
        left: "3",
        price: "1.5",
        nested: '{"deep":[true,null]}',
      });
      expect(Math.abs(Number(row!.time / 1_000_000n) - Date.now())).toBeLessThan(60_000);
      await closed(sender);
    },
  );

  it("is taken without acknowledgements, also what it sends right before it goes", async () => {
    const { port, pushed } = await startReceiver(fluentForward);
    const sender = senderOf(port, { milliseconds: true });
    const time = Date.now() - 1_234;
    await Promise.all(
      Array.from({ length: 500 }, (_, n) => emitted(sender, "n", { message: `${n}` }, time)),
    );
    await closed(sender);
    await until(() => pushed.logs.length === 501);
    expect(pushed.logs.slice(0, 500).map(({ body }) => body)).toEqual(
      Array.from({ length: 500 }, (_, n) => `${n}`),
    );
    // It sends them with many a message in one piece, which are taken together.
    expect(pushed.pushes).toBeLessThan(400);
  });

  it("is let in by the shared key that it knows, and only by that", async () => {
    const { port, pushed } = await startReceiver(fluentForward, { sharedKey: "secret" });
    const security = { clientHostname: "client", sharedKey: "secret" };
    const sender = senderOf(port, { security, requireAckResponse: true });
    await emitted(sender, "x", { message: "in" });
    await closed(sender);
    const strange = senderOf(port, { security: { ...security, sharedKey: "wrong" } });
    const refused = new Promise<Error>((resolve) => {
      // @ts-expect-error The types leave out that it is an event emitter.
      (strange as { on(name: string, run: (error: Error) => void): void }).on("error", resolve);
    });
    strange.emit("x", { message: "out" });
    expect(String(await refused)).toContain("shared_key mismatch");
    expect(pushed.logs.map(({ body }) => body)).toContain("in");
    expect(pushed.logs.map(({ body }) => body)).not.toContain("out");
  });
});
