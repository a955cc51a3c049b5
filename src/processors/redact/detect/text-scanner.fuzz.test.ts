import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { piece } from "../testing/pieces.ts";
import { detectors } from "./detectors.ts";
import { Scan } from "./scan.ts";
import { scanText } from "./text-scanner.ts";

const all = detectors();

test("matches of any bytes lie in the text, in order, apart, and none is empty", () => {
  const scan = new Scan();
  const bytes = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.from(pieces.join(""))),
    fc.uint8Array({ maxLength: 300 }).map((values) => Buffer.from(values)),
  );
  fc.assert(
    fc.property(bytes, fc.nat(20), fc.nat(20), (text, before, after) => {
      const from = Math.min(before, text.length);
      const to = Math.max(from, text.length - after);
      scan.begin(text, from, to, 0);
      scanText(scan, all);
      const { matches } = scan;
      let last = from;
      for (let i = 0; i < matches.length; i++) {
        expect(matches.starts[i]).toBeGreaterThanOrEqual(last);
        expect(matches.ends[i]).toBeGreaterThan(matches.starts[i]!);
        last = matches.ends[i]!;
      }
      expect(last).toBeLessThanOrEqual(to);
    }),
  );
});

test("what stands around the text makes no difference", () => {
  const scan = new Scan();
  const find = (text: Buffer, from: number, to: number): number[] => {
    scan.begin(text, from, to, 0);
    scanText(scan, all);
    const { starts, ends, kinds, length } = scan.matches;
    return Array.from({ length }, (_, i) => [starts[i]! - from, ends[i]! - from, kinds[i]!]).flat();
  };
  const text = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, piece, piece, (middle, before, after) => {
      const alone = Buffer.from(middle);
      const inside = Buffer.from(before + middle + after);
      const from = Buffer.byteLength(before);
      expect(find(inside, from, from + alone.length)).toEqual(find(alone, 0, alone.length));
    }),
  );
});

/** Beginnings over and over, so that a detector that looks far at each would take quadratic time. */
const HOSTILE = [
  "a",
  "1",
  "@",
  "a@",
  "a@a.",
  "1.",
  "1-",
  "1 ",
  "+1 ",
  "0 11 ",
  "4111 ",
  ":",
  "::",
  "a:",
  "1:",
  "://",
  "://a:",
  "=",
  "password=",
  'password="',
  "token: ",
  "Authorization: Bearer ",
  "Bearer ",
  "eyJ",
  "eyJ.",
  " eyJhbGciOiJI.",
  "sk-",
  " sk-a",
  "-----BEGIN PRIVATE KEY",
  "-----BEGIN PRIVATE KEY-----",
  "-",
  "_",
  `${"a".repeat(40)}-`,
  "GB82 ",
  "GB82",
  "phone ",
  "phone 1",
  "1234567 ",
  "{",
  "[",
  '"',
  "\\",
  "é@",
  "AKIAIOSFODNN7EXAMPLE ",
  "~",
  "1Q~",
];

test.each(HOSTILE)("takes time in proportion to the length of %j repeated", (part) => {
  const scan = new Scan();
  const micros = (bytes: number): number => {
    const text = Buffer.from(part.repeat(Math.ceil(bytes / Buffer.byteLength(part))));
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round++) {
      const before = process.cpuUsage();
      scan.begin(text, 0, text.length, 0);
      scanText(scan, all);
      const { user, system } = process.cpuUsage(before);
      best = Math.min(best, user + system);
    }
    return best;
  };
  micros(20_000);
  // Quadratic growth would be 64 times over these two; 4 µs a byte would be far too slow too.
  const [small, large] = [micros(40_000), micros(320_000)];
  expect(large).toBeLessThan(Math.max(24 * small, 60_000));
});
