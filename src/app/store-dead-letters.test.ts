import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { systemClock } from "#core/clock.ts";
import { BlockLetters } from "#destinations/store/block-letters.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { CommandFolder } from "./testing/command-process.ts";

const PROCESS_TIMEOUT_MS = 120_000;
const ID = "default:5-5:spans:19700";

let folder: CommandFolder;
beforeEach(() => {
  folder = new CommandFolder();
});
afterEach(() => folder.remove());

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

    const server = folder.serve();
    const api = (await server.ready()).get("UI and API")!;
    const view = answer.parse(await (await fetch(`${api}/api/v1/pipelines`)).json());
    expect(view.data[0]!.destinations[0]).toEqual({
      name: "store",
      deadLetters: { count: 3, bytes: 15 },
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
    expect(replayed.stdout).toContain("0 delivered, 1 refused again, 1 left.");
    expect(replayed.stdout).toMatch(/columns/);
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
