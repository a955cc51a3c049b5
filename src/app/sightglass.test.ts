import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { ledgerAnswer, readyAnswer } from "#api/contract/status.ts";
import { loadConfig } from "#config/load.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { EXIT_CODES, exitOf } from "./exit-codes.ts";
import { startSightglass, type Sightglass } from "./sightglass.ts";
import { FREE_PORTS } from "./testing/command-process.ts";

const TOKEN = "0123456789abcdef0123";
const BEARER = { authorization: `Bearer ${TOKEN}` };
const QUIET = { SELF: "false" };
/** `self` with an interval that a test can wait for, or switched off. */
const CONFIG =
  "self: { enabled: '${env:SELF}', intervalSeconds: 1, probe: { intervalSeconds: 1 } }";

let folder: string;
let server: Sightglass | undefined;

function makeFolder(): void {
  folder = mkdtempSync(join(tmpdir(), "sightglass-server-"));
}

async function takeDown(): Promise<void> {
  await server?.stop();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
}

async function start(environment: Record<string, string> = {}): Promise<Sightglass> {
  writeFileSync(join(folder, "sightglass.yaml"), CONFIG);
  const { settings } = await loadConfig({
    folder,
    environment: { SELF: "true", ...FREE_PORTS, ...environment },
  });
  server = await startSightglass({ settings, version: "0.0.0-test", writeLog: () => {} });
  return server;
}

/** With the token, which a server without one does not mind. */
function get(path: string, headers: Record<string, string> = BEARER): Promise<Response> {
  return fetch(`${server!.addresses.http}${path}`, { headers });
}

async function answer<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const response = await get(path);
  expect(response.status).toBe(200);
  return schema.parse(await response.json());
}

