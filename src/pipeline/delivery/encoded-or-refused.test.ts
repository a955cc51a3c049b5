import { describe, expect, it } from "vitest";
import { PermanentError, SightglassError } from "#core/errors.ts";
import { encodedOrRefused } from "./encoded-or-refused.ts";

describe("what is encoded", () => {
  it("is what the encoder makes", () => {
    expect(encodedOrRefused(() => "body")).toBe("body");
  });

  it("is refused where it is too large, so that fewer rows are tried", () => {
    const tooLarge = new SightglassError("payload_too_large", "more than 9 bytes");
    const encode = (): never => {
      throw tooLarge;
    };
    expect(() => encodedOrRefused(encode)).toThrow(PermanentError);
    expect(() => encodedOrRefused(encode)).toThrow("more than 9 bytes");
  });

  it("fails as it did where that is for another reason", () => {
    const other = new SightglassError("bad_payload", "no number");
    expect(() =>
      encodedOrRefused(() => {
        throw other;
      }),
    ).toThrow(other);
  });
});
