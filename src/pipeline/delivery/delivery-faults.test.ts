import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { PermanentError } from "#core/errors.ts";
import { totalRows } from "../journal/row-counts.ts";
import { settled } from "../testing/fake-clock.ts";
import { PartialDeliveryError } from "./delivery.ts";
import {
  appendTexts,
  deliveringTo,
  openSetting,
  stopped,
  texts,
  World,
} from "./testing/delivery-fixture.ts";

describe("what goes wrong with", () => {
  it("the disk delays only what needs it: nothing is sent that is not planned", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock);
    const delivering = deliveringTo(world, setting);
    await delivering.start();
    setting.disk.fault = (call, path) =>
      call === "sync" && path.startsWith("/delivery") ? { error: "ENOSPC" } : undefined;
    await appendTexts(setting.journal, texts("a", 3));
    await setting.clock.advanceUntil(() => false, 5_000);
    expect(world.attempts).toEqual([]);
    setting.disk.fault = () => undefined;
    expect(await setting.clock.advanceUntil(() => world.received.length === 3)).toBe(true);
    await stopped(setting.clock, delivering);
  });

  it("the disk before a dead letter is kept leaves the row in the journal", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock);
    world.answer = () => {
      throw new PermanentError("no");
    };
    const delivering = deliveringTo(world, setting);
    await delivering.start();
    setting.disk.fault = (_call, path) =>
      path.includes("dead-letters") ? { error: "EIO" } : undefined;
    await appendTexts(setting.journal, ["a"]);
    await setting.clock.advanceUntil(() => false, 5_000);
    expect(setting.journal.consumer("webhook").backlog().rows).toBe(1);
    setting.disk.fault = () => undefined;
    expect(await setting.clock.advanceUntil(() => delivering.deadLetters.size === 1)).toBe(true);
    await settled();
    expect(setting.journal.consumer("webhook").backlog().rows).toBe(0);
    await stopped(setting.clock, delivering);
  });

  it("the journal's cursor is tried again, and nothing is counted twice", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock);
    const delivering = deliveringTo(world, setting);
    await delivering.start();
    setting.disk.fault = (call, path) =>
      call === "sync" && path.includes("cursors") ? { error: "EIO" } : undefined;
    await appendTexts(setting.journal, texts("a", 25));
    await setting.clock.advanceUntil(() => false, 5_000);
    setting.disk.fault = () => undefined;
    const consumer = setting.journal.consumer("webhook");
    expect(await setting.clock.advanceUntil(() => consumer.backlog().rows === 0)).toBe(true);
    expect(world.received).toEqual(texts("a", 25));
    expect(totalRows(consumer.counts().stored)).toBe(25);
    await stopped(setting.clock, delivering);
  });

  it("a destination that names rows it was not given ends no process", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock);
    world.answer = ({ attempt }) => {
      if (attempt > 1) return;
      const refused = [{ index: 99, reason: "no" }];
      throw new PartialDeliveryError("odd", { again: [1, 1, -1, 99, 0], refused });
    };
    const delivering = deliveringTo(world, setting);
    await appendTexts(setting.journal, texts("a", 2));
    await delivering.start();
    expect(await setting.clock.advanceUntil(() => world.received.length === 2)).toBe(true);
    expect(world.received).toEqual(["a0", "a1"]);
    await stopped(setting.clock, delivering);
  });

  it("a plan of another version stops the start, by name", async () => {
    const setting = await openSetting({});
    const first = deliveringTo(new World(setting.clock), setting);
    await first.start();
    await stopped(setting.clock, first);
    const path = "/delivery/webhook.delivery";
    const content = Buffer.from(setting.disk.contentOf(path)!);
    const at = content.indexOf('"version":1');
    const slot = at - (at % 32_768);
    content.write('"version":2', at);
    const end = slot + 16 + content.readUInt32LE(slot + 12);
    content.writeUInt32LE(crc32(content.subarray(slot + 4, end)), slot);
    setting.disk.place(path, content);
    const second = deliveringTo(new World(setting.clock), setting);
    await expect(second.start()).rejects.toMatchObject({ code: "data_mismatch" });
    await stopped(setting.clock, second);
  });
});
