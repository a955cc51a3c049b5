import { expect, test } from "vitest";
import { everyMsIn } from "./queries.ts";

test("a range that lies fixed is asked about until it has its answer, one that moves again and again", () => {
  const status = (name: string) => ({ state: { status: name } });
  const fixed = everyMsIn({ kind: "absolute", fromMs: 1, toMs: 2 }, 4_000);
  expect(["pending", "error", "success"].map((name) => fixed(status(name)))).toEqual([
    4_000,
    4_000,
    false,
  ]);
  const now = Date.now();
  const open = everyMsIn({ kind: "absolute", fromMs: now - 60_000, toMs: now + 60_000 }, 4_000);
  expect(open(status("success"))).toBe(4_000);
  const moving = everyMsIn({ kind: "relative", seconds: 60 }, 4_000);
  expect(moving(status("success"))).toBe(4_000);
});
