import fc from "fast-check";
import { expect, it } from "vitest";
import { formatTime, TIME_NS_MAX } from "../time.ts";
import { severityOfWord } from "./severity.ts";
import { timeOfValue } from "./time-value.ts";

const milliseconds = fc.integer({ min: 1, max: Number(TIME_NS_MAX / 1_000_000n) });
const nanoseconds = fc.bigInt({ min: 1n, max: TIME_NS_MAX });

/** The same moment on a clock that is some minutes ahead of UTC. */
function onClock(ns: bigint, minutes: number, colon: string, between: string): string {
  const local = formatTime(ns + BigInt(minutes) * 60_000_000_000n).replace("T", between);
  const ahead = Math.abs(minutes);
  const [hours, rest] = [Math.floor(ahead / 60), ahead % 60].map((n) => `${n}`.padStart(2, "0"));
  return `${local.slice(0, -1)}${minutes < 0 ? "-" : "+"}${hours}${colon}${rest}`;
}

it("reads a time back from every form that it is written in", () => {
  const offset = fc.integer({ min: -14 * 60, max: 14 * 60 });
  const forms = fc.tuple(offset, fc.constantFrom("", ":"), fc.constantFrom("T", " ", "t"));
  fc.assert(
    fc.property(nanoseconds, milliseconds, forms, (ns, ms, [minutes, colon, between]) => {
      const day = 86_400_000_000_000n;
      const inside = ns < day ? ns + day : ns;
      expect(timeOfValue(formatTime(ns))).toBe(ns);
      expect(timeOfValue(onClock(inside, minutes, colon, between))).toBe(inside);
      expect(timeOfValue(new Date(ms).toISOString())).toBe(BigInt(ms) * 1_000_000n);
    }),
  );
});

it("reads Unix times of any unit by their size, as numbers and as text", () => {
  const seconds = fc.integer({ min: 1_000_000_000, max: 4_294_967_294 });
  fc.assert(
    fc.property(seconds, fc.nat(999_999_999), (whole, below) => {
      const ns = BigInt(whole) * 1_000_000_000n + BigInt(below);
      for (const unit of [1n, 1_000n, 1_000_000n, 1_000_000_000n]) {
        const value = ns / unit;
        expect(timeOfValue(value)).toBe(value * unit);
        expect(timeOfValue(String(value))).toBe(value * unit);
      }
      expect(timeOfValue(Number(ns / 1_000n))).toBe((ns / 1_000n) * 1_000n);
      const fraction = timeOfValue(whole + Math.floor(below / 1e6) / 1e3);
      expect(fraction).toBe((ns / 1_000_000n) * 1_000_000n);
    }),
  );
});

it("has a time within bounds, or none, for anything at all", () => {
  const near = fc.string({ unit: fc.constantFrom(...Array.from("0123456789-:.,+TtZz U")) });
  fc.assert(
    fc.property(fc.oneof(near, fc.anything(), fc.double(), fc.bigInt()), (value) => {
      const ns = timeOfValue(value);
      expect(ns === undefined || (ns > 0n && ns <= TIME_NS_MAX)).toBe(true);
    }),
  );
});

it("has a severity of 0 to 24 for any word", () => {
  const word = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "[WARN]:"));
  fc.assert(
    fc.property(word, (text) => {
      const severity = severityOfWord(text);
      expect(Number.isInteger(severity) && severity >= 0 && severity <= 24).toBe(true);
    }),
  );
});
