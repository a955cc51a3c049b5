import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { systemClock } from "#core/clock.ts";
import { PermanentError, SightglassError } from "#core/errors.ts";
import { numberPointRow } from "#core/row-views.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import type { Destination, DestinationContext } from "../component.ts";
import type { Delivery, DeliveryBounds, Row } from "../delivery/delivery.ts";
import { logRowOf } from "../delivery/testing/delivery-fixture.ts";
import type { Registered } from "../graph/registry.ts";
import { points } from "../testing/batches.ts";
import { freePort } from "../testing/free-port.ts";
import { create, expectPlainNumbers, testBench } from "./component-life.ts";
import { definitionConforms } from "./definition-conforms.ts";
import { activeResources, expectNoFiles, expectNothingLeft } from "./nothing-left.ts";
import { expectNothingOpened } from "./nothing-left.ts";
import { exampleSettings, schemaOf, settingsOf } from "./settings-schema.ts";

export interface DestinationCase {
  /** The examples of what must be given when left out. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /**
   * Settings with which it sends to this port of 127.0.0.1. One that has `allowPrivate`, and `url` or
   * `endpoint`, needs none; without either it sends to no network.
   */
  readonly at?: (port: number) => Readonly<Record<string, unknown>>;
}

/** How long a send may go on after it was cancelled. */
const CANCEL_MS_MAX = 2_000;
/** How long it may take to find that nobody listens. */
const REFUSED_MS_MAX = 8_000;
const DAY_MS = 86_400_000;

/**
 * What holds for every destination.
 *
 * @example destinationConforms(register(webhook), { at: (port) => ({ url: `http://127.0.0.1:${port}`, allowPrivate: true }) });
 */
