import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { LogBuilder } from "#core/build/log-builder.ts";
import { systemClock } from "#core/clock.ts";
import { unpackPayload } from "#core/native/payload.ts";
import { BlockLetters } from "#destinations/store/block-letters.ts";
import { GroupEncoder } from "#pipeline/group-encoder.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { CommandFolder } from "./testing/command-process.ts";

const PROCESS_TIMEOUT_MS = 120_000;
const ID = "default:5-5:spans:19700";

let folder: CommandFolder;
beforeEach(() => {
  folder = new CommandFolder();
});
afterEach(() => folder.remove());

/** Keeps all blocks of one log record as if the store had refused them. */
async function keepWhole(
  letters: BlockLetters,
  path: string,
): Promise<{ letters: number; rows: number }> {
  const nowMs = systemClock.nowMs();
  const builder = new LogBuilder({
    observedNs: BigInt(nowMs) * 1_000_000n,
    window: { oldestMs: 0, newestMs: nowMs + 1_000 },
  });
  builder.group({ "service.name": "shop" });
  builder.add({ body: "it came back", timeNs: BigInt(nowMs) * 1_000_000n });
  const { payload } = new GroupEncoder("default", systemClock).encode([builder.finish(100)]);
  const blocks = unpackPayload(payload).filter(({ rows }) => rows > 0);
  for (const { table, day, rows, block } of blocks) {
    writeFileSync(path, block);
    const token = `default:9-9:${table}:${day}`;
    await letters.keep({ token, table, rows, path, reason: "not now" });
  }
  return { letters: blocks.length, rows: blocks.reduce((sum, { rows }) => sum + rows, 0) };
}

const answer = z.object({
  data: z.array(
    z.object({
      destinations: z.array(z.object({ name: z.string(), deadLetters: z.unknown() })),
    }),
  ),
});

test(
  "blocks that the store would not take are seen, tried again and deleted like any dead letter",
  { timeout: PROCESS_TIMEOUT_MS },
  async () => {
    const dead = join(folder.path, "data/store/dead");
    mkdirSync(dead, { recursive: true });
    const path = join(folder.path, "torn.native");
    writeFileSync(path, "no block at all");
    const letters = new BlockLetters({ folder: dead, clock: systemClock });
    await letters.keep({ token: ID, table: "spans", rows: 3, path, reason: "it is torn" });
    const whole = await keepWhole(letters, path);

    const server = folder.serve();
    const api = (await server.ready()).get("UI and API")!;
    const view = answer.parse(await (await fetch(`${api}/api/v1/pipelines`)).json());
    expect(view.data[0]!.destinations[0]).toMatchObject({
      name: "store",
      deadLetters: { count: 3 + whole.rows },
    });
    const shown = await folder.run(["dead-letters", "show", ID]);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      id: ID,
      destination: "store",
      signal: "traces",
      rows: 3,
      reason: "it is torn",
      row: { table: "spans", bytes: 15 },
    });
    const replayed = await folder.run(["dead-letters", "replay", "--destination", "store"]);
    expect(replayed.code).toBe(EXIT_CODES.failed);
    expect(replayed.stdout).toContain(`${whole.letters} delivered, 1 refused again, 1 left.`);
    expect(replayed.stdout).toMatch(/columns/);
    const logs = z.object({ data: z.array(z.object({ body: z.string() })) });
    const found = await fetch(`${api}/api/v1/logs?service=shop`);
    expect(logs.parse(await found.json()).data).toEqual([{ body: "it came back" }]);
    server.signal("SIGTERM");
    await server.ended;

    const list = await folder.run(["dead-letters", "list"]);
    expect(list.stdout).toMatch(/store +traces +3 +it is torn +default:5-5:spans:19700/);
    const deleted = await folder.run(["dead-letters", "delete", ID]);
    expect(deleted).toMatchObject({ code: 0, stdout: "1 deleted.\n" });
    expect((await folder.run(["dead-letters", "list"])).stdout).toBe(
      "There are no dead letters.\n",
    );
  },
);
