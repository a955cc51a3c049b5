import fc from "fast-check";
import { expect, it } from "vitest";
import { ServerSentEvents } from "./server-sent-events.ts";

const line = fc.string({ maxLength: 20 }).map((text) => text.replaceAll(/[\r\n\0]/g, "."));
const event = fc.record({
  event: line,
  data: fc.array(line, { minLength: 1, maxLength: 3 }),
  id: line,
});
const lineEnd = fc.constantFrom("\n", "\r\n", "\r");

it("reads the events that were written, wherever the text is cut and however lines end", () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 5 }),
      lineEnd,
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      (events, end, steps) => {
        const text = events
          .map(({ event: name, data, id }) =>
            [
              `: comment`,
              `id: ${id}`,
              `event: ${name}`,
              ...data.map((one) => `data: ${one}`),
              "",
              "",
            ].join(end),
          )
          .join("");
        const reader = new ServerSentEvents();
        const read = [];
        // The last line's end may be half of one until more comes.
        const whole = `${text}: end\n`;
        for (let at = 0, i = 0; at < whole.length; i++) {
          const step = steps[i % steps.length]!;
          read.push(...reader.read(whole.slice(at, at + step)));
          at += step;
        }
        expect(read).toEqual(
          events.map(({ event: name, data, id }) => ({
            event: name === "" ? "message" : name,
            data: data.join("\n"),
            id,
          })),
        );
      },
    ),
  );
});

it("goes on with the id of the stream before, and gives up at an event without an end", () => {
  const reader = new ServerSentEvents("7");
  expect(reader.read("data: one\n\n")).toEqual([{ event: "message", data: "one", id: "7" }]);
  expect(() => {
    for (let i = 0; i < 5; i++) reader.read("x".repeat(1024 * 1024));
  }).toThrow(RangeError);
});
