import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Random } from "#app/demo/random.ts";
import { IdOracle, ORACLE_SIGNALS, OracleLoad } from "./id-oracle.ts";
import { ServerProcess } from "./server-process.ts";
import { judge, readStoredIds } from "./stored-ids.ts";

const DISK_MIB = 400;
const HEAL_MS_MAX = 30_000;
const CHUNK = Buffer.alloc(1 << 20);

let folder: string;
let mounted: boolean;
let server: ServerProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sightglass-disk-"));
  try {
    const options = ["-t", "tmpfs", "-o", `size=${DISK_MIB}m`, "tmpfs", folder];
    execFileSync("mount", options, { stdio: "ignore" });
    mounted = true;
  } catch {
    mounted = false;
  }
});

afterEach(async () => {
  if (server?.running === true) {
    server.signal("SIGKILL");
    await server.ended;
  }
  if (mounted) execFileSync("umount", [folder]);
  rmSync(folder, { recursive: true, force: true });
});

/** A file that takes all the space that is left. */
class Filler {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes what is left, also what others have let go of since. */
  async take(): Promise<void> {
    const file = await open(this.#path, "a");
    try {
      for (let step = CHUNK.length; step >= 1;) {
        try {
          await file.write(CHUNK, 0, step);
        } catch {
          step = Math.floor(step / 16);
        }
      }
    } finally {
      await file.close();
    }
  }

  letGo(): Promise<void> {
    return rm(this.#path);
  }
}

it(
  "a full disk answers 503 with Retry-After, goes on answering queries, and heals when there is space",
  { timeout: 120_000 },
  async (context) => {
    if (!mounted) context.skip("A small disk cannot be mounted here: that needs Linux and root");
    const dataDir = join(folder, "data");
    const filler = new Filler(join(folder, "filler"));
    const oracle = new IdOracle(new Random(3));
    server = new ServerProcess({ dataDir });
    await server.mustBeReady();
    const { otlpHttp, http } = server;

    for (let round = 0; round < 30; round++)
      await oracle.send(otlpHttp, ORACLE_SIGNALS[round % ORACLE_SIGNALS.length]!);
    expect(oracle.count("traces", "acknowledged")).toBe(10);
    const [traceId] = oracle.fates.traces.keys();
    await server.untilStored(400, HEAL_MS_MAX);

    // The disk runs full while rows are on their way to the store.
    const load = new OracleLoad(oracle, otlpHttp, 4);
    await delay(600);
    await filler.take();
    await load.stop();
    // What the engine lets go of, such as a part that it could not finish, is taken too.
    for (let round = 0; round < 60; round++) {
      await filler.take();
      await oracle.send(otlpHttp, ORACLE_SIGNALS[round % ORACLE_SIGNALS.length]!);
    }
    for (const signal of ORACLE_SIGNALS)
      expect(oracle.count(signal, "refused")).toBeGreaterThanOrEqual(18);
    await filler.take();
    const answer = await fetch(`${otlpHttp}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/x-protobuf" },
      body: new Uint8Array(oracle.unsent("traces")),
    });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);

    const statuses: Record<string, number> = {};
    for (const path of ["/livez", "/api/v1/services", `/api/v1/traces/${traceId}`, "/readyz"])
      statuses[path] = (await fetch(`${http}${path}`)).status;
    expect(statuses).toEqual({
      "/livez": 200,
      "/api/v1/services": 200,
      [`/api/v1/traces/${traceId}`]: 200,
      "/readyz": 503,
    });

    await filler.letGo();
    const fullUntilMs = performance.now();
    const before = oracle.count("traces", "acknowledged");
    while (oracle.count("traces", "acknowledged") === before) {
      expect(performance.now() - fullUntilMs).toBeLessThan(HEAL_MS_MAX);
      await delay(200);
      await oracle.send(otlpHttp, "traces");
    }
    expect((await fetch(`${http}/readyz`)).status).toBe(200);
    for (let round = 0; round < 30; round++)
      await oracle.send(otlpHttp, ORACLE_SIGNALS[round % ORACLE_SIGNALS.length]!);
    await server.untilStored(400, HEAL_MS_MAX);
    await server.stop();

    for (const verdict of judge(oracle, await readStoredIds(dataDir)))
      expect(verdict).toMatchObject({ lost: 0, duplicated: 0, torn: 0 });
  },
);
