import { parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { sentLog, textAttribute } from "#pipeline/delivery/testing/sent-rows.ts";
import { linesOf, parquetOf } from "./object-bodies.ts";

/** A sender cut a text in the middle of an emoji. */
const CUT = "paid \ud83d";
const rows: Row[] = [
  sentLog({ body: CUT, attributes: [textAttribute("note", CUT)] }),
  sentLog({ body: "\\ud83d \ufffd" }),
];
const WHOLE = "paid \ufffd";

describe("objects have whole characters only", () => {
  it("as lines", async () => {
    const { bytes, originalBytes } = await linesOf(rows, undefined);
    const lines = bytes.toString().trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { message: WHOLE, note: WHOLE },
      { message: "\\ud83d \ufffd" },
    ]);
    expect(originalBytes).toBe(bytes.length);
  });

  it("as Parquet, in every column", async () => {
    const { bytes } = await parquetOf(rows, true);
    const file = new Uint8Array(bytes).buffer;
    expect(await parquetReadObjects({ file })).toMatchObject([
      { message: WHOLE, data: { message: WHOLE, note: WHOLE } },
      { message: "\\ud83d \ufffd" },
    ]);
  });
});
