import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "#core/clock.ts";
import type { Clock } from "#core/clock.ts";
import { PermanentError } from "#core/errors.ts";
import {
  EndpointRefusedError,
  PartialDeliveryError,
  RetryAfterError,
} from "#pipeline/delivery/delivery.ts";
import type { Delivery } from "#pipeline/delivery/delivery.ts";
import { logRowOf } from "#pipeline/delivery/testing/delivery-fixture.ts";
import { FakeClock, settled } from "#pipeline/testing/fake-clock.ts";
import { webhook, WebhookDestination } from "./destination.ts";

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const servers: Server[] = [];
const destinations: WebhookDestination[] = [];
const never = new AbortController().signal;

afterEach(async () => {
  for (const destination of destinations.splice(0)) await destination.stop();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** An endpoint that answers as told, and remembers what it was sent. */
async function endpoint(
  answer: (seen: Seen, response: ServerResponse) => void = (_, response) => void response.end(),
): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const one = { method, path: url, headers, body: Buffer.concat(parts).toString() };
      seen.push(one);
      answer(one, response);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, seen };
}

function destinationTo(
  url: string,
  settings: object = {},
  clock: Clock = systemClock,
): WebhookDestination {
  const parsed = webhook.settings.parse({ url, allowPrivate: true, ...settings });
  const destination = new WebhookDestination(parsed, { clock });
  destinations.push(destination);
  return destination;
}

function delivery(bodies: readonly string[], attempt = 1): Delivery {
  const rows = bodies.map((body) => ({ kind: "log", row: logRowOf(body) }) as const);
  return { org: "default", rows, key: "key", rowKey: (index) => `key-${index}`, attempt };
}

function errorOf(sending: Promise<void>): Promise<unknown> {
  return sending.then(
    () => undefined,
    (error: unknown) => error,
  );
}

const messages = (body: string): string[] =>
  (JSON.parse(body) as { message: string }[]).map(({ message }) => message);

describe("payloads", () => {
  it("are a list by default, sent as the agent of old", async () => {
    const { url, seen } = await endpoint();
    await destinationTo(url).send(delivery(["one", "zwei ü"]), never);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: "POST", path: "/hook" });
    expect(seen[0]!.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": "Cortex-Observability-Pipeline/1.0",
    });
    expect(messages(seen[0]!.body)).toEqual(["one", "zwei ü"]);
  });

  it("have whole characters only, also where their senders wrote half of one", async () => {
    const { url, seen } = await endpoint();
    await destinationTo(url).send(delivery(["a\ud83d", "\\ud83d"]), never);
    expect(seen[0]!.body).toContain("a\ufffd");
    expect(messages(seen[0]!.body)).toEqual(["a\ufffd", "\\ud83d"]);
  });

  it("may be an object around the list, with metadata", async () => {
    const { url, seen } = await endpoint();
    const clock = new FakeClock(Date.UTC(2025, 0, 15, 10, 30));
    const settings = { payloadFormat: "object", payloadKey: "rows" };
    await destinationTo(url, settings, clock).send(delivery(["one"]), never);
    await destinationTo(url, { ...settings, includeMetadata: false }).send(delivery(["x"]), never);
    expect(JSON.parse(seen[0]!.body)).toMatchObject({
      rows: [{ message: "one" }],
      metadata: {
        count: 1,
        destination: "WebhookDestination",
        timestamp: "2025-01-15T10:30:00.000Z",
      },
    });
    expect(Object.keys(JSON.parse(seen[1]!.body) as object)).toEqual(["rows"]);
  });

  it("may be one a row, all of them sent", async () => {
    const { url, seen } = await endpoint();
    const destination = destinationTo(url, { payloadFormat: "individual" });
    await destination.send(delivery(["one", "two", "three"]), never);
    expect(seen.map(({ body }) => (JSON.parse(body) as { message: string }).message)).toEqual([
      "one",
      "two",
      "three",
    ]);
    expect(new Set(seen.map(({ headers }) => headers["idempotency-key"])).size).toBe(3);
  });

  it("may be Slack's text, in which rows cannot mention anyone", async () => {
    const { url, seen } = await endpoint();
    await destinationTo(url, { template: "slack" }).send(
      delivery(["<!channel> a & b", "second"]),
      never,
    );
    expect(JSON.parse(seen[0]!.body)).toEqual({
      text: "INFO: &lt;!channel&gt; a &amp; b\nINFO: second",
    });
  });

  it("may be of one's own template, whatever a row says", async () => {
    const { url, seen } = await endpoint();
    const template = {
      summary: "{{count}} rows, first: {{event.message}} {{event.none}}",
      routing: { list: ["{{event}}", 1], all: "{{events}}" },
    };
    await destinationTo(url, { template }).send(delivery(['"}{{count}}', "b"]), never);
    expect(JSON.parse(seen[0]!.body)).toMatchObject({
      summary: '2 rows, first: "}{{count}} ',
      routing: {
        list: [{ message: '"}{{count}}' }, 1],
        all: [{ message: '"}{{count}}' }, { message: "b" }],
      },
    });
  });
});

