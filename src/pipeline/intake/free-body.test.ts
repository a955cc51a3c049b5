import { describe, expect, it } from "vitest";
import { freeBody } from "./free-body.ts";

describe("freeBody", () => {
  it("empties a large buffer", () => {
    const body = Buffer.alloc(200_000);
    freeBody(body.subarray(5));
    expect(body).toHaveLength(0);
  });

  it("leaves small buffers alone, whose memory others use", () => {
    const [one, other] = [Buffer.from("one"), Buffer.from("other")];
    freeBody(one);
    expect([one.toString(), other.toString()]).toEqual(["one", "other"]);
    const read = Buffer.alloc(65_536, "a");
    freeBody(read);
    expect(read).toHaveLength(65_536);
  });

  it("may be called twice", () => {
    const body = Buffer.alloc(200_000);
    freeBody(body);
    expect(() => {
      freeBody(body);
    }).not.toThrow();
  });
});
