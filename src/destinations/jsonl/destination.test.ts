import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Delivery } from "#pipeline/delivery/delivery.ts";
import { logRowOf, texts } from "#pipeline/delivery/testing/delivery-fixture.ts";
import { nodeFiles } from "#pipeline/journal/files.ts";
import { SimulatedDisk } from "#pipeline/journal/simulated-disk.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { jsonl, JsonlDestination } from "./destination.ts";

const PATH = "/logs/events.jsonl";

function delivery(bodies: readonly string[]): Delivery {
  const rows = bodies.map((body) => ({ kind: "log", row: logRowOf(body) }) as const);
  return { org: "default", rows, key: "key", rowKey: String, attempt: 1 };
}

function destinationOn(disk: SimulatedDisk, clock = new FakeClock()): JsonlDestination {
  return new JsonlDestination({ outputPath: PATH, rotateDaily: false }, clock, disk);
}

function messagesIn(text: string): string[] {
  const lines = text.split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => (JSON.parse(line) as { message: string }).message);
}

const contentOn = (disk: SimulatedDisk): string => disk.contentOf(PATH)?.toString() ?? "";

describe("lines", () => {
  it("are appended in order, and survive a loss of power once delivered", async () => {
    const disk = new SimulatedDisk();
    const destination = destinationOn(disk);
    await destination.start();
    await destination.send(delivery(["one", "two"]));
    await destination.send(delivery(["three"]));
    const after = disk.afterPowerLoss(() => false);
    expect(messagesIn(contentOn(after))).toEqual(["one", "two", "three"]);
  });

  it("have whole characters only, also where a sender cut one in two", async () => {
    const disk = new SimulatedDisk();
    await destinationOn(disk).send(delivery(["a\ud83d", "\\ud83d"]));
    expect(messagesIn(contentOn(disk))).toEqual(["a\ufffd", "\\ud83d"]);
  });

  it("are whole after a crash at any byte of a write", async () => {
    const whole = new SimulatedDisk();
    await destinationOn(whole).send(delivery(["one", "two"]));
    const content = whole.contentOf(PATH)!;
    const lineBytes = content.indexOf("\n");
    for (let bytes = 1; bytes <= content.length; bytes += 1) {
      const torn = new SimulatedDisk();
      torn.place(PATH, content.subarray(0, bytes));
      await destinationOn(torn).send(delivery(["three"]));
      const left = bytes < lineBytes ? [] : bytes < content.length - 1 ? ["one"] : ["one", "two"];
      expect(messagesIn(contentOn(torn))).toEqual([...left, "three"]);
    }
  });

  it("of a delivery that failed are cut off again", async () => {
    const disk = new SimulatedDisk();
    const destination = destinationOn(disk);
    await destination.send(delivery(["one"]));
    let writes = 0;
    disk.fault = (call) => {
      if (call !== "write") return undefined;
      writes += 1;
      return writes === 1 ? { bytes: 10 } : { error: "ENOSPC" };
    };
    await expect(destination.send(delivery(["two"]))).rejects.toThrow("ENOSPC");
    disk.fault = () => undefined;
    expect(messagesIn(contentOn(disk))).toEqual(["one"]);
    await destination.send(delivery(["two"]));
    expect(messagesIn(contentOn(disk))).toEqual(["one", "two"]);
  });

  it("longer than what is read at a time are found when they are torn", async () => {
    const disk = new SimulatedDisk();
    const destination = destinationOn(disk);
    await destination.send(delivery(["one", "x".repeat(200_000)]));
    const content = disk.contentOf(PATH)!;
    const torn = new SimulatedDisk();
    torn.place(PATH, content.subarray(0, 150_000));
    await destinationOn(torn).send(delivery(["two"]));
    expect(messagesIn(contentOn(torn))).toEqual(["one", "two"]);
  });
});

describe("files", () => {
  it("are one a day, named for it", async () => {
    const disk = new SimulatedDisk();
    const clock = new FakeClock(Date.UTC(2026, 0, 31, 23, 59, 59));
    const settings = { outputPath: "/logs/events.jsonl", rotateDaily: true };
    const destination = new JsonlDestination(settings, clock, disk);
    await destination.send(delivery(["old"]));
    await clock.advance(1_000);
    await destination.send(delivery(["new"]));
    expect(disk.paths()).toEqual([
      "/logs/events-2026-01-31.jsonl",
      "/logs/events-2026-02-01.jsonl",
    ]);
  });

  it("may be moved away, and their folder is made", async () => {
    const folder = await mkdtemp(join(tmpdir(), "jsonl-"));
    try {
      const outputPath = join(folder, "deep", "events.jsonl");
      const settings = { outputPath, rotateDaily: false };
      const destination = new JsonlDestination(settings, new FakeClock(), nodeFiles);
      await destination.start();
      await destination.send(delivery(texts("a", 3)));
      await rename(outputPath, `${outputPath}.1`);
      await destination.send(delivery(["b"]));
      expect(messagesIn(await readFile(`${outputPath}.1`, "utf8"))).toEqual(texts("a", 3));
      expect(messagesIn(await readFile(outputPath, "utf8"))).toEqual(["b"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

it("knows its settings", () => {
  const parsed = jsonl.settings.parse({ outputPath: "events.jsonl" });
  expect(parsed).toEqual({ outputPath: "events.jsonl", rotateDaily: true });
  expect(jsonl.settings.safeParse({}).success).toBe(false);
});
