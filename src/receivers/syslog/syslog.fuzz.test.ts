import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, it } from "vitest";
import { localTimeIn } from "#core/local-time.ts";
import { formatTime } from "#core/time.ts";
import { SyslogFraming } from "./framing.ts";
import { parseSyslog } from "./parse-syslog.ts";

const CONTEXT = { nowMs: Date.UTC(2026, 10, 21), fromLocal: localTimeIn("UTC") };
const MESSAGE_BYTES_MAX = 200;

const field = fc.stringMatching(/^[!-,.-~]{1,30}$/);
const text = fc
  .string({ unit: "grapheme", maxLength: 40 })
  .map((all) => all.replaceAll(/[\0\r\n\uFEFF]|[\uD800-\uDFFF]/g, "."));
const name = fc.stringMatching(/^[a-z_@0-9]{1,12}$/);
const structuredData = fc.dictionary(name, fc.dictionary(name, text, { maxKeys: 3 }), {
  maxKeys: 3,
});

function written(data: Record<string, Record<string, string>>): string {
  const elements = Object.entries(data).map(([id, parameters]) => {
    const pairs = Object.entries(parameters).map(
      ([key, value]) => ` ${key}="${value.replaceAll(/["\\\]]/g, String.raw`\$&`)}"`,
    );
    return `[${id}${pairs.join("")}]`;
  });
  return elements.length === 0 ? "-" : elements.join("");
}

it("reads every RFC 5424 message as it was written", () => {
  const message = fc.record({
    priority: fc.nat(191),
    timeNs: fc.bigInt(0n, 4_000_000_000_000_000_000n),
    host: field,
    app: field,
    procId: field,
    msgId: field,
    data: structuredData,
    text,
  });
  fc.assert(
    fc.property(message, ({ priority, timeNs, host, app, procId, msgId, data, text: body }) => {
      const head = `<${priority}>1 ${formatTime(timeNs)} ${host} ${app} ${procId} ${msgId}`;
      const parsed = parseSyslog(Buffer.from(`${head} ${written(data)} ${body}`), CONTEXT);
      expect(JSON.parse(JSON.stringify(parsed.structuredData ?? {}))).toEqual(data);
      expect(parsed).toMatchObject({
        facility: priority >> 3,
        severity: priority & 7,
        timeNs,
        host,
        app,
        procId,
        msgId,
        text: body,
      });
    }),
  );
});

it("makes a message of any bytes, and keeps all of their text somewhere", () => {
  const parts = fc.constantFrom(
    "<13>",
    "<191>1 ",
    "Nov 21 10:00:00 ",
    "2026-11-21T10:00:00Z ",
    "- ",
    "host ",
    "%A-1-B: ",
    "app[1]: ",
    '[a b="c"]',
    "29: ",
    '"',
    "\\",
    "]",
    "\u0000",
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from(all)),
    fc
      .array(fc.oneof(parts, fc.string()), { maxLength: 12 })
      .map((all) => Buffer.from(all.join(""))),
  );
  fc.assert(
    fc.property(bytes, (given) => {
      const message = parseSyslog(given, CONTEXT);
      expect(message.facility).toBeLessThan(24);
      expect(message.severity).toBeLessThan(8);
      const whole = given.toString("utf8").replace(/[\r\n\0]+$/, "");
      expect(whole.endsWith(message.text)).toBe(true);
    }),
  );
});

type Framed = { message: string; framing: "counted" | "lf" | "nul"; extra: string };

it("cuts any mix of framings as they were put together, however the bytes arrive", () => {
  const body = fc
    .string({ unit: "binary-ascii", maxLength: 2 * MESSAGE_BYTES_MAX })
    .map((all) => `<13>${all.replaceAll(/[\0\r\n]/g, ".")}`);
  const framed = fc.record({
    message: body,
    framing: fc.constantFrom("counted", "lf", "nul"),
    extra: fc.constantFrom("", "\n", "\r\n"),
  });
  fc.assert(
    fc.property(
      fc.array(framed as fc.Arbitrary<Framed>, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 }),
      (messages, cuts) => {
        const seen: { text: string; isCut: boolean }[] = [];
        const framing = new SyslogFraming(MESSAGE_BYTES_MAX, (message, isCut) => {
          seen.push({ text: message.toString("latin1"), isCut });
        });
        let rest = Buffer.from(messages.map(bytesOf).join(""), "latin1");
        for (let i = 0; rest.length > 0; i++) {
          const size = cuts[i % cuts.length]!;
          framing.push(rest.subarray(0, size));
          rest = rest.subarray(size);
        }
        framing.end();
        expect(seen).toEqual(
          messages.map(({ message }) => ({
            text: message.slice(0, MESSAGE_BYTES_MAX),
            isCut: message.length > MESSAGE_BYTES_MAX,
          })),
        );
      },
    ),
  );
});

function bytesOf({ message, framing, extra }: Framed): string {
  if (framing === "counted") return `${message.length} ${message}${extra}`;
  return `${message}${framing === "lf" ? "\n" : "\0"}${extra}`;
}
