import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "#core/clock.ts";
import {
  EndpointRefusedError,
  type PartialDeliveryError,
  RetryAfterError,
} from "#pipeline/delivery/delivery.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import {
  failureOf as errorOf,
  sentDelivery as deliveryOf,
  sentLog,
} from "#pipeline/delivery/testing/sent-rows.ts";
import { splunkHec, SplunkHecDestination } from "./destination.ts";
import { HecServer, TOKEN } from "./testing/hec-server.ts";

const NEVER = new AbortController().signal;

let server: HecServer;
const destinations: SplunkHecDestination[] = [];

beforeEach(async () => {
  server = await HecServer.start();
});
afterEach(async () => {
  for (const destination of destinations.splice(0)) await destination.stop();
  await server.stop();
});

function destinationOf(given: object = {}, clock: Clock = systemClock): SplunkHecDestination {
  const access = { url: server.url, token: TOKEN, allowPrivate: true };
  const settings = splunkHec.settings.parse({ ...access, ...given });
  const destination = new SplunkHecDestination(settings, { clock });
  destinations.push(destination);
  return destination;
}

const logsOf = (...bodies: readonly string[]): Row[] => bodies.map((body) => sentLog({ body }));

const messages = (): unknown[] =>
  server.taken.map(({ event }) => (event as { message?: unknown }).message);

/** A clock whose pauses are over at once. The bounds of requests, which are longer, are never over. */
class HastyClock implements Clock {
  #ms = 0;
  nowMs(): number {
    return systemClock.nowMs();
  }
  monotonicMs(): number {
    return this.#ms;
  }
  setTimeout(run: () => void, delayMs: number): { cancel(): void } {
    if (delayMs >= 10_000) return { cancel: () => undefined };
    const waiting = setImmediate(() => {
      this.#ms += delayMs;
      run();
    });
    return { cancel: () => clearImmediate(waiting) };
  }
}

describe("acknowledgements", () => {
  let asked = 0;
  /** What happens before a question is answered; the first is whether the token acknowledges at all. */
  let onAsked = (): void => {};
  const sentRequests = (): number =>
    server.seen.filter(({ path }) => path.endsWith("/event")).length;

  beforeEach(() => {
    server.useAck = true;
    asked = 0;
    onAsked = (): void => {};
    server.intercept = ({ url }): boolean => {
      if (!url!.endsWith("/ack")) return false;
      asked += 1;
      onAsked();
      return false;
    };
  });

  it("are waited for, by a channel of the destination's own", async () => {
    const clock = new HastyClock();
    const destination = destinationOf({ acknowledgements: true }, clock);
    server.isIndexing = false;
    onAsked = () => {
      if (asked >= 5) server.index();
    };
    await destination.send(deliveryOf(logsOf("a", "b")), NEVER);
    expect(asked).toBe(5);
    expect(clock.monotonicMs()).toBe(500 + 1_000 + 2_000 + 4_000);
    expect(messages()).toEqual(["a", "b"]);
    await destination.send(deliveryOf(logsOf("c"), "next"), NEVER);
    await destinationOf({ acknowledgements: true }, clock).send(deliveryOf(logsOf("d")), NEVER);
    expect([...server.channels.values()].map(({ issued }) => issued)).toEqual([2, 1]);
    expect(destination.statistics()).toMatchObject({ total_requests_acknowledged: 2 });
  });

  it("that take long are asked for by the next attempt, and nothing is sent twice", async () => {
    const destination = destinationOf({ acknowledgements: true }, new HastyClock());
    server.isIndexing = false;
    const first = destination.send(deliveryOf(logsOf("a")), NEVER);
    await expect(first).rejects.toBeInstanceOf(RetryAfterError);
    server.index();
    await destination.send(deliveryOf(logsOf("a")), NEVER);
    expect(messages()).toEqual(["a"]);
    expect(sentRequests()).toBe(1);
  });

  it("that never come make rows be sent again", async () => {
    const settings = { acknowledgements: true, ackTimeout: 40_000 };
    const destination = destinationOf(settings, new HastyClock());
    server.isIndexing = false;
    const attempt = (): Promise<unknown> =>
      errorOf(destination.send(deliveryOf(logsOf("a")), NEVER));
    expect(await attempt()).toBeInstanceOf(RetryAfterError);
    expect(String(await attempt())).toMatch(/not acknowledged within 40000 ms/);
    expect(messages()).toEqual(["a"]);
    server.isIndexing = true;
    expect(await attempt()).toBeUndefined();
    expect(messages()).toEqual(["a", "a"]);
  });

  it("are asked for again when their answer is lost", async () => {
    const destination = destinationOf({ acknowledgements: true }, new HastyClock());
    server.isIndexing = false;
    server.isAnswerLost = (path) => path.endsWith("/ack") && asked > 1 && asked < 4;
    onAsked = () => {
      if (asked === 4) server.index();
    };
    await destination.send(deliveryOf(logsOf("a")), NEVER);
    expect(asked).toBe(4);
    expect(messages()).toEqual(["a"]);
  });

  it("are needed for the events before one that is refused, too", async () => {
    server.refuse = ({ event }) =>
      (event as { message?: string }).message === "poison" ? 13 : undefined;
    const destination = destinationOf({ acknowledgements: true }, new HastyClock());
    const sending = destination.send(deliveryOf(logsOf("poison", "a", "poison", "b")), NEVER);
    const error = await errorOf(sending);
    expect((error as PartialDeliveryError).refused.map(({ index }) => index)).toEqual([0, 2]);
    expect(messages()).toEqual(["a", "b"]);
    expect([...server.channels.values()].map(({ issued }) => issued)).toEqual([2]);
  });

  it("that an answer says nothing of are the endpoint's fault, and not asked for for ever", async () => {
    server.intercept = (request, response) => {
      request.resume();
      response.end(request.url!.endsWith("/ack") ? '{"acks":{"0":false}}' : '{"code":0}');
      return true;
    };
    const sending = destinationOf({ acknowledgements: true }).send(deliveryOf(logsOf("a")), NEVER);
    await expect(sending).rejects.toBeInstanceOf(EndpointRefusedError);
    await expect(sending).rejects.toThrow("the answer has no ackId");
  });

  it("that a token does not give are found out before anything is sent", async () => {
    server.useAck = false;
    const error = await errorOf(
      destinationOf({ acknowledgements: true }).send(deliveryOf(logsOf("a")), NEVER),
    );
    expect(error).toBeInstanceOf(EndpointRefusedError);
    expect(String(error)).toMatch(
      /code 14: ACK is disabled; this token needs acknowledgements: false/,
    );
    expect(server.taken).toEqual([]);
  });

  it("that a token insists on are named in the error", async () => {
    const sending = destinationOf().send(deliveryOf(logsOf("a")), NEVER);
    await expect(sending).rejects.toThrow(/code 10: .*; this token needs acknowledgements: true/);
  });

  it("are not waited for when the attempt is cancelled", async () => {
    server.isIndexing = false;
    const cancel = new AbortController();
    const sending = destinationOf({ acknowledgements: true }).send(
      deliveryOf(logsOf("a")),
      cancel.signal,
    );
    const stopAfter = (): void => {
      if (server.taken.length === 0) setImmediate(stopAfter);
      else cancel.abort(new Error("enough"));
    };
    stopAfter();
    await expect(sending).rejects.toThrow("enough");
  });
});
