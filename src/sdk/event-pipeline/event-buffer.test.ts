import { describe, expect, it } from "vitest";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { BUFFERED_EVENTS_MAX, EventBuffer, type Sent } from "./event-buffer.ts";

const DONE: Sent<string> = { again: [], error: undefined };

function bufferOf(send: (events: readonly string[]) => Promise<Sent<string>>) {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  return { clock, errors, buffer: new EventBuffer<string>(clock, { send, onError }) };
}

describe("events that wait in memory", () => {
  it("are sent when there are enough, in their order", async () => {
    const sent: string[][] = [];
    const { buffer } = bufferOf(async (events) => {
      sent.push([...events]);
      return DONE;
    });
    for (const event of ["a", "b", "c"]) await buffer.add(event, 2);
    expect(sent).toEqual([["a", "b"]]);
    await buffer.flush();
    await buffer.flush();
    expect(sent).toEqual([["a", "b"], ["c"]]);
  });

  it("wait on, before what came meanwhile, when they could not be sent", async () => {
    const sent: string[][] = [];
    const answers: (Sent<string> | "throws")[] = [
      { again: ["b"], error: new Error("not b") },
      "throws",
      DONE,
    ];
    const { buffer } = bufferOf(async (events) => {
      sent.push([...events]);
      const answer = answers.shift()!;
      if (answer === "throws") throw new Error("down");
      return answer;
    });
    await buffer.add("a", 9);
    await buffer.add("b", 9);
    await expect(buffer.flush()).rejects.toThrow("not b");
    await buffer.add("c", 9);
    await expect(buffer.flush()).rejects.toThrow("down");
    await buffer.add("d", 9);
    await buffer.flush();
    expect(sent).toEqual([
      ["a", "b"],
      ["b", "c"],
      ["b", "c", "d"],
    ]);
  });

  it("are flushed every so often, and what fails is told and tried again", async () => {
    let isDown = true;
    const sent: string[] = [];
    const { buffer, clock, errors } = bufferOf(async (events) => {
      if (isDown) throw new Error("down");
      sent.push(...events);
      return DONE;
    });
    buffer.flushEvery(1_000);
    await buffer.add("a", 9);
    await clock.advance(1_000);
    expect(errors).toEqual([new Error("down")]);
    isDown = false;
    await clock.advance(1_000);
    expect(sent).toEqual(["a"]);
    buffer.stop();
    await buffer.add("b", 9);
    await clock.advance(10_000);
    expect(sent).toEqual(["a"]);
  });

  it("have a bound: more are refused", async () => {
    const { buffer } = bufferOf(async () => DONE);
    for (let count = 0; count < BUFFERED_EVENTS_MAX; count++)
      await buffer.add("x", Number.POSITIVE_INFINITY);
    await expect(buffer.add("x", Number.POSITIVE_INFINITY)).rejects.toThrow(/10000 wait already/);
  });
});
