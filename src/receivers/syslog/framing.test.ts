import { Buffer } from "node:buffer";
import { expect, it } from "vitest";
import { SyslogFraming } from "./framing.ts";

function framed(bytesMax: number, ...chunks: readonly string[]): string[] {
  const seen: string[] = [];
  const framing = new SyslogFraming(bytesMax, (message, isCut) => {
    seen.push(`${message.toString("latin1")}${isCut ? "…" : ""}`);
  });
  for (const chunk of chunks) framing.push(Buffer.from(chunk, "latin1"));
  framing.end();
  return seen;
}

it("tells the framings of RFC 6587 apart message by message", () => {
  expect(framed(99, "5 <1>ab<2>line\n7 <3>a\nbc<4>\0")).toEqual([
    "<1>ab",
    "<2>line",
    "<3>a\nbc",
    "<4>",
  ]);
});

it("takes digits that are no length for text", () => {
  expect(framed(99, "2026 was a year\n", "12345678901 <1>x\n", "12", "3\n")).toEqual([
    "2026 was a year",
    "12345678901 <1>x",
    "123",
  ]);
});

it("hands over what a connection that ends has left unfinished, and says that a counted message lacks its end", () => {
  expect(framed(99, "<1>whole\n<2>half")).toEqual(["<1>whole", "<2>half"]);
  expect(framed(99, "20 <1>half")).toEqual(["<1>half…"]);
});

it("cuts what is over the bound, and goes on with the next message", () => {
  expect(framed(8, "<1>0123456789\n<2>ok\n13 <3>01234567895 <4>ok")).toEqual([
    "<1>01234…",
    "<2>ok",
    "<3>01234…",
    "<4>ok",
  ]);
});

it("holds no more than the bound of a message that never ends", () => {
  expect(framed(8, "<1>", ...Array.from({ length: 1_000 }, () => "x"))).toEqual(["<1>xxxxx…"]);
});
