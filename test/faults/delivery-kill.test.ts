import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";

/** More by hand: DELIVERY_KILLS=50. */
const KILLS = Number(process.env["DELIVERY_KILLS"] ?? 5);
const MAIN = fileURLToPath(new URL("delivery-main.ts", import.meta.url));
const POISON = /-13-5$/;

const events = z.array(z.object({ message: z.string() }));
const counts = z.object({
  stored: z.number(),
  dropped: z.number(),
  accepted: z.number(),
  dead: z.number(),
});

/** An endpoint that knows deliveries again by their key, fails now and then, and refuses some rows. */
class Endpoint {
  readonly taken = new Map<string, string>();
  readonly refused = new Set<string>();
  differences = 0;
  repeats = 0;
  #requests = 0;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const key = String(request.headers["idempotency-key"]);
        response.writeHead(this.#answer(key, Buffer.concat(parts).toString())).end();
      });
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(key: string, body: string): number {
    this.#requests += 1;
    if (this.#requests % 50 === 0) return 503;
    const rows = events.parse(JSON.parse(body)).map(({ message }) => message);
    const poison = rows.filter((row) => POISON.test(row));
    for (const row of poison) this.refused.add(row);
    if (poison.length > 0) return 400;
    const before = this.taken.get(key);
    if (before !== undefined) this.repeats += 1;
    if (before !== undefined && before !== rows.join()) this.differences += 1;
    this.taken.set(key, rows.join());
    return 204;
  }
}

/** Runs the process until it has run for `killMs`, or to its end; returns the whole lines that it printed. */
async function live(args: readonly string[], killMs?: number): Promise<string[]> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  const begun = new Promise<void>((resolve) => {
    child.stdout.on("data", (part: Buffer) => {
      printed += part.toString();
      resolve();
    });
  });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  if (killMs !== undefined) {
    await Promise.race([begun, ended]);
    await delay(killMs);
    child.kill("SIGKILL");
  }
  await ended;
  return printed
    .slice(0, printed.lastIndexOf("\n") + 1)
    .split("\n")
    .slice(0, -1);
}

let folder: string;
let endpoint: Endpoint;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sightglass-delivery-"));
  endpoint = new Endpoint();
});

afterEach(() => {
  endpoint.close();
  rmSync(folder, { recursive: true, force: true });
});

it(
  `kill -9 in the middle of deliveries, ${KILLS} times: each accepted row arrives under one key, or is a dead letter`,
  { timeout: 60_000 + KILLS * 10_000 },
  async () => {
    const url = await endpoint.open();
    const accepted: string[] = [];
    for (let run = 0; run < KILLS; run += 1)
      accepted.push(...(await live([folder, url, String(run)], 200 + ((run * 137) % 500))));
    const last = await live([folder, url, "0", "drain"]);
    const told = counts.parse(JSON.parse(last.at(-1)!));

    const rows = [...endpoint.taken.values()].flatMap((list) => list.split(","));
    const arrived = new Set(rows);
    const lost = accepted.filter((id) => !arrived.has(id) && !endpoint.refused.has(id));
    expect(accepted.length).toBeGreaterThan(KILLS * 40);
    expect({ lost, twice: rows.length - arrived.size, differences: endpoint.differences }).toEqual({
      lost: [],
      twice: 0,
      differences: 0,
    });
    // What was accepted without its sender having heard of it is there as well.
    expect(told).toEqual({
      stored: arrived.size,
      dropped: endpoint.refused.size,
      accepted: arrived.size + endpoint.refused.size,
      dead: endpoint.refused.size,
    });
  },
);
