import { describe, expect, test } from "vitest";
import {
  hasMod,
  isCharacter,
  KeySequence,
  keyWords,
  parseKeys,
  SEQUENCE_MS,
  strokeOf,
  type Press,
} from "./key-strokes.ts";

const press = (key: string, rest: Partial<Press> = {}): Press => ({
  key,
  code: "",
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  isAltGraph: false,
  ...rest,
});

describe("the keys of a command", () => {
  test.each([
    ["j", ["j"]],
    ["g t", ["g", "t"]],
    ["E", ["Shift+e"]],
    ["Shift+E", ["Shift+e"]],
    ["Shift+Alt+Mod+k", ["Mod+Alt+Shift+k"]],
    ["?", ["?"]],
    ["+", ["+"]],
    ["Mod++", ["Mod++"]],
    ["Shift+ArrowDown", ["Shift+ArrowDown"]],
    ["Space", ["Space"]],
  ])("%s are the strokes %j", (keys, strokes) => {
    expect(parseKeys(keys)).toEqual(strokes);
  });

  test.each(["", "jj", "g  t", "Ctrl+k", "Mod+", "Up"])("%j are none", (keys) => {
    expect(() => parseKeys(keys)).toThrow(RangeError);
  });

  test("are shown as they are called on the keyboard", () => {
    expect(keyWords("Mod+k", false)).toEqual([["Ctrl", "K"]]);
    expect(keyWords("Mod+k", true)).toEqual([["⌘", "K"]]);
    expect(keyWords("g t", false)).toEqual([["G"], ["T"]]);
    expect(keyWords("Shift+E", true)).toEqual([["⇧", "E"]]);
    expect(keyWords("Shift+ArrowDown", false)).toEqual([["Shift", "↓"]]);
    expect(keyWords("Mod++", false)).toEqual([["Ctrl", "+"]]);
  });

  test("tell those that only type from those that type nothing", () => {
    expect(["j", "Shift+e", "?"].map(isCharacter)).toEqual([true, true, true]);
    expect(["Escape", "Mod+k", "ArrowDown"].map(isCharacter)).toEqual([false, false, false]);
    expect(hasMod("Mod+k")).toBe(true);
    expect(hasMod("m")).toBe(false);
  });
});

describe("a press", () => {
  test.each([
    ["a letter", press("j"), "j"],
    ["a capital", press("E", { shiftKey: true }), "Shift+e"],
    ["a letter under caps lock", press("E"), "e"],
    ["a sign that needs Shift here", press("?", { shiftKey: true }), "?"],
    ["a sign by AltGr", press("[", { ctrlKey: true, altKey: true, isAltGraph: true }), "["],
    ["the space bar", press(" "), "Space"],
    ["a key with a name", press("ArrowDown", { shiftKey: true }), "Shift+ArrowDown"],
    ["a Cyrillic letter, by its place", press("о", { code: "KeyJ" }), "j"],
    ["Ctrl and a letter", press("k", { ctrlKey: true }), "Mod+k"],
    ["Ctrl, Shift and a letter", press("K", { ctrlKey: true, shiftKey: true }), "Mod+Shift+k"],
  ])("of %s is its stroke", (_, pressed, stroke) => {
    expect(strokeOf(pressed, false)).toBe(stroke);
  });

  test("has the key of the system as its modifier", () => {
    expect(strokeOf(press("k", { metaKey: true }), true)).toBe("Mod+k");
    expect(strokeOf(press("k", { ctrlKey: true }), true)).toBeUndefined();
    expect(strokeOf(press("k", { metaKey: true }), false)).toBeUndefined();
    // Option and 5 on a German Mac.
    expect(strokeOf(press("[", { altKey: true }), true)).toBe("[");
  });

  test.each(["Shift", "Dead", "F5", "Unidentified"])("of %s alone is none", (key) => {
    expect(strokeOf(press(key), false)).toBeUndefined();
  });
});

describe("a sequence", () => {
  const sequences = ["t", "g t", "g s", "j"].map((keys) => ({ keys, strokes: parseKeys(keys) }));
  const pressed = (...presses: readonly (readonly [string, number])[]): (string | undefined)[] => {
    const sequence = new KeySequence();
    return presses.map(([stroke, atMs]) => sequence.press(stroke, atMs, sequences)?.keys);
  };

  test("is complete with its last key", () => {
    expect(pressed(["g", 0], ["t", 200])).toEqual([undefined, "g t"]);
  });

  test("waits a while for the next key, and no longer", () => {
    expect(pressed(["g", 0], ["t", SEQUENCE_MS])).toEqual([undefined, "g t"]);
    expect(pressed(["g", 0], ["t", SEQUENCE_MS + 1])).toEqual([undefined, "t"]);
  });

  test("that is left for another key begins anew with it", () => {
    expect(pressed(["g", 0], ["j", 10], ["t", 20])).toEqual([undefined, "j", "t"]);
    expect(pressed(["g", 0], ["g", 10], ["s", 20])).toEqual([undefined, undefined, "g s"]);
    expect(pressed(["g", 0], ["x", 10], ["t", 20])).toEqual([undefined, undefined, "t"]);
  });

  test("of the same keys is that of the newest command", () => {
    const sequence = new KeySequence();
    const [older, newer] = [{ strokes: ["j"] }, { strokes: ["j"] }];
    expect(sequence.press("j", 0, [older, newer])).toBe(newer);
  });

  test("says what was begun, until it is over", () => {
    const sequence = new KeySequence();
    sequence.press("g", 0, sequences);
    expect(sequence.begun).toEqual(["g"]);
    sequence.press("t", 1, sequences);
    expect(sequence.begun).toEqual([]);
  });
});
