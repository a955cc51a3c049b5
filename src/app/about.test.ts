import { expect, it } from "vitest";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import type { Store } from "#store/store.ts";
import { createAbout } from "./about.ts";

it("asks the engine for its version seldom, and soon again when it did not tell", async () => {
  const clock = new FakeClock();
  let asked = 0;
  let isDown = true;
  const store: Pick<Store, "kind" | "usage" | "engineVersion"> = {
    kind: "remote",
    usage: () => Promise.resolve([]),
    engineVersion: () => {
      asked++;
      return isDown ? Promise.reject(new Error("not reached")) : Promise.resolve("25.8");
    },
  };
  const about = createAbout({
    version: "1.2.3",
    clock,
    store,
    endpoints: () => ({ ui: null, otlpHttp: null, otlpGrpc: null }),
    receivers: () => [],
    probe: () => undefined,
  });
  const version = async (): Promise<string | null> => (await about()).store.version;
  expect([await version(), await version(), asked]).toEqual([null, null, 1]);
  isDown = false;
  await clock.advance(10_000);
  expect(await version()).toBe("25.8");
  isDown = true;
  await clock.advance(599_999);
  expect([await version(), asked]).toEqual(["25.8", 2]);
});
