import { describe, expect, it } from "vitest";
import { PermanentError } from "#core/errors.ts";
import { EndpointRefusedError, PartialDeliveryError, RetryAfterError } from "./delivery.ts";
import { sendParts, type Refusal } from "./send-parts.ts";

const part = (...places: number[]): { places: number[] } => ({ places });
const thrownBy = (sending: Promise<void>): Promise<unknown> =>
  sending.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Sends; `errors` has what the parts fail with, by their first place. */
async function outcome(
  rows: number,
  parts: readonly { places: number[] }[],
  errors: Readonly<Record<number, Error>>,
  refused?: readonly Refusal[],
): Promise<{ sent: number[]; error: unknown }> {
  const sent: number[] = [];
  const sending = sendParts(
    rows,
    parts,
    async ({ places }) => {
      const error = errors[places[0]!];
      sent.push(places[0]!);
      if (error !== undefined) throw error;
      return [];
    },
    refused,
  );
  return { sent, error: await thrownBy(sending) };
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

  it("fail as they are when nothing was settled", async () => {
    const wait = new RetryAfterError("later", 5);
    expect(await outcome(2, [part(0), part(1)], { 0: wait })).toEqual({ sent: [0], error: wait });
    const bad = new PermanentError("bad");
    expect(await outcome(2, [part(0, 1)], { 0: bad })).toEqual({ sent: [0], error: bad });
  });

  it("that are refused do not hold up the others", async () => {
    const bad = new PermanentError("bad");
    const { sent, error } = await outcome(4, [part(0, 1), part(2), part(3)], { 0: bad });
    expect(sent).toEqual([0, 2, 3]);
    expect(error).toMatchObject({ name: "PartialDeliveryError", again: [0, 1], cause: bad });
  });

  it("of an address that refuses are dead, and all others are taken", async () => {
    const closed = new EndpointRefusedError("HTTP 403");
    const parts = [part(0), part(1)];
    expect((await outcome(2, parts, { 0: closed })).error).toMatchObject({
      again: [],
      refused: [{ index: 0, reason: "HTTP 403" }],
    });
    expect((await outcome(2, parts, { 0: closed, 1: closed })).error).toBe(closed);
  });

  it("leave those dead that were in none", async () => {
    const refused = [{ index: 1, reason: "too large" }];
    expect((await outcome(2, [part(0)], {}, refused)).error).toMatchObject({ again: [], refused });
    const { error } = await outcome(2, [part(0)], { 0: new Error("down") }, refused);
    expect(error).toMatchObject({ again: [0], refused });
  });
});
