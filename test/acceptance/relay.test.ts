import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { traceAnswer } from "#api/contract/traces.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { ServerProcess } from "../faults/server-process.ts";

const WAIT = { timeout: 30_000, interval: 100 };
const PROTOCOLS = ["http/protobuf", "http/json", "grpc"] as const;

let folder: string;
let backend: ServerProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sightglass-relay-"));
  backend = await started("backend", {});
});

afterAll(async () => {
  await backend.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** A server with a folder and a configuration of its own. */
async function started(name: string, configuration: object): Promise<ServerProcess> {
  await mkdir(join(folder, name));
  const path = join(folder, name, "sightglass.yaml");
  await writeFile(path, JSON.stringify({ self: { enabled: false }, ...configuration }));
  const server = new ServerProcess({
    dataDir: join(folder, name, "data"),
    environment: { SIGHTGLASS_CONFIG: path },
  });
  await server.mustBeReady();
  return server;
}

function requestOf(traceId: string): Buffer {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const text = (stringValue: string): object => ({ stringValue });
  const span = {
    traceId,
    spanId: randomBytes(8).toString("hex"),
    traceState: "ot=th:8,vendor=x",
    name: "POST /checkout",
    kind: 2,
    startTimeUnixNano: nowNs,
    endTimeUnixNano: nowNs + 5_000_000n,
    attributes: [
      { key: "http.response.status_code", value: { intValue: "500" } },
      { key: "cart.total", value: { doubleValue: 59.5 } },
      { key: "tags", value: { arrayValue: { values: [text("a"), { intValue: "1" }] } } },
    ],
    events: [{ timeUnixNano: nowNs + 1n, name: "exception", attributes: [] }],
    links: [{ traceId: randomBytes(16).toString("hex"), spanId: randomBytes(8).toString("hex") }],
    status: { code: 2, message: "not paid" },
    droppedAttributesCount: 3,
  };
  const attributes = [{ key: "service.name", value: text("shop") }];
  return encodeOtlp("traces", {
    resourceSpans: [
      {
        resource: { attributes },
        scopeSpans: [{ scope: { name: "shop.checkout", version: "1.2.0" }, spans: [span] }],
      },
    ],
  });
}

async function spansIn(server: ServerProcess, traceId: string) {
  const parsed = traceAnswer.safeParse(await server.json(`/api/v1/traces/${traceId}`));
  return parsed.success ? parsed.data.spans : [];
}

describe("a Sightglass that relays to another, over each protocol at once", () => {
  let relay: ServerProcess;
  beforeAll(async () => {
    const destinations = PROTOCOLS.map((protocol) => {
      const endpoint = protocol === "grpc" ? backend.otlpGrpc : backend.otlpHttp;
      const settings = { endpoint, protocol, allowPrivate: true, flushInterval: 50 };
      return [`otlp/${protocol.replace("/", "-")}`, settings] as const;
    });
    relay = await started("relay", { destinations: Object.fromEntries(destinations) });
  });
  afterAll(() => relay.stop());

  it("gives it each trace as it came", async () => {
    const traceIds = Array.from({ length: 5 }, () => randomBytes(16).toString("hex"));
    for (const traceId of traceIds) {
      const response = await fetch(`${relay.otlpHttp}/v1/traces`, {
        method: "POST",
        headers: { "content-type": "application/x-protobuf" },
        body: new Uint8Array(requestOf(traceId)),
      });
      expect(response.status).toBe(200);
    }
    for (const traceId of traceIds) {
      const count = async (server: ServerProcess): Promise<number> =>
        (await spansIn(server, traceId)).length;
      await expect.poll(() => count(relay), WAIT).toBe(1);
      await expect.poll(() => count(backend), WAIT).toBe(PROTOCOLS.length);
      const [own] = await spansIn(relay, traceId);
      expect(await spansIn(backend, traceId)).toEqual(PROTOCOLS.map(() => own));
    }
  });
});
