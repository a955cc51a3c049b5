import * as Sentry from "@sentry/node";
import { afterEach, describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import {
  startReceiver,
  stopReceivers,
  textsOf,
  type StartedReceiver,
} from "#pipeline/testing/receiver-under-test.ts";
import { sentry } from "./receiver.ts";

afterEach(async () => {
  await Sentry.close(1_000);
  await stopReceivers();
});

/** Starts the stock SDK with nothing changed but its DSN, and what it would look into by itself. */
function init({ port }: StartedReceiver, options: Sentry.NodeOptions = {}): void {
  Sentry.init({
    dsn: `http://publickey@127.0.0.1:${port}/42`,
    release: "2.1.0",
    environment: "test",
    serverName: "host-a",
    defaultIntegrations: false,
    integrations: [Sentry.linkedErrorsIntegration()],
    tracesSampleRate: 1,
    ...options,
  });
}

const RESOURCE = {
  "service.name": "shop",
  "service.version": "2.1.0",
  "deployment.environment.name": "test",
  "telemetry.sdk.name": "sentry.javascript.node",
};

const start = () => startReceiver(sentry, { token: "publickey", services: { "42": "shop" } });

function failing(): never {
  throw new TypeError("boom", { cause: new RangeError("deep") });
}

describe("the stock Sentry SDK", () => {
  it("has its exceptions kept as log records with OpenTelemetry's attributes", async () => {
    const door = await start();
    init(door);
    Sentry.setUser({ id: "7", email: "a@example.com", ip_address: "192.0.2.1" });
    Sentry.setTag("zone", "eu");
    try {
      failing();
    } catch (error) {
      Sentry.captureException(error);
    }
    await Sentry.flush(5_000);
    const [row] = door.pushed.logs;
    expect(row).toMatchObject({ eventName: "exception", severity: 17, body: "TypeError: boom" });
    expect(row!.traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
    expect(textsOf(row!.resource.attributes)).toMatchObject({ ...RESOURCE, "host.name": "host-a" });
    const attributes = textsOf(row!.attributes);
    expect(attributes).toMatchObject({
      "exception.type": "TypeError",
      "exception.message": "boom",
      "sentry.handled": "true",
      "sentry.project": "42",
      "sentry.tag.zone": "eu",
      "user.id": "7",
      "user.email": "a@example.com",
      "client.address": "192.0.2.1",
    });
    const stack = attributes["exception.stacktrace"]!.split("\n");
    expect(stack[0]).toBe("TypeError: boom");
    expect(stack[1]).toMatch(/^ {4}at failing \(.*sdk\.test\.ts:\d+:\d+\)$/);
    expect(stack).toContain("Caused by: RangeError: deep");
  });

  it("has its messages and logs kept as log records", async () => {
    const door = await start();
    init(door, { attachStacktrace: true });
    Sentry.captureMessage("hello", "warning");
    Sentry.logger.error("left %d", { left: 3 });
    await Sentry.flush(5_000);
    const byBody = new Map(door.pushed.logs.map((row) => [row.body, row]));
    expect(byBody.get("hello")).toMatchObject({ severity: 13, eventName: "" });
    const log = byBody.get("left %d")!;
    expect(log).toMatchObject({ severity: 17, severityText: "error" });
    expect(textsOf(log.attributes)).toMatchObject({ left: "3" });
    expect(textsOf(log.resource.attributes)).toMatchObject(RESOURCE);
  });

  it.each(["stream", "static"] as const)("has its spans kept, as a %s", async (traceLifecycle) => {
    const door = await start();
    init(door, { traceLifecycle });
    let captured: string | undefined;
    Sentry.startSpan({ name: "GET /x", op: "http.server", attributes: { n: 7 } }, (root) => {
      captured = root.spanContext().traceId;
      Sentry.startSpan({ name: "select", op: "db.query" }, (inner) => {
        inner.setStatus({ code: 2, message: "internal_error" });
      });
    });
    await Sentry.flush(5_000);
    const spans = door.pushed.spans.toSorted((a, b) => a.name.localeCompare(b.name));
    expect(spans.map(({ name, kind, status }) => [name, kind, status])).toEqual([
      ["GET /x", 2, expect.any(Number)],
      ["select", 3, 2],
    ]);
    const [root, query] = spans;
    expect([root!.traceId, query!.traceId]).toEqual([captured, captured]);
    expect([root!.parentSpanId, query!.parentSpanId]).toEqual(["", root!.spanId]);
    expect(textsOf(root!.attributes)).toMatchObject({ "sentry.op": "http.server", n: "7" });
    expect(textsOf(root!.resource.attributes)).toMatchObject(RESOURCE);
    expect(Math.abs(Number(root!.time / 1_000_000n) - Date.now())).toBeLessThan(60_000);
    expect(root!.durationNs >= query!.durationNs).toBe(true);
  });

  it("is told to keep quiet for a while on an overload", async () => {
    const door = await start();
    init(door);
    door.pushed.beforeAnswer = () => {
      throw new SightglassError("overloaded", "later", { retryAfterSeconds: 60 });
    };
    Sentry.captureMessage("one");
    await Sentry.flush(5_000);
    Sentry.captureMessage("two");
    await Sentry.flush(5_000);
    expect(door.pushed.pushes).toBe(1);
  });
});
