import { describe, expect, test } from "vitest";
import { csvText, fileName } from "./export-text.ts";

const cell = (value: string): string => csvText(["a"], [[value]]).slice("a\r\n".length, -2);

describe("a row of CSV", () => {
  test("keeps commas, quotes and lines inside their cell", () => {
    const text = csvText(["name", "count"], [['say "hi", twice\nplease', 2]]);
    expect(text).toBe('name,count\r\n"say ""hi"", twice\nplease",2\r\n');
  });

  test("leaves empty what is not there, and keeps what is false or nought", () => {
    expect(csvText(["a", "b", "c", "d"], [[undefined, null, false, 0]])).toBe(
      "a,b,c,d\r\n,,false,0\r\n",
    );
  });

  test.each([
    '=HYPERLINK("https://evil.example")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "|calc",
    "%0A=1",
    "\t=1",
    "\r=1",
    " =1",
    "\u200b=1",
    "＝1+1",
  ])("shows the formula %j and does not run it", (formula) => {
    expect(cell(formula).replace(/^"/, "")).toMatch(/^'/);
  });

  test("leaves numbers below nought as numbers", () => {
    expect(csvText(["a"], [[-1.5]])).toBe("a\r\n-1.5\r\n");
  });

  test("defuses a heading, too", () => {
    expect(csvText(["=1"], [])).toBe("'=1\r\n");
  });
});

test("a file is named for what is in it, without what a file system would mind", () => {
  expect(fileName("Traces: service:cart /a\\b?")).toBe("Traces-service-cart-a-b");
  expect(fileName("../../etc/passwd")).toBe("etc-passwd");
  expect(fileName("größe 日本")).toBe("größe-日本");
  expect(fileName("\u202e…")).toBe("sightglass");
  expect(fileName("x".repeat(500))).toHaveLength(80);
});
