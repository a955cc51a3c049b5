import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { bodiesOf } from "./bodies.ts";

interface Sized {
  readonly place: number;
  readonly text: string;
}

const sized = (...lengths: readonly number[]): Sized[] =>
  lengths.map((length, place) => ({ place, text: "x".repeat(length) }));
const encode = (items: readonly Sized[]): Buffer =>
  Buffer.from(items.map(({ text }) => text).join(""));

async function placesOf(
  items: readonly Sized[],
  limits: Parameters<typeof bodiesOf>[2],
): Promise<{ bodies: (readonly number[])[]; refused: readonly unknown[] }> {
  const { bodies, refused } = await bodiesOf(items, encode, limits, false);
  return { bodies: bodies.map(({ places }) => places), refused };
}

describe("bodies", () => {
  it("are as large as they may be, and are cut in two when they are larger by a byte", async () => {
    expect(await placesOf(sized(4, 6), { bytesMax: 10 })).toEqual({
      bodies: [[0, 1]],
      refused: [],
    });
    expect(await placesOf(sized(4, 7), { bytesMax: 10 })).toEqual({
      bodies: [[0], [1]],
      refused: [],
    });
  });

  it("leave out what is too large by itself, and say how large it is", async () => {
    expect(await placesOf(sized(4, 11, 5), { bytesMax: 10 })).toEqual({
      bodies: [[0], [2]],
      refused: [{ index: 1, reason: "11 bytes; Datadog takes 10" }],
    });
  });

  it("are cut where an encoder gives up in the middle, too", async () => {
    const giveUp = (items: readonly Sized[]): Buffer => {
      if (encode(items).length > 8) throw new SightglassError("payload_too_large", "over 8 bytes");
      return encode(items);
    };
    const found = await bodiesOf(sized(4, 4, 9, 1), giveUp, { bytesMax: 100 }, false);
    expect(found.bodies.map(({ places }) => places)).toEqual([[0, 1], [3]]);
    expect(found.refused).toEqual([{ index: 2, reason: "over 8 bytes" }]);
    const broken = (): never => {
      throw new SightglassError("bad_payload", "no number");
    };
    await expect(bodiesOf(sized(1), broken, { bytesMax: 9 }, false)).rejects.toThrow("no number");
  });

  it("have at most so many items", async () => {
    const limits = { bytesMax: 10, itemsMax: 2 };
    expect((await placesOf(sized(1, 1, 1, 1, 1), limits)).bodies).toEqual([[0, 1], [2, 3], [4]]);
    expect((await placesOf([], limits)).bodies).toEqual([]);
  });

  it("that do not become small enough by compression are cut too", async () => {
    const noise = [0, 1].map((place) => ({ place, text: randomBytes(500).toString("hex") }));
    const limits = { bytesMax: 10_000, sentBytesMax: 700 };
    const { bodies, refused } = await bodiesOf(noise, encode, limits, true);
    expect(bodies.map(({ places }) => places)).toEqual([[0], [1]]);
    expect(refused).toEqual([]);
    expect(bodies.map(({ bytes }) => gunzipSync(bytes).toString())).toEqual(
      noise.map(({ text }) => text),
    );
    const tight = await bodiesOf(noise, encode, { ...limits, sentBytesMax: 400 }, true);
    expect(tight.bodies).toEqual([]);
    expect(tight.refused).toHaveLength(2);
  });
});
