import { describe, expect, it } from "vitest";
import { PermanentError, SightglassError } from "#core/errors.ts";
import { engineCode, readError, writeError } from "./engine-error.ts";

/** An error as the client gives it. */
function engineError(code: number, message = "said the engine"): Error {
  return Object.assign(new Error(message), { code: String(code), type: "SOME_TYPE" });
}

const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

it("tells the engine's errors from those of the way to it", () => {
  expect(engineCode(engineError(62))).toBe(62);
  expect(engineCode(refused)).toBeUndefined();
  expect(engineCode("Code: 62")).toBeUndefined();
});

describe("an error of a query", () => {
  it.each([
    [159, "query_timeout"],
    [396, "result_too_large"],
    [241, "result_too_large"],
    [202, "overloaded"],
    [516, "store_unavailable"],
    [62, "internal"],
  ])("of code %i becomes %s", (code, expected) => {
    expect(readError(engineError(code))).toMatchObject({ code: expected });
  });

  it("on the way may be tried again", () => {
    expect(readError(refused)).toMatchObject({ code: "store_unavailable", retryAfterSeconds: 1 });
  });

  it("stays what it is when it is ours already", () => {
    const own = new SightglassError("stopping", "no more");
    expect(readError(own)).toBe(own);
  });
});

describe("an error of an insert", () => {
  it.each([33, 32, 117, 636, 53, 16, 62, 190])("of code %i is for good", (code) => {
    const error = writeError(engineError(code), "insert into spans");
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toBe(`insert into spans: said the engine (engine error ${code})`);
  });

  it.each([241, 243, 74, 209, 210, 236, 242, 999, 202, 60, 49, 76])(
    "of code %i, as of any that is not known, may be tried again",
    (code) => {
      const error = writeError(engineError(code), "insert into spans");
      expect(error).toMatchObject({ code: "store_unavailable", retryAfterSeconds: 1 });
    },
  );

  it("of too many partitions is for good, of too many parts is not", () => {
    const partitions = engineError(
      252,
      "Too many partitions for single INSERT block (more than 100)",
    );
    expect(writeError(partitions, "i")).toBeInstanceOf(PermanentError);
    const parts = engineError(252, "Too many parts (3000 with average size of 1 MiB)");
    expect(writeError(parts, "i")).toBeInstanceOf(SightglassError);
  });

  it("on the way, or ours already, may be tried again or stays", () => {
    expect(writeError(refused, "i")).toMatchObject({ code: "store_unavailable" });
    const own = new PermanentError("torn");
    expect(writeError(own, "i")).toBe(own);
  });
});
