import { afterEach, describe, expect, it } from "vitest";
import { type Answer, send } from "./testing/http-sender.ts";
import {
  type ReceiverUnderTest,
  startReceiver,
  stopReceivers,
} from "./testing/receiver-under-test.ts";

afterEach(stopReceivers);

describe("the OTLP/HTTP door towards web pages", () => {
  function preflight(door: ReceiverUnderTest, origin: string): Promise<Answer> {
    const asked = {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,x-custom",
    };
    return send(door, "/v1/traces", "", asked, "OPTIONS");
  }

  it.each([
    "http://localhost:3000",
    "https://app.localhost",
    "http://127.0.0.1",
    "http://[::1]:80",
  ])("lets %s send, which this machine serves", async (origin) => {
    const door = await startReceiver();
    const answer = await preflight(door, origin);
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    expect(answer.headers.get("access-control-allow-methods")).toBe("POST");
    expect(answer.headers.get("access-control-allow-headers")).toBe("content-type,x-custom");
    const sent = await send(door, "/v1/traces", "", { origin });
    expect(sent.status).toBe(200);
    expect(sent.headers.get("access-control-allow-origin")).toBe(origin);
  });

  it.each([
    "https://evil.example",
    "http://localhost.evil.example",
    "null",
    "http://127.0.0.1.nip.io",
  ])("refuses %s", async (origin) => {
    const door = await startReceiver();
    const answer = await preflight(door, origin);
    expect(answer.status).toBe(403);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    const sent = await send(door, "/v1/traces", "", { origin });
    expect(sent.status).toBe(403);
    expect(door.sink.received).toHaveLength(0);
  });

  it("lets configured origins send and no others", async () => {
    const door = await startReceiver({ cors: { allowedOrigins: ["https://Shop.example"] } });
    expect((await preflight(door, "https://shop.example")).status).toBe(204);
    expect((await preflight(door, "http://localhost:3000")).status).toBe(403);
    const any = await startReceiver({ cors: { allowedOrigins: ["*"] } });
    expect((await preflight(any, "https://anyone.example")).status).toBe(204);
  });

  it("lets a page read the answer that it is not authorised", async () => {
    const door = await startReceiver({ token: "secret" });
    expect((await preflight(door, "http://localhost:1")).status).toBe(204);
    const answer = await send(door, "/v1/traces", "", { origin: "http://localhost:1" });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("access-control-allow-origin")).toBe("http://localhost:1");
  });
});
