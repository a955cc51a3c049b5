import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseViews, SAVED_VIEWS_MAX, withName, withView, type SavedView } from "./saved-views.ts";

const slow: SavedView = { name: "Slow carts", address: "/traces?q=service%3Acart" };
const errors: SavedView = { name: "Errors", address: "/?status=error" };

describe("the views that a browser has kept", () => {
  test("are read as they were written", () => {
    expect(parseViews(JSON.stringify([slow, errors]))).toEqual([slow, errors]);
    expect(parseViews(undefined)).toEqual([]);
  });

  test.each([
    ["no JSON", "{"],
    ["no list", '{"name":"a","address":"/"}'],
    ["another host", '[{"name":"a","address":"//evil.example/"}]'],
    ["another host, for a browser", '[{"name":"a","address":"/\\\\evil.example/"}]'],
    ["a script", '[{"name":"a","address":"javascript:alert(1)"}]'],
    ["no name", '[{"name":" ","address":"/"}]'],
    ["other types", '[null, 1, "a", {"name":1,"address":2}]'],
  ])("are none where there is %s", (_, text) => {
    expect(parseViews(text)).toEqual([]);
  });

  test("are bounded in number and in length, whatever was written", () => {
    const many = Array.from({ length: 500 }, (_, n) => ({
      name: `${n}`.repeat(200),
      address: "/",
    }));
    const views = parseViews(JSON.stringify(many));
    expect(views).toHaveLength(SAVED_VIEWS_MAX);
    expect(Math.max(...views.map(({ name }) => name.length))).toBe(80);
    expect(parseViews(JSON.stringify([{ name: "a", address: `/${"x".repeat(9_000)}` }]))).toEqual(
      [],
    );
  });

  test("are read from any text without a fault", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => Array.isArray(parseViews(text))),
    );
  });
});

describe("a view", () => {
  test("is kept under its name, and takes the place of one that had it", () => {
    expect(withView([slow], " Errors ", "/?status=error").views).toEqual([slow, errors]);
    expect(withView([slow, errors], "Errors", "/logs").views).toEqual([
      slow,
      { name: "Errors", address: "/logs" },
    ]);
  });

  test("is not kept without a name, nor beyond the bound", () => {
    expect(withView([], "  ", "/")).toEqual({ views: [], kept: "unnamed" });
    const full = Array.from({ length: SAVED_VIEWS_MAX }, (_, n) => ({
      name: `${n}`,
      address: "/",
    }));
    expect(withView(full, "one more", "/").kept).toBe("full");
    expect(withView(full, "0", "/logs").kept).toBe("kept");
  });

  test("is renamed, but not to the name of another", () => {
    expect(withName([slow, errors], "Errors", "Failures").views[1]?.name).toBe("Failures");
    expect(withName([slow, errors], "Errors", "Slow carts").kept).toBe("name taken");
    expect(withName([slow], "Slow carts", "Slow carts").kept).toBe("kept");
  });
});
