import { describe, expect, it } from "vitest";
import { PermanentError } from "#core/errors.ts";
import { FakeClock, settled } from "../testing/fake-clock.ts";
import { EndpointRefusedError, RetryAfterError } from "./delivery.ts";
import type { Delivery } from "./delivery.ts";
import { DestinationGroup } from "./destination-group.ts";
import type { GroupOptions } from "./destination-group.ts";
import { logRowOf, World } from "./testing/delivery-fixture.ts";

const never = new AbortController().signal;

function delivery(text: string): Delivery {
  const rows = [{ kind: "log", row: logRowOf(text) }] as const;
  return { org: "default", rows, key: text, rowKey: () => text, attempt: 1 };
}

function groupOf(
  order: GroupOptions["order"],
  names: readonly string[],
): { group: DestinationGroup; clock: FakeClock; worlds: World[]; changes: string[] } {
  const clock = new FakeClock();
  const worlds = names.map((_, index) => new World(clock, { rowsMax: 10 + index }));
  const changes: string[] = [];
  const group = new DestinationGroup({
    order,
    members: names.map((name, index) => ({ name, destination: worlds[index]! })),
    memberMsMax: 1_000,
    breaker: { breakerFailures: 2, breakerOpenMs: 30_000 },
    clock,
    onChange: (name, state) => changes.push(`${name} ${state}`),
  });
  return { group, clock, worlds, changes };
}

const fails = (): never => {
  throw new Error("down");
};

describe("a failover group", () => {
  it("sends to the next member while the first is down, and returns to it", async () => {
    const { group, clock, worlds, changes } = groupOf("failover", ["first", "second"]);
    worlds[0]!.answer = fails;
    for (const text of ["a", "b", "c"]) await group.send(delivery(text), never);
    expect(worlds[1]!.received).toEqual(["a", "b", "c"]);
    // Tried twice, then left alone.
    expect(worlds[0]!.attempts).toHaveLength(2);
    await clock.advance(30_000);
    worlds[0]!.answer = () => {};
    await group.send(delivery("d"), never);
    await group.send(delivery("e"), never);
    expect(worlds[0]!.received).toEqual(["d", "e"]);
    expect(changes).toEqual(["first open", "first half_open", "first closed"]);
  });

  it("gives each member its time", async () => {
    const { group, clock, worlds } = groupOf("failover", ["first", "second"]);
    worlds[0]!.answer = (_, cancel) =>
      new Promise((_resolve, reject) => {
        cancel.addEventListener("abort", () => reject(new Error("aborted")));
      });
    const sending = group.send(delivery("a"), never);
    await settled();
    await clock.advance(1_000);
    await sending;
    expect(worlds[1]!.received).toEqual(["a"]);
    expect(group.attemptMsMax).toBe(2_000);
  });

  it("does not offer refused rows to another member, but does so where one has nobody to take them", async () => {
    const { group, worlds } = groupOf("failover", ["first", "second"]);
    worlds[0]!.answer = () => {
      throw new PermanentError("no");
    };
    await expect(group.send(delivery("a"), never)).rejects.toThrow("no");
    expect(worlds[1]!.attempts).toEqual([]);
    worlds[0]!.answer = () => {
      throw new EndpointRefusedError("404");
    };
    await group.send(delivery("b"), never);
    expect(worlds[1]!.received).toEqual(["b"]);
  });

  it("gives rows up only when every member refuses them", async () => {
    const refuses = (): never => {
      throw new EndpointRefusedError("404");
    };
    const asks = (): never => {
      throw new RetryAfterError("busy", 5_000);
    };
    const outcomes: unknown[] = [];
    for (const answers of [
      [refuses, refuses],
      [fails, refuses],
      [refuses, fails],
      [asks, refuses],
    ]) {
      const { group, worlds } = groupOf("failover", ["first", "second"]);
      for (const [at, world] of worlds.entries()) world.answer = answers[at]!;
      outcomes.push(await group.send(delivery("a"), never).catch((error: unknown) => error));
      // The one that asked for it is left alone now.
      if (answers[0] === asks)
        outcomes.push(await group.send(delivery("a"), never).catch((error: unknown) => error));
    }
    const waits = expect.objectContaining({ name: "RetryAfterError", afterMs: 5_000 }) as unknown;
    expect(outcomes).toEqual([
      new EndpointRefusedError("404"),
      new Error("down"),
      new Error("down"),
      waits,
      waits,
    ]);
  });

  it("fails with the last error when all members fail, then says how long they are left alone", async () => {
    const { group, clock, worlds } = groupOf("failover", ["first", "second"]);
    for (const world of worlds) world.answer = fails;
    await expect(group.send(delivery("a"), never)).rejects.toThrow("down");
    await expect(group.send(delivery("a"), never)).rejects.toThrow("down");
    await clock.advance(10_000);
    const error: unknown = await group.send(delivery("a"), never).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(RetryAfterError);
    expect(error).toMatchObject({ afterMs: 20_000 });
  });

  it("leaves a member alone for as long as it asks for", async () => {
    const { group, clock, worlds } = groupOf("failover", ["first", "second"]);
    worlds[0]!.answer = () => {
      throw new RetryAfterError("busy", 5_000);
    };
    await group.send(delivery("a"), never);
    await group.send(delivery("b"), never);
    expect(worlds[0]!.attempts).toHaveLength(1);
    worlds[0]!.answer = () => {};
    await clock.advance(5_000);
    await group.send(delivery("c"), never);
    expect(worlds[0]!.received).toEqual(["c"]);
  });

  it("starts when one member does, and the others when their turn comes", async () => {
    const { group, worlds } = groupOf("failover", ["first", "second"]);
    let starts = 0;
    Object.assign(worlds[0]!, {
      start: async () => {
        starts += 1;
        if (starts === 1) throw new Error("down");
      },
    });
    await group.start();
    await group.send(delivery("a"), never);
    expect(starts).toBe(2);
    expect(worlds[0]!.received).toEqual(["a"]);
  });
});

describe("a balanced group", () => {
  it("takes its members in turn, and leaves out one that fails", async () => {
    const { group, worlds } = groupOf("round_robin", ["a", "b", "c"]);
    for (const text of ["1", "2", "3", "4", "5", "6"]) await group.send(delivery(text), never);
    expect(worlds.map((world) => world.received)).toEqual([
      ["1", "4"],
      ["2", "5"],
      ["3", "6"],
    ]);
    worlds[1]!.answer = fails;
    for (let count = 0; count < 12; count += 1) await group.send(delivery("x"), never);
    expect(worlds[1]!.attempts).toHaveLength(4);
    expect(group.states().map(({ breaker }) => breaker)).toEqual(["closed", "open", "closed"]);
    expect(worlds.flatMap((world) => world.received)).toHaveLength(18);
  });

  it("prefers the member with the fewest deliveries under way", async () => {
    const { group, worlds } = groupOf("least_pending", ["a", "b"]);
    let end = (): void => {};
    worlds[0]!.answer = () => new Promise((resolve) => (end = () => resolve()));
    const slow = group.send(delivery("slow"), never);
    await settled();
    for (const text of ["1", "2", "3"]) await group.send(delivery(text), never);
    expect(worlds[1]!.received).toEqual(["1", "2", "3"]);
    end();
    await slow;
    expect(group.states().map(({ delivered }) => delivered)).toEqual([1, 3]);
  });

  it("is bounded as the smallest of its members", () => {
    expect(groupOf("round_robin", ["a", "b"]).group.bounds.rowsMax).toBe(10);
  });
});
