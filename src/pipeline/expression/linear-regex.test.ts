import { describe, expect, it } from "vitest";
import { LinearRegex } from "./linear-regex.ts";

const BYTES = 262_144;

describe("what a linear regular expression replaces", () => {
  it("is each match, with its groups by number and by name", () => {
    const regex = new LinearRegex(String.raw`(?P<key>\w+)=(\d+)|(x)`);
    expect(regex.replace("a=1, b=22 x", "$2:${key}$3$7${no}$$", 100)).toBe("1:a$, 22:b$ :x$");
    expect(new LinearRegex("x*").replace("axb", "-", 100)).toBe("-a--b-");
    expect(new LinearRegex("é|漢").replace("aé漢🙂é", "$0!", 100)).toBe("aé!漢!🙂é!");
  });

  it("is all of a large text where its matches are found in passing", () => {
    const regex = new LinearRegex("<[^>]*>|<");
    const text = "a<b>".repeat(BYTES / 4);
    expect(regex.replace(text, "-", BYTES)).toBe("a-".repeat(BYTES / 4));
    expect(new LinearRegex("[a-z]").replace("x".repeat(BYTES), "y", BYTES)).toBe("y".repeat(BYTES));
  });

  it("ends where each match would look through the whole text, and leaves out the rest", () => {
    const regex = new LinearRegex("<[^>]*>|<");
    const made = regex.replace("<".repeat(BYTES), "-", BYTES);
    expect(made).toMatch(/^-+$/);
    expect(made.length).toBeLessThan(100);
    expect(regex.replace("<".repeat(BYTES), "-", BYTES)).toBe(made);
  });

  it("is cut at the bound", () => {
    expect(new LinearRegex("a").replace("aaaa", "bb", 5)).toBe("bbbbb");
  });
});
