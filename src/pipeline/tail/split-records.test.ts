import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { type SplitFrom, splitRecords, type SplitSettings } from "./split-records.ts";

function split(
  text: string,
  at: Partial<SplitFrom> = {},
  settings: SplitSettings = { recordBytesMax: 10 },
): { records: string[]; rest: string; isSkipping: boolean } {
  const bytes = Buffer.from(text);
  const from = { from: 0, isSkipping: false, flush: "nothing", recordsMax: 100, ...at } as const;
  const { records, end, isSkipping } = splitRecords(bytes, from, settings);
  return {
    records: records.map(
      ({ from: start, to, isCut }) => bytes.toString("utf8", start, to) + (isCut ? "…" : ""),
    ),
    rest: bytes.toString("utf8", end),
    isSkipping,
  };
}

describe("lines", () => {
  it("are records, and one without its end waits for it", () => {
    expect(split("one\n\ntwo\nthr")).toEqual({
      records: ["one", "", "two"],
      rest: "thr",
      isSkipping: false,
    });
  });

  it("are taken without their end once it will not come", () => {
    expect(split("one\ntwo", { flush: "lines" })).toMatchObject({ records: ["one"], rest: "two" });
    expect(split("one\ntwo", { flush: "all" })).toMatchObject({
      records: ["one", "two"],
      rest: "",
    });
  });

  it("over the bound are cut, and their rest is passed over, also when it comes later", () => {
    expect(split("0123456789ab\nnext\n")).toMatchObject({ records: ["0123456789…", "next"] });
    expect(split("x\n0123456789ab")).toEqual({
      records: ["x", "0123456789…"],
      rest: "",
      isSkipping: true,
    });
    expect(split("cdef", { isSkipping: true })).toEqual({
      records: [],
      rest: "",
      isSkipping: true,
    });
    expect(split("gh\nnext\n", { isSkipping: true })).toEqual({
      records: ["next"],
      rest: "",
      isSkipping: false,
    });
  });

  it("of exactly the bound are whole", () => {
    expect(split("0123456789\n0123456789").records).toEqual(["0123456789"]);
  });

  it("beyond the number asked for are left", () => {
    expect(split("a\nb\nc\n", { recordsMax: 2 })).toMatchObject({
      records: ["a", "b"],
      rest: "c\n",
    });
  });
});

describe("lines that are joined", () => {
  const joined: SplitSettings = {
    recordBytesMax: 10,
    startsRecord: (line) => !line.toString().startsWith(" "),
  };

  it("go on until the next line that begins a record, which the last one waits for", () => {
    expect(split("a\n 1\n 2\nb\n 3\n", {}, joined)).toMatchObject({
      records: ["a\n 1\n 2"],
      rest: "b\n 3\n",
    });
  });

  it("are whole when no line came for long enough, but not with half a line", () => {
    expect(split("a\n 1\n 2", { flush: "lines" }, joined)).toMatchObject({
      records: ["a\n 1"],
      rest: " 2",
    });
    expect(split("a\n 1\n 2", { flush: "all" }, joined)).toMatchObject({ records: ["a\n 1\n 2"] });
  });

  it("over the bound become further records, and nothing of them is lost", () => {
    expect(split("a\n 123\n 456\n 789\nb\n", { flush: "lines" }, joined)).toMatchObject({
      records: ["a\n 123", " 456\n 789", "b"],
      rest: "",
    });
  });

  it("may begin with one that continues something else", () => {
    expect(split(" 1\na\n", { flush: "lines" }, joined).records).toEqual([" 1", "a"]);
  });
});
