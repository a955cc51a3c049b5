import { Writable } from "node:stream";
import { expect, it } from "vitest";
import type { Delivery } from "#pipeline/delivery/delivery.ts";
import { logRowOf } from "#pipeline/delivery/testing/delivery-fixture.ts";
import { ConsoleDestination, consoleDestination } from "./destination.ts";

function delivery(...bodies: readonly string[]): Delivery {
  const rows = bodies.map((body) => ({ kind: "log", row: logRowOf(body) }) as const);
  return { org: "default", rows, key: "key", rowKey: String, attempt: 1 };
}

function streamOf(): { stream: Writable; written: () => string } {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { stream, written: () => text };
}

it("writes a line of JSON a row, in order", async () => {
  const { stream, written } = streamOf();
  await new ConsoleDestination({ pretty: false }, stream).send(delivery("one", "two"));
  const lines = written().trimEnd().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
    "one",
    "two",
  ]);
});

it("leaves a terminal nothing to act on", async () => {
  const { stream, written } = streamOf();
  const hostile = "\u001b[2J\u009b31m\u202eevil\u2028line";
  await new ConsoleDestination({ pretty: true }, stream).send(delivery(hostile));
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
  expect(written()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/);
  expect(JSON.parse(written())).toMatchObject({ message: hostile });
});

it("fails a delivery, and not the process, when nobody reads any more", async () => {
  const stream = new Writable({
    write(_chunk, _encoding, done) {
      done(new Error("EPIPE"));
    },
  });
  const destination = new ConsoleDestination({ pretty: false }, stream);
  await destination.start();
  await expect(destination.send(delivery("one"))).rejects.toThrow("EPIPE");
  await destination.stop();
});

it("knows its settings", () => {
  expect(consoleDestination.settings.parse({})).toEqual({ stream: "stdout", pretty: false });
  expect(consoleDestination.settings.safeParse({ color: true }).success).toBe(false);
});
