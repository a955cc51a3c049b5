import fc from "fast-check";
import { expect, it } from "vitest";
import { cutString, cutText, ownText } from "./utf8.ts";
import { anyText } from "./testing/attribute-inputs.ts";

it("cuts text at the last character that fits", () => {
  fc.assert(
    fc.property(anyText, fc.nat(40), (text, bytesMax) => {
      const mended = text.toWellFormed();
      let expected = "";
      for (const character of mended) {
        if (Buffer.byteLength(expected + character) > bytesMax) break;
        expected += character;
      }
      const bytes = Buffer.from(`__${text}__`);
      const end = cutText(bytes, 2, bytes.length - 2, bytesMax);
      expect(bytes.toString("utf8", 2, end)).toBe(expected);
      expect(cutString(text, bytesMax).toWellFormed()).toBe(expected);
      expect(ownText(text, bytesMax)).toBe(expected);
    }),
  );
});

it("cuts what is not UTF-8 at the limit itself", () => {
  expect(cutText(Buffer.alloc(10, 0x80), 0, 10, 6)).toBe(6);
});
