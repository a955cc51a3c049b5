import { describe, expect, it } from "vitest";
import { PermanentError } from "#core/errors.ts";
import { EndpointRefusedError, PartialDeliveryError, RetryAfterError } from "./delivery.ts";
import type { DeliveryBounds } from "./delivery.ts";
import type { DeliveringDestination } from "./delivering-destination.ts";
import type { DeliverySettings } from "./delivery-settings.ts";
import {
  appendTexts,
  deliveringTo,
  openSetting,
  type Setting,
  stopped,
  texts,
  textOf,
  World,
} from "./testing/delivery-fixture.ts";

interface Delivering {
  readonly setting: Setting;
  readonly world: World;
  readonly delivering: DeliveringDestination;
  /** The reason that each dead letter gives, by its text. */
  readonly dead: () => Promise<Record<string, string>>;
}

async function deliveringOf(
  settings: Partial<DeliverySettings>,
  bounds: Partial<DeliveryBounds> = {},
): Promise<Delivering> {
  const setting = await openSetting({});
  const world = new World(setting.clock, { waitMsMax: 0, ...bounds });
  const delivering = deliveringTo(world, setting, settings);
  const dead = async (): Promise<Record<string, string>> => {
    const { letters } = await delivering.deadLetters.list({ limit: 100 });
    return Object.fromEntries(letters.map(({ row, reason }) => [textOf(row), reason]));
  };
  return { setting, world, delivering, dead };
}

describe("an endpoint that asks to wait for no time at all", () => {
  it.each([
    ["whole", (wait: Error) => wait],
    [
      "of a part",
      (cause: Error) => new PartialDeliveryError("some", { again: [0, 1], refused: [] }, { cause }),
    ],
  ])("is waited for as any other, where it says so %s", async (_, errorOf) => {
    const { setting, world, delivering } = await deliveringOf({});
    world.answer = ({ attempt }) => {
      if (attempt < 4) throw errorOf(new RetryAfterError("now", 0));
    };
    await appendTexts(setting.journal, ["a", "b"]);
    await delivering.start();
    await setting.clock.advanceUntil(() => world.received.length === 2, 20_000, 10);
    const times = world.attempts.map(({ atMs }) => atMs);
    const waits = times.slice(1).map((atMs, index) => atMs - times[index]!);
    // Half of 1, 2 and 4 seconds, since the fixture's random number is a half.
    expect(waits).toEqual([500, 1_000, 2_000]);
    await stopped(setting.clock, delivering);
  });
});

describe("a part of a delivery that was refused", () => {
  it("is cut down to the row at fault, though nothing is to be retried", async () => {
    const { setting, world, delivering, dead } = await deliveringOf({ maxRetries: 0 });
    world.answer = ({ rows }) => {
      const names = rows.map(textOf);
      const cause = new PermanentError("no such field");
      if (names.length === 8)
        throw new PartialDeliveryError("some", { again: [4, 5, 6, 7], refused: [] }, { cause });
      if (names.includes("a5")) throw cause;
    };
    await appendTexts(setting.journal, texts("a", 8));
    await delivering.start();
    await setting.clock.advanceUntil(() => world.received.length === 7);
    expect(await dead()).toEqual({ a5: "no such field" });
    expect(world.attempts.map((attempt) => attempt.texts.length)).toEqual([8, 2, 1, 1, 2]);
    await stopped(setting.clock, delivering);
  });

  it("for now, or since nobody takes it, is not cut", async () => {
    for (const cause of [new Error("down"), new EndpointRefusedError("HTTP 404")]) {
      const { setting, world, delivering, dead } = await deliveringOf({ maxRetries: 0 });
      world.answer = () => {
        throw new PartialDeliveryError(cause.message, { again: [1, 2], refused: [] }, { cause });
      };
      await appendTexts(setting.journal, texts("a", 3));
      await delivering.start();
      await setting.clock.advanceUntil(() => delivering.deadLetters.size === 2);
      const reason = `given up after 1 attempts: ${cause.message}`;
      expect(await dead()).toEqual({ a1: reason, a2: reason });
      expect(world.attempts).toHaveLength(1);
      await stopped(setting.clock, delivering);
    }
  });
});

describe("a credential that is refused", () => {
  it("opens the breaker and loses no rows: they arrive once it is mended", async () => {
    const { setting, world, delivering } = await deliveringOf({ breakerFailures: 3 });
    world.answer = () => {
      throw new Error("HTTP 401");
    };
    await appendTexts(setting.journal, texts("a", 10));
    await delivering.start();
    await setting.clock.advanceUntil(() => delivering.live().breaker === "open");
    expect(delivering.deadLetters.size).toBe(0);
    world.answer = () => {};
    await setting.clock.advanceUntil(() => world.received.length === 10, 120_000);
    expect(world.received).toEqual(texts("a", 10));
    await stopped(setting.clock, delivering);
  });
});
