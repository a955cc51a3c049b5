import { expect, test } from "vitest";
import { cut, pieces, visible, visibleTitle } from "./visible-text.ts";

test("leaves ordinary text of any script in one plain piece", () => {
  for (const text of [
    "GET /cart/{id}",
    "größe",
    "注文サービス",
    "خدمة الدفع",
    "שירות",
    "naïvé",
    "🧑🏽‍💻 👩‍👧",
  ]) {
    expect(pieces(text)).toEqual([{ kind: "plain", text }]);
  }
  expect(pieces("")).toEqual([]);
});

test("marks bidi controls, so that nothing is read in another order than it is written", () => {
  expect(visible("user\u202egpj.exe")).toBe("user⟨U+202E⟩gpj.exe");
  expect(pieces("\u2066")).toEqual([
    { kind: "mark", text: "U+2066", name: "U+2066 left-to-right isolate" },
  ]);
});

test("marks control characters with their names", () => {
  expect(visible("a\u0000b\u001b[31m\r\n\t")).toBe("a⟨NUL⟩b⟨ESC⟩[31m⟨CR⟩⟨LF⟩⟨TAB⟩");
});

test("leaves line feeds and tabs to texts of many lines", () => {
  expect(pieces("at x\n\tat y\u0007", { lines: true })).toEqual([
    { kind: "plain", text: "at x\n\tat y" },
    { kind: "mark", text: "BEL", name: "U+0007 BEL" },
  ]);
});

test("marks what draws nothing, and a joiner where it joins nothing", () => {
  expect(visible("pay\u200bment")).toBe("pay⟨U+200B⟩ment");
  expect(visible("pay\u200dment")).toBe("pay⟨U+200D⟩ment");
  expect(visible("\ufeffx\u3164\u00ad")).toBe("⟨U+FEFF⟩x⟨U+3164⟩⟨U+00AD⟩");
  expect(visible("broken \ud83d")).toBe("broken ⟨U+D83D⟩");
});

test("cuts without leaving half of a character", () => {
  expect(cut("ab😀", 3)).toBe("ab");
  expect(cut("ab😀", 4)).toBe("ab😀");
});

test("tells in a tooltip how long a long text is", () => {
  const title = visibleTitle("x".repeat(10_000));
  expect(title).toHaveLength(1_000 + "… (10,000 characters)".length);
  expect(title.endsWith("… (10,000 characters)")).toBe(true);
});
