import { describe, expect, it } from "vitest";
import { SimulatedDisk } from "../journal/simulated-disk.ts";
import { PlaceFile, type PlaceRecord } from "./place-file.ts";

const FOLDER = "/state";
const PATH = "/state/places";

function place(offset: number): PlaceRecord {
  return { path: "a.log", origin: "a.log", offset, head: "h", last: "l", isSkipping: false };
}

async function opened(disk: SimulatedDisk): Promise<PlaceFile> {
  const file = new PlaceFile(disk, FOLDER);
  await file.load();
  return file;
}

async function loaded(disk: SimulatedDisk): Promise<Record<string, PlaceRecord>> {
  return Object.fromEntries(await new PlaceFile(disk, FOLDER).load());
}

describe("what was saved", () => {
  it("is there after a power loss, whatever else was not synced", async () => {
    const disk = new SimulatedDisk();
    const file = await opened(disk);
    await file.save(new Map([["1", place(5)]]));
    await file.save(
      new Map([
        ["1", place(9)],
        ["2", place(3)],
      ]),
    );
    await file.save(new Map([["2", undefined]]));
    expect(await loaded(disk.afterPowerLoss(() => false))).toEqual({ "1": place(9) });
  });

  it("before a torn write is kept", async () => {
    const disk = new SimulatedDisk();
    const file = await opened(disk);
    await file.save(new Map([["1", place(5)]]));
    const whole = disk.contentOf(PATH)!;
    await file.save(new Map([["1", place(9)]]));
    const torn = disk.contentOf(PATH)!;
    for (let length = whole.length; length < torn.length; length++) {
      const after = new SimulatedDisk();
      after.place(PATH, torn.subarray(0, length));
      expect(await loaded(after)).toEqual({ "1": place(5) });
    }
  });

  it("can be saved again after a failure, wherever that was", async () => {
    for (const call of ["write", "sync"] as const) {
      const disk = new SimulatedDisk();
      const file = await opened(disk);
      await file.save(new Map([["1", place(5)]]));
      let failures = 1;
      disk.fault = (name) => (name === call && failures-- > 0 ? { error: "EIO" } : undefined);
      await expect(file.save(new Map([["1", place(9)]]))).rejects.toMatchObject({ code: "EIO" });
      await file.save(new Map([["1", place(9)]]));
      await file.save(new Map([["2", place(1)]]));
      expect(await loaded(disk.afterPowerLoss(() => false))).toEqual({
        "1": place(9),
        "2": place(1),
      });
    }
  });
});

it("stays small however often a place is saved", async () => {
  const disk = new SimulatedDisk();
  const file = await opened(disk);
  const long = { ...place(1), path: "x".repeat(100_000) };
  for (let offset = 0; offset < 30; offset++)
    await file.save(new Map([["1", { ...long, offset }]]));
  expect(disk.contentOf(PATH)!.length).toBeLessThan(1_400_000);
  expect((await loaded(disk))["1"]!.offset).toBe(29);
});

it("does not start anew over a file that is something else", async () => {
  const disk = new SimulatedDisk();
  disk.place(PATH, Buffer.from("something else\n"));
  await expect(opened(disk)).rejects.toThrow("found something else than places");
  expect(disk.contentOf(PATH)!.toString()).toBe("something else\n");
});
