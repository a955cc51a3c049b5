import { expect, test } from "vitest";
import { changeOf } from "./change.ts";

const MANY = { now: 1_000, before: 1_000 };
const FEW = { now: 1_000, before: 19 };

test("tells a change of a rate, which is neither good nor bad", () => {
  expect(changeOf("rate", { now: 13.4, before: 12 }, MANY)).toEqual({
    text: "+12%",
    tone: "none",
    direction: "up",
    before: "12/s",
  });
  expect(changeOf("rate", { now: 60, before: 2 }, MANY)?.text).toBe("×30");
  expect(changeOf("rate", { now: 1, before: 2 }, MANY)?.text).toBe("−50%");
});

test("marks a duration that has become longer, and one that has become shorter", () => {
  expect(changeOf("duration", { now: 130, before: 100 }, MANY)).toMatchObject({
    text: "+30%",
    tone: "worse",
    before: "100 ms",
  });
  expect(changeOf("duration", { now: 70, before: 100 }, MANY)?.tone).toBe("better");
  expect(changeOf("duration", { now: 110, before: 100 }, MANY)?.tone).toBe("none");
});

test("tells a share's change in percentage points", () => {
  expect(changeOf("errorRate", { now: 0.034, before: 0.01 }, MANY)).toEqual({
    text: "+2.4 pp",
    tone: "worse",
    direction: "up",
    before: "1.00%",
  });
  expect(changeOf("errorRate", { now: 0.0012, before: 0.001 }, MANY)).toMatchObject({
    text: "+0.02 pp",
    tone: "none",
  });
  expect(changeOf("errorRate", { now: 0, before: 0 }, MANY)).toMatchObject({
    text: "0 pp",
    direction: "none",
  });
});

test("makes nothing of a change that few requests have made", () => {
  expect(changeOf("duration", { now: 500, before: 100 }, FEW)).toMatchObject({
    text: "×5.0",
    tone: "none",
  });
  expect(changeOf("errorRate", { now: 0.5, before: 0 }, FEW)?.tone).toBe("none");
});

test("has no change where there was nothing before", () => {
  expect(changeOf("rate", { now: 5, before: 0 }, MANY)).toBeUndefined();
  expect(changeOf("duration", { now: 5, before: 0 }, MANY)).toBeUndefined();
});