function sendSpan(traceId: string, headers: Record<string, string> = BEARER): Promise<Response> {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const span = {
    traceId,
    spanId: "b7ad6b7169203331",
    name: "GET /cart",
    kind: 2,
    startTimeUnixNano: nowNs,
    endTimeUnixNano: nowNs + 5_000_000n,
  };
  const service = { key: "service.name", value: { stringValue: "shop" } };
  const body = encodeOtlp("traces", {
    resourceSpans: [{ resource: { attributes: [service] }, scopeSpans: [{ spans: [span] }] }],
  });
  return fetch(`${server!.addresses.otlpHttp}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf", ...headers },
    body: new Uint8Array(body),
  });
}

const operations = z.object({ data: z.array(z.object({ operation: z.string() })) });
const WAIT = { timeout: 15_000, interval: 100 };

describe("a whole server in this process", { timeout: 60_000 }, () => {
  beforeEach(makeFolder);
  afterEach(takeDown);

  test("answers with what was sent to it, and its ledger adds up", async () => {
    await start(QUIET);
    const traceId = randomBytes(16).toString("hex");
    expect((await sendSpan(traceId)).status).toBe(200);
    await expect.poll(async () => (await get(`/api/v1/traces/${traceId}`)).status, WAIT).toBe(200);
    // Rows can be found a moment before they count as stored.
    await expect
      .poll(() => answer("/api/v1/ledger", ledgerAnswer), WAIT)
      .toMatchObject({
        sinceStart: { traces: { accepted: 1, stored: 1, dropped: 0, inFlight: 0 } },
        inAll: { traces: { accepted: 1, stored: 1, dropped: 0, inFlight: 0 } },
      });
  });

  test("keeps its ledger over a restart", async () => {
    await start(QUIET);
    await sendSpan(randomBytes(16).toString("hex"));
    await server!.stop();
    await start(QUIET);
    const { inAll, sinceStart } = await answer("/api/v1/ledger", ledgerAnswer);
    expect(inAll.traces).toEqual({ accepted: 1, stored: 1, dropped: 0, inFlight: 0 });
    expect(sinceStart.traces.accepted).toBe(0);
  });

  test("shows its metrics to Prometheus", async () => {
    await start(QUIET);
    const response = await get("/metrics");
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await response.text();
    expect(text).toContain('sightglass_build_info{version="0.0.0-test",node="');
    expect(text).toContain('sightglass_ledger_accepted_rows_total{signal="traces"} 0');
    for (const line of text.trimEnd().split("\n"))
      expect(line).toMatch(/^(# (HELP|TYPE) |sightglass_\w+(\{.*\})? [-+.\deInf]+$)/);
  });

  test("lets go of everything when a port is in use: the next start in the same folder succeeds", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const error: unknown = await start({ SIGHTGLASS_OTLP_GRPC: `127.0.0.1:${port}` }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: "port_in_use" });
    expect(exitOf(error)).toEqual({
      code: EXIT_CODES.address_unavailable,
      message: expect.stringContaining(`127.0.0.1:${port} is in use`) as string,
    });
    taken.close();
    await start(QUIET);
    expect((await get("/readyz")).status).toBe(200);
  });

  test("stops twice without complaint, and listens no more", async () => {
    const { addresses } = await start(QUIET);
    await Promise.all([server!.stop(), server!.stop()]);
    await expect(fetch(addresses.http)).rejects.toThrow("fetch failed");
    await expect(fetch(addresses.otlpHttp)).rejects.toThrow("fetch failed");
  });
});

describe("a whole server that has telemetry of itself, and a token", { timeout: 60_000 }, () => {
  beforeAll(async () => {
    makeFolder();
    await start({ SIGHTGLASS_TOKEN: TOKEN });
  });
  afterAll(takeDown);

  // The first one: nobody has sent anything yet.
  test("its own telemetry and its probe cause no spans: left alone, it falls silent but for the probe", async () => {
    const { telemetry } = server!;
    const ready = async () =>
      (await answer("/readyz", readyAnswer)).checks.find(({ name }) => name === "probe");
    await expect.poll(async () => (await ready())?.message, WAIT).toMatch(/ms from acknowledged/);
    const own = telemetry.meter
      .snapshot()
      .find(({ name }) => name === "sightglass_self_rows_total");
    expect(own?.points.length).toBeGreaterThan(0);
    const operationNames = async (): Promise<string[]> => {
      const { data } = await answer("/api/v1/services/sightglass/operations", operations);
      return data.map(({ operation }) => operation);
    };
    await expect.poll(operationNames, WAIT).toContain("probe");
    const names = await operationNames();
    expect(names.filter((name) => /^(ingest|insert) /.test(name))).toEqual([]);
  });

  test("keeps its own metrics, logs and spans under the service sightglass", async () => {
    server!.telemetry.log.warn("A warning to be found");
    await sendSpan(randomBytes(16).toString("hex"));
    const lists = z.object({ data: z.array(z.unknown()) });
    const count = async (path: string): Promise<number> => (await answer(path, lists)).data.length;
    await expect.poll(() => count("/api/v1/logs?service=sightglass&query=warning"), WAIT).toBe(1);
    await expect
      .poll(() => count("/api/v1/metrics?search=sightglass_process_memory"), WAIT)
      .toBe(1);
    await expect
      .poll(() => count("/api/v1/traces?service=sightglass&operation=ingest%20traces"), WAIT)
      .toBe(1);
  });

  test("asks for the token at every door but health, and the probe has it", async () => {
    expect((await get("/api/v1/ledger", {})).status).toBe(401);
    expect((await get("/metrics", {})).status).toBe(401);
    expect((await get("/api/v1/ledger", BEARER)).status).toBe(200);
    expect((await sendSpan("ab".repeat(16), {})).status).toBe(401);
    expect((await sendSpan("ab".repeat(16), BEARER)).status).toBe(200);
    for (const path of ["/livez", "/readyz", "/health"])
      expect((await get(path, {})).status).toBe(200);
    await expect
      .poll(async () => (await get("/readyz", {})).text(), WAIT)
      .toMatch(/\d+ ms from acknowledged/);
  });
});
