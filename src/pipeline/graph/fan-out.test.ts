import { expect, it } from "vitest";
import { type Batch, dropAll, keptRows, releaseBatch } from "#core/batch.ts";
import type { Push } from "../component.ts";
import { ComponentTap } from "../live/component-tap.ts";
import { logs } from "../testing/batches.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { FanOut } from "./fan-out.ts";

const fanOutTo = (...targets: Push[]): FanOut =>
  new FanOut(new ComponentTap(new FakeClock()), targets);

it("a batch for one pipeline is handed on as it is", async () => {
  const batch = logs("shop", { body: "a" });
  const taken: Batch[] = [];
  await fanOutTo(async (one) => void taken.push(one)).push(batch, "acme");
  expect(taken[0]).toBe(batch);
  releaseBatch(batch);
});

it("a batch for no pipeline is refused", async () => {
  await expect(fanOutTo().push(logs("shop", { body: "a" }), "acme")).rejects.toThrow("without");
});

it("several pipelines get a copy each, and the sender waits for all", async () => {
  const slow = Promise.withResolvers<void>();
  const told: string[] = [];
  const fanOut = fanOutTo(
    async (batch, org) => {
      dropAll(batch);
      releaseBatch(batch);
      told.push(`first of ${org}`);
    },
    async (batch) => {
      await slow.promise;
      told.push(`second has ${keptRows(batch)}`);
      releaseBatch(batch);
    },
  );
  let isDone = false;
  const pushed = fanOut.push(logs("shop", { body: "a" }, { body: "b" }), "acme").then(() => {
    isDone = true;
  });
  await Promise.resolve();
  expect(told).toEqual(["first of acme"]);
  expect(isDone).toBe(false);
  slow.resolve();
  await pushed;
  expect(told).toEqual(["first of acme", "second has 2"]);
});

it("a sender is refused when one of its pipelines refuses, once all have ended", async () => {
  const told: string[] = [];
  const fanOut = fanOutTo(
    () => Promise.reject(new Error("no room")),
    async (batch) => {
      await Promise.resolve();
      releaseBatch(batch);
      told.push("kept");
    },
  );
  await expect(fanOut.push(logs("shop", { body: "a" }), "acme")).rejects.toThrow("no room");
  expect(told).toEqual(["kept"]);
});