describe("credentials", () => {
  it.each([
    [{ authType: "bearer", authToken: "token" }, { authorization: "Bearer token" }],
    [
      { authType: "basic", username: "user", password: "pässword" },
      { authorization: `Basic ${Buffer.from("user:pässword").toString("base64")}` },
    ],
    [{ authType: "api-key", apiKey: "key" }, { "x-api-key": "key" }],
    [{ authType: "api-key", apiKey: "key", apiKeyHeader: "X-Other" }, { "x-other": "key" }],
    [{ headers: { "X-Team": "blue" } }, { "x-team": "blue" }],
  ])("%j are sent as they should", async (settings, headers) => {
    const { url, seen } = await endpoint();
    await destinationTo(url, settings).send(delivery(["one"]), never);
    expect(seen[0]!.headers).toMatchObject(headers);
  });

  it("sign the body in plain hex whenever there is a secret", async () => {
    const { url, seen } = await endpoint();
    await destinationTo(url, { hmacSecret: "shared" }).send(delivery(["ü"]), never);
    const expected = createHmac("sha256", "shared").update(seen[0]!.body).digest("hex");
    expect(seen[0]!.headers["x-signature"]).toBe(expected);
  });

  it("sign by Standard Webhooks: the same id for the same rows, at the time of the attempt", async () => {
    const { url, seen } = await endpoint();
    const secret = Buffer.alloc(32, 7);
    const clock = new FakeClock(1_750_000_000_500);
    const settings = { signingSecret: `whsec_${secret.toString("base64")}` };
    const destination = destinationTo(url, settings, clock);
    await destination.send(delivery(["one"]), never);
    await destination.send(delivery(["one"], 2), never);
    const { headers, body } = seen[0]!;
    expect(headers["webhook-timestamp"]).toBe("1750000000");
    const signed = `${String(headers["webhook-id"])}.1750000000.${body}`;
    const signature = createHmac("sha256", secret).update(signed).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${signature}`);
    expect(seen[1]!.headers["webhook-id"]).toBe(headers["webhook-id"]);
  });
});

describe("answers", () => {
  it.each([
    [400, PermanentError],
    [413, PermanentError],
    [422, PermanentError],
    [404, EndpointRefusedError],
    [405, EndpointRefusedError],
    [302, EndpointRefusedError],
  ])("%i is for good", async (status, kind) => {
    const { url } = await endpoint((_, response) => {
      response.writeHead(status, { location: "/elsewhere" }).end("because");
    });
    const error = await errorOf(destinationTo(url).send(delivery(["one"]), never));
    expect(error).toBeInstanceOf(kind);
    expect(error instanceof EndpointRefusedError).toBe(kind === EndpointRefusedError);
    expect(String(error)).toContain(`HTTP ${status}`);
  });

  it.each([401, 403, 407, 408, 425, 429, 500, 502, 503, 504])(
    "%i may be tried again",
    async (status) => {
      const { url } = await endpoint((_, response) => void response.writeHead(status).end());
      const error = await errorOf(destinationTo(url).send(delivery(["one"]), never));
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(PermanentError);
      expect(error).not.toBeInstanceOf(RetryAfterError);
    },
  );

  it.each([429, 503])("%i with Retry-After says when", async (status) => {
    const { url } = await endpoint((_, response) => {
      response.writeHead(status, { "retry-after": "7" }).end();
    });
    const error = await errorOf(destinationTo(url).send(delivery(["one"]), never));
    expect(error).toMatchObject({ name: "RetryAfterError", afterMs: 7_000 });
  });

  it("to single rows: the refused are named, and after a failure the rest is left", async () => {
    const { url, seen } = await endpoint((one, response) => {
      const status = one.body.includes("bad") ? 422 : one.body.includes("down") ? 503 : 200;
      response.writeHead(status).end();
    });
    const destination = destinationTo(url, { payloadFormat: "individual" });
    const first = delivery(["a", "bad", "b", "down", "c"]);
    const error = await errorOf(destination.send(first, never));
    expect(error).toBeInstanceOf(PartialDeliveryError);
    expect(error).toMatchObject({ again: [3, 4], refused: [{ index: 1, reason: "HTTP 422" }] });
    expect(seen).toHaveLength(4);
    expect(destination.statistics()).toEqual({
      total_events_sent: 2,
      total_requests_sent: 4,
      total_requests_succeeded: 2,
      total_requests_failed: 2,
      total_retries: 0,
      success_rate: 0.5,
    });
  });

  it("to single rows: an endpoint that takes none is asked once", async () => {
    const { url, seen } = await endpoint((_, response) => void response.writeHead(404).end());
    const destination = destinationTo(url, { payloadFormat: "individual" });
    const error = await errorOf(destination.send(delivery(["a", "b", "c"]), never));
    expect(error).toBeInstanceOf(EndpointRefusedError);
    expect(seen).toHaveLength(1);
  });

  it("that never come end after the timeout", async () => {
    const { url, seen } = await endpoint(() => {});
    const clock = new FakeClock();
    const sending = errorOf(
      destinationTo(url, { timeout: 2_000 }, clock).send(delivery(["a"]), never),
    );
    while (seen.length === 0) await settled();
    await clock.advance(2_000);
    expect(String(await sending)).toContain("within 2000 ms");
  });
});

describe("limits", () => {
  it("are never exceeded: no more requests a second than allowed", async () => {
    const clock = new FakeClock();
    const times: number[] = [];
    const { url } = await endpoint((_, response) => {
      times.push(clock.monotonicMs());
      response.end();
    });
    const settings = { payloadFormat: "individual", rateLimit: 2, timeout: 600_000 };
    const bodies = ["a", "b", "c", "d", "e", "f"];
    const sending = destinationTo(url, settings, clock).send(delivery(bodies), never);
    while (times.length < 2) await settled();
    while (times.length < bodies.length) await clock.advance(50);
    await sending;
    // Two at once from a full bucket, then one each half second.
    expect(times.map((time, index) => time >= (index - 1) * 500)).toEqual(bodies.map(() => true));
  });

  it("of addresses hold: no loopback unless it is allowed, and no metadata service ever", async () => {
    const { url, seen } = await endpoint();
    expect(() => destinationTo(url, { allowPrivate: false })).toThrow(/private address/);
    expect(() => destinationTo("http://169.254.169.254/latest")).toThrow(/never allowed/);
    // A name is judged when it is resolved.
    const named = destinationTo(url.replace("127.0.0.1", "localhost"), { allowPrivate: false });
    await expect(named.send(delivery(["a"]), never)).rejects.toThrow(/private address/);
    expect(seen).toEqual([]);
  });
});

describe("settings", () => {
  it.each([
    [{ url: "ftp://example.com" }, "url"],
    [{ url: "https://example.com", authType: "bearer" }, "authToken"],
    [{ url: "https://example.com", authType: "basic", username: "a" }, "password"],
    [{ url: "https://example.com", authType: "hmac" }, "hmacSecret"],
    [{ url: "https://example.com", signingSecret: "whsec_c2hvcnQ=" }, "signingSecret"],
    [{ url: "https://example.com", headers: { "x-a": "b\r\nx-c: d" } }, "headers"],
    [{ url: "https://example.com", hmacAlgorithm: "rot13" }, "hmacAlgorithm"],
    [{ url: "https://example.com", retires: 3 }, ""],
  ])("%j are refused where they are wrong", (settings, field) => {
    const { error } = webhook.settings.safeParse(settings);
    expect(error?.issues[0]?.path[0] ?? "").toBe(field);
    expect(error).toBeDefined();
  });

  it("of the document of old are taken as they stand", () => {
    const settings = {
      url: "https://hooks.slack.com/services/xxx",
      method: "POST",
      headers: { "Content-Type": "application/json" },
      authType: "bearer",
      authToken: "your-token",
      payloadFormat: "array",
      payloadKey: "events",
      includeMetadata: true,
      rateLimit: 100,
      timeout: 30_000,
    };
    expect(webhook.settings.safeParse(settings).success).toBe(true);
  });
});