export function destinationConforms(
  component: Registered<DestinationContext, Destination>,
  given: DestinationCase = {},
): void {
  const { settings = exampleSettings(component.settings), at = localPort(component, settings) } =
    given;
  describe(`the destination ${component.type}`, () => {
    const bench = testBench(component.type);
    definitionConforms(component, settings);

    it("opens nothing when it is made, and twice is no harm", async () => {
      const before = activeResources();
      create(component, settings, bench.context());
      create(component, settings, bench.context());
      expectNothingOpened(before);
      await expectNoFiles(bench.folder);
    });

    it("has bounds within which portions can be made", () => {
      const { bounds } = create(component, settings, bench.context());
      expectBounds(bounds);
    });

    it("may be stopped before it is started, and again", async () => {
      const before = activeResources();
      const destination = create(component, settings, bench.context());
      await destination.stop?.();
      await destination.stop?.();
      expectPlainNumbers(destination.statistics?.());
      expect(() => JSON.stringify(destination.health?.())).not.toThrow();
      await expectNothingLeft(before);
    });

    it.runIf(at === undefined)("leaves nothing behind when it was started", async () => {
      const before = activeResources();
      const destination = create(component, settings, bench.context());
      await destination.start?.();
      await destination.stop?.();
      await destination.stop?.();
      await expectNothingLeft(before);
    });

    if (at === undefined) return;

    it("finds an endpoint that nobody serves worth another try", async () => {
      const before = activeResources();
      const destination = create(component, at(await freePort()), bench.context());
      const cancel = AbortSignal.timeout(REFUSED_MS_MAX);
      const error = await failureOf(startAndSend(destination, deliveryOf(component), cancel));
      expect(cancel.aborted, "it finds out by itself").toBe(false);
      expectRetryable(error);
      expectPlainNumbers(destination.statistics?.());
      await destination.stop?.();
      await destination.stop?.();
      await expectNothingLeft(before);
    });

    it.each(["401 Unauthorized", "403 Forbidden"])(
      "waits for someone to mend a credential that is refused with %s",
      async (status) => {
        const before = activeResources();
        const refusing = await serverThatSays(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
        const destination = create(component, at(refusing.port), bench.context());
        const cancel = AbortSignal.timeout(REFUSED_MS_MAX);
        const error = await failureOf(startAndSend(destination, deliveryOf(component), cancel));
        expect(cancel.aborted, "it is told").toBe(false);
        expectRetryable(error);
        await destination.stop?.();
        await refusing.close();
        await expectNothingLeft(before);
      },
    );

    it("ends when it is cancelled, though the other side says nothing", async () => {
      const before = activeResources();
      const silent = await serverThatSays(undefined);
      const destination = create(component, at(silent.port), bench.context());
      const cancel = new AbortController();
      const sending = failureOf(startAndSend(destination, deliveryOf(component), cancel.signal));
      const first = await Promise.race([silent.asked, sending]);
      expect(first, "it asks the other side").toBe("asked");
      const cancelledMs = systemClock.monotonicMs();
      cancel.abort(new Error("cancelled by the test"));
      // What it opens at start may not be cancelled: a stop ends that.
      const stopped = destination.stop?.();
      const error = await sending;
      expect(systemClock.monotonicMs() - cancelledMs).toBeLessThan(CANCEL_MS_MAX);
      expectRetryable(error);
      await stopped;
      await silent.close();
      await expectNothingLeft(before);
    });
  });
}

/** By the names that settings of the same meaning have everywhere. */
function localPort(
  component: Registered<DestinationContext, Destination>,
  settings: Readonly<Record<string, unknown>>,
): DestinationCase["at"] {
  const names = settingsOf(schemaOf(component.settings)).map(({ path }) => path);
  const address = ["url", "endpoint"].find((name) => names.includes(name));
  if (address === undefined || !names.includes("allowPrivate")) return undefined;
  return (port) => ({ ...settings, [address]: `http://127.0.0.1:${port}`, allowPrivate: true });
}

function expectBounds({ rowsMax, bytesMax, waitMsMax }: DeliveryBounds): void {
  expect(Number.isInteger(rowsMax) && rowsMax >= 1, `rowsMax: ${rowsMax}`).toBe(true);
  expect(Number.isInteger(bytesMax) && bytesMax >= 1, `bytesMax: ${bytesMax}`).toBe(true);
  expect(waitMsMax).toBeGreaterThanOrEqual(0);
  expect(waitMsMax).toBeLessThanOrEqual(DAY_MS);
}

/** An endpoint that is unreachable, or refuses who asks, is never the rows' fault, nor a reason not to start. */
function expectRetryable(error: unknown): void {
  expect(error, "it fails").toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(PermanentError);
  const code = error instanceof SightglassError ? error.code : undefined;
  expect(code).not.toBe("config_invalid");
}

/** As deliveries do: what cannot be started is not sent to. */
async function startAndSend(
  destination: Destination,
  delivery: Delivery,
  cancel: AbortSignal,
): Promise<void> {
  await destination.start?.();
  await destination.send(delivery, cancel);
}

async function failureOf(work: Promise<void>): Promise<unknown> {
  try {
    await work;
    return "delivered";
  } catch (error) {
    return error;
  }
}

/** A row of a signal that the destination sends. */
function deliveryOf({ signals }: Registered<DestinationContext, Destination>): Delivery {
  // Some systems take no row that is old.
  const time = BigInt(Math.floor(systemClock.nowMs())) * 1_000_000n;
  const rows: Row[] =
    signals.logs === undefined
      ? [{ kind: "number_point", row: numberPointRow(points("shop", { metric: "up", time }), 0) }]
      : [{ kind: "log", row: { ...logRowOf("a row"), time, observedTime: time } }];
  const key = "main.conformance-0123456789abcdef-1-1.0";
  return { org: DEFAULT_ORG, rows, key, rowKey: () => key, attempt: 1 };
}

/** Takes connections and bytes, and says always the same, or nothing. */
async function serverThatSays(answer: string | undefined): Promise<{
  readonly port: number;
  readonly asked: Promise<"asked">;
  close(): Promise<unknown>;
}> {
  const sockets = new Set<Socket>();
  const asked = Promise.withResolvers<"asked">();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", () => {
      asked.resolve("asked");
      if (answer !== undefined) socket.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<unknown> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return { port, asked: asked.promise, close };
}
