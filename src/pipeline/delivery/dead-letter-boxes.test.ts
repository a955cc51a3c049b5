import { beforeEach, describe, expect, it } from "vitest";
import { SimulatedDisk } from "../journal/simulated-disk.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import {
  type BoxPlace,
  type DeadLetterBox,
  findDeadLetter,
  listDeadLetters,
  replayBox,
} from "./dead-letter-boxes.ts";
import { DeadLetters } from "./dead-letters.ts";
import { logRowOf } from "./testing/delivery-fixture.ts";

const TIME_MS = 1_750_000_000_000;

/** Ids that are refused when they are sent again. */
const refused = new Set<string>();
/** Ids in the order in which they were sent again. */
const sent: string[] = [];
beforeEach(() => {
  refused.clear();
  sent.length = 0;
});

async function boxOf(
  pipeline: string,
  destination: string,
  ids: readonly string[],
  org = "default",
): Promise<DeadLetterBox> {
  const letters = new DeadLetters({
    folder: "/dead",
    files: new SimulatedDisk(),
    clock: new FakeClock(),
    bytesMax: 1 << 20,
    ageMsMax: 86_400_000,
    onDropped: () => {},
  });
  await letters.open();
  const letter = (id: string) =>
    ({ id, org, timeMs: TIME_MS, reason: "no", row: { kind: "log", row: logRowOf(id) } }) as const;
  await letters.add(ids.map(letter));
  const replay: DeadLetterBox["replay"] = async (wanted) => {
    sent.push(...wanted);
    const taken = wanted.filter((id) => !refused.has(id));
    await letters.remove(taken);
    const failed = wanted.filter((id) => refused.has(id)).map((id) => ({ id, reason: "still no" }));
    return { delivered: taken.length, failed };
  };
  return { pipeline, destination, letters, replay };
}

async function pages(boxes: readonly DeadLetterBox[], limit: number): Promise<string[][]> {
  const found: string[][] = [];
  let from: BoxPlace | undefined;
  do {
    const page = await listDeadLetters(boxes, "default", { limit, from });
    found.push(page.letters.map(({ letter }) => letter.id));
    from = page.next;
  } while (from !== undefined);
  return found;
}

describe("the dead letters of several destinations", () => {
  it("are listed box by box, in pages of any size, each once", async () => {
    const boxes = [
      await boxOf("main", "webhook", ["w1", "w2", "w3"]),
      await boxOf("main", "empty", []),
      await boxOf("main", "elastic", ["e1"]),
      await boxOf("audit", "webhook", ["a1", "a2"]),
      await boxOf("main", "foreign", ["f1"], "other"),
    ];
    const all = ["a1", "a2", "e1", "w1", "w2", "w3"];
    for (const limit of [1, 2, 3, 4, 100]) {
      const found = await pages(boxes, limit);
      expect(found.flat()).toEqual(all);
      expect(found.every((page) => page.length <= limit)).toBe(true);
    }
  });

  it("are found by their ids, by whom they belong to", async () => {
    const boxes = [await boxOf("main", "a", ["a1"]), await boxOf("main", "b", ["b1"], "other")];
    expect(await findDeadLetter(boxes, "default", "a1")).toMatchObject({
      box: { destination: "a" },
    });
    expect(await findDeadLetter(boxes, "default", "b1")).toBeUndefined();
    expect(await findDeadLetter(boxes, "other", "b1")).toMatchObject({ letter: { id: "b1" } });
  });
});

describe("sending all letters of a destination again", () => {
  const many = Array.from({ length: 250 }, (_, index) => `l${index}`);

  it("goes from the oldest on, past those that are refused", async () => {
    const box = await boxOf("main", "webhook", many);
    refused.add("l3").add("l120");
    const { delivered, failed } = await replayBox(box, "default", 1_000);
    expect(delivered).toBe(248);
    expect(failed.map(({ id }) => id)).toEqual(["l3", "l120"]);
    expect(sent).toEqual(many);
    expect(box.letters.count("default")).toBe(2);
  });

  it("sends no more than it is told", async () => {
    const box = await boxOf("main", "webhook", many);
    refused.add("l0");
    expect(await replayBox(box, "default", 120)).toMatchObject({ delivered: 119 });
    expect(sent).toEqual(many.slice(0, 120));
  });

  it("ends when ten in a row are not taken", async () => {
    const box = await boxOf("main", "webhook", many);
    for (const id of many.slice(5)) refused.add(id);
    const { delivered, failed } = await replayBox(box, "default", 1_000);
    expect([delivered, failed.length, sent.length]).toEqual([5, 10, 15]);
  });
});
