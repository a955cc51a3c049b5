import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import type { Receiver, ReceiverContext } from "../component.ts";
import type { Registered } from "../graph/registry.ts";
import { PushedRows } from "../testing/receiver-under-test.ts";
import { create, type TestBench, testBench } from "./component-life.ts";
import { definitionConforms } from "./definition-conforms.ts";
import { activeResources, expectNoFiles, expectNothingLeft } from "./nothing-left.ts";
import { expectNothingOpened } from "./nothing-left.ts";
import { exampleSettings, schemaOf, settingsOf } from "./settings-schema.ts";

/** A request that a receiver takes, in the words of its protocol. */
export interface SampleRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export interface ReceiverCase {
  /** The examples of what must be given when left out, and any free port for `endpoint`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Of a receiver over HTTP: a request that brings rows. */
  readonly request?: () => SampleRequest;
}

/**
 * What holds for every receiver.
 *
 * @example receiverConforms(register(httpJson), { settings: { endpoint: "127.0.0.1:0" } });
 */
export function receiverConforms(
  component: Registered<ReceiverContext, Receiver>,
  { settings: given, request }: ReceiverCase = {},
): void {
  const settings = onFreePort(component, given ?? exampleSettings(component.settings));
  describe(`the receiver ${component.type}`, () => {
    const bench = testBench(component.type);
    const made = (more: Readonly<Record<string, unknown>> = {}, pushed = new PushedRows()) =>
      create(component, { ...settings, ...more }, contextOf(bench, pushed));
    definitionConforms(component, settings);

    it("opens nothing when it is made, and twice is no harm", async () => {
      const before = activeResources();
      made();
      made();
      expectNothingOpened(before);
      await expectNoFiles(bench.folder);
    });

    it("may be stopped before it is started, and again", async () => {
      const before = activeResources();
      const receiver = made();
      await receiver.stop();
      await receiver.stop();
      await expectNothingLeft(before);
    });

    it("leaves nothing behind, and nobody listening", async () => {
      const before = activeResources();
      const receiver = made();
      await receiver.start();
      const addresses = [...(receiver.addresses?.() ?? [])];
      for (const address of addresses) expect(address).toMatch(/^\S+ \S+ \S+:[1-9]\d*$/);
      await receiver.stop();
      await receiver.stop();
      await expectNothingLeft(before);
      for (const address of addresses.filter((one) => !/ udp /.test(one)))
        await expect(connected(Number(/\d+$/.exec(address)![0]))).resolves.toBe("refused");
    });

    it.runIf("endpoint" in settings)("says that its address is taken", async () => {
      const other = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => other.once("listening", resolve));
      const before = activeResources();
      const receiver = made({ endpoint: `127.0.0.1:${(other.address() as AddressInfo).port}` });
      const started = receiver.start();
      await expect(started).rejects.toMatchObject({ code: "port_in_use" });
      await receiver.stop();
      await expectNothingLeft(before);
      await new Promise((resolve) => other.close(resolve));
    });

    if (request === undefined) return;

    it("acknowledges only what is durable", async () => {
      const pushed = new PushedRows();
      const [reached, durable] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      pushed.beforeAnswer = () => {
        reached.resolve();
        return durable.promise;
      };
      const receiver = made({}, pushed);
      await receiver.start();
      const answering = send(receiver, request());
      let answered = false;
      void answering.then(() => (answered = true));
      await reached.promise;
      // Whatever could be answered by now is: another request has gone there and back.
      await (await send(receiver, { path: "/no/such/path", headers: {}, body: "x" })).text();
      expect(answered).toBe(false);
      durable.resolve();
      const { ok } = await answering;
      expect(ok).toBe(true);
      expect(pushed.pushes).toBe(1);
      await receiver.stop();
    });

    it.each(["overloaded", "storage_full", "stopping"] as const)(
      "tells its client to come again when a push fails as %s",
      async (code) => {
        const pushed = new PushedRows();
        pushed.beforeAnswer = () => {
          throw new SightglassError(code, "no room", { retryAfterSeconds: 7 });
        };
        const receiver = made({}, pushed);
        await receiver.start();
        const answer = await send(receiver, request());
        expect([429, 503]).toContain(answer.status);
        expect(answer.headers.get("retry-after")).toBe("7");
        await answer.text();
        await receiver.stop();
      },
    );
  });
}

/** Where nothing else is said, it listens at any free port. */
function onFreePort(
  { settings }: Registered<ReceiverContext, Receiver>,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const hasEndpoint = settingsOf(schemaOf(settings)).some(({ path }) => path === "endpoint");
  return hasEndpoint ? { endpoint: "127.0.0.1:0", ...given } : given;
}

function contextOf(bench: TestBench, pushed: PushedRows): ReceiverContext {
  const { push, timeWindow } = pushed.context;
  return { ...bench.context(), push, timeWindow, stateFolder: join(bench.folder, "state") };
}

function send(receiver: Receiver, { path, headers, body }: SampleRequest): Promise<Response> {
  const { port } = /:(?<port>\d+)$/.exec(receiver.addresses!()[0]!)!.groups!;
  const bytes = typeof body === "string" ? body : new Uint8Array(body);
  // A connection of its own, so that none is left open.
  const all = { ...headers, connection: "close" };
  return fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", headers: all, body: bytes });
}

function connected(port: number): Promise<"connected" | "refused"> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve("connected");
    });
    socket.on("error", () => resolve("refused"));
  });
}
