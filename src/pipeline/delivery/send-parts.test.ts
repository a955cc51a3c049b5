import { describe, expect, it } from "vitest";
import { PermanentError } from "#core/errors.ts";
import { EndpointRefusedError, PartialDeliveryError, RetryAfterError } from "./delivery.ts";
import { type Part, sendParts, type SendPartsOptions } from "./send-parts.ts";

const part = (...places: number[]): Part => ({ places });
const partTo = (target: string, ...places: number[]): Part => ({ places, target });
const orderedTo = (target: string, ...places: number[]): Part => ({
  places,
  target,
  isOrdered: true,
});

/** Sends; `errors` has what the parts fail with, by their first place. */
async function outcome(
  rows: number,
  parts: readonly Part[],
  errors: Readonly<Record<number, Error>>,
  options: SendPartsOptions = {},
): Promise<{ sent: number[]; error: unknown }> {
  const sent: number[] = [];
  const send = async ({ places }: Part): Promise<readonly []> => {
    const error = errors[places[0]!];
    sent.push(places[0]!);
    if (error !== undefined) throw error;
    return [];
  };
  const error = await sendParts(rows, parts, send, options).then(
    () => undefined,
    (thrown: unknown) => thrown ?? "nothing",
  );
  return { sent, error };
}

describe("parts of a delivery", () => {
  it("are sent in order, and nothing is said when all were taken", async () => {
    expect(await outcome(3, [part(2), part(0, 1)], {})).toEqual({ sent: [2, 0], error: undefined });
    expect(await outcome(0, [], {})).toEqual({ sent: [], error: undefined });
  });

  it("after a failure that passes are tried again, and those before them are not", async () => {
    const wait = new RetryAfterError("later", 5);
    const { sent, error } = await outcome(4, [part(0), part(1, 3), part(2)], { 1: wait });
    expect(sent).toEqual([0, 1]);
    expect(error).toBeInstanceOf(PartialDeliveryError);
    expect(error).toMatchObject({ again: [1, 3, 2], refused: [], cause: wait });
  });

  it("after a failure that passes are sent where it is nothing to them", async () => {
    const wait = new RetryAfterError("later", 5);
    const parts = [part(0), part(1, 3), part(2)];
    const { sent, error } = await outcome(4, parts, { 1: wait }, { goesOn: true });
    expect(sent).toEqual([0, 1, 2]);
    expect(error).toMatchObject({ again: [1, 3], refused: [], cause: wait });
  });

  it("fail as they are when nothing was settled", async () => {
    const wait = new RetryAfterError("later", 5);
    expect(await outcome(2, [part(0), part(1)], { 0: wait })).toEqual({ sent: [0], error: wait });
    const bad = new PermanentError("bad");
    expect(await outcome(2, [part(0, 1)], { 0: bad })).toEqual({ sent: [0], error: bad });
    expect(await outcome(1, [part(0)], { 0: bad })).toEqual({ sent: [0], error: bad });
  });

  it("that are refused do not hold up the others, and are to be cut", async () => {
    const bad = new PermanentError("bad");
    const { sent, error } = await outcome(4, [part(0, 1), part(2), part(3)], { 0: bad });
    expect(sent).toEqual([0, 2, 3]);
    expect(error).toMatchObject({ name: "PartialDeliveryError", again: [0, 1], cause: bad });
  });

  it("of one row that is refused are dead at once, each with its own reason", async () => {
    const errors = { 0: new PermanentError("odd"), 2: new PermanentError("old") };
    const { sent, error } = await outcome(3, [part(0), part(1), part(2)], errors);
    expect(sent).toEqual([0, 1, 2]);
    expect(error).toMatchObject({
      again: [],
      refused: [
        { index: 0, reason: "odd" },
        { index: 2, reason: "old" },
      ],
    });
  });

  it("after a refusal and a failure that passes are told by what passes: it may be waited for", async () => {
    const down = new Error("down");
    const errors = { 0: new PermanentError("bad"), 2: down };
    const { error } = await outcome(4, [part(0, 1), part(2), part(3)], errors);
    expect(error).toBe(down);
  });

  it("that rest on one that was refused wait for it, and those of other targets do not", async () => {
    const bad = new PermanentError("bad");
    const parts = [orderedTo("a", 0), orderedTo("a", 1), partTo("b", 2), orderedTo("a", 3, 4)];
    const { sent, error } = await outcome(5, parts, { 0: bad });
    expect(sent).toEqual([0, 2]);
    expect(error).toMatchObject({ again: [0, 1, 3, 4], refused: [], cause: bad });
  });

  it("of a target that refuses are dead, and all others are taken", async () => {
    const closed = new EndpointRefusedError("HTTP 404");
    const parts = [partTo("a", 0), partTo("b", 1), partTo("a", 2)];
    const { sent, error } = await outcome(3, parts, { 0: closed });
    expect(sent).toEqual([0, 1]);
    expect(error).toMatchObject({
      again: [],
      refused: [
        { index: 0, reason: "HTTP 404" },
        { index: 2, reason: "HTTP 404" },
      ],
    });
    expect(await outcome(2, [part(0), part(1)], { 0: closed })).toEqual({
      sent: [0],
      error: closed,
    });
  });

  it("leave those dead that were in none", async () => {
    const refused = [{ index: 1, reason: "too large" }];
    expect((await outcome(2, [part(0)], {}, { refused })).error).toMatchObject({
      again: [],
      refused,
    });
    const { error } = await outcome(2, [part(0)], { 0: new Error("down") }, { refused });
    expect(error).toMatchObject({ again: [0], refused });
    const closed = new EndpointRefusedError("HTTP 404");
    expect((await outcome(2, [part(0)], { 0: closed }, { refused })).error).toMatchObject({
      name: "PartialDeliveryError",
      refused: [...refused, { index: 0, reason: "HTTP 404" }],
    });
  });
});
