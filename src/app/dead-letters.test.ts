import { createServer, type Server } from "node:http";
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { runCommandLine } from "./command-line.ts";
import { EXIT_CODES, exitOf } from "./exit-codes.ts";
import {
  CommandFolder,
  type CommandProcess,
  type CommandResult,
} from "./testing/command-process.ts";

const PROCESS_TIMEOUT_MS = 120_000;

/** A service that will not take events with a word in them, until it is mended. */
class PickyService {
  readonly taken: string[] = [];
  isMended = false;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString()));
      request.on("end", () => {
        if (body.includes("poison") && !this.isMended) {
          response.writeHead(422).end("no poison here");
          return;
        }
        const events = z.array(z.object({ message: z.string() })).parse(JSON.parse(body));
        this.taken.push(...events.map(({ message }) => message));
        response.end();
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let folder: CommandFolder;
let service: PickyService;
beforeEach(async () => {
  folder = new CommandFolder();
  service = new PickyService();
  const url = await service.listen();
  writeFileSync(
    join(folder.path, "sightglass.yaml"),
    `receivers: { http_json: { endpoint: "127.0.0.1:0" } }
destinations:
  webhook/picky: { url: "${url}", allowPrivate: true, flushInterval: 10 }
`,
  );
});
afterEach(async () => {
  await folder.remove();
  await service.close();
});

async function post(server: CommandProcess, ...messages: readonly string[]): Promise<void> {
  const body = JSON.stringify(messages.map((message) => ({ type: "order", message })));
  const headers = { "content-type": "application/json" };
  const url = `${server.receiver("http_json")}/v1/events`;
  const answer = await fetch(url, { method: "POST", headers, body });
  expect(await answer.json()).toMatchObject({ accepted: messages.length });
}

const listed = z.object({
  data: z.array(z.object({ id: z.string(), destination: z.string(), reason: z.string() })),
});

function letters(...words: readonly string[]): Promise<CommandResult> {
  return folder.run(["dead-letters", ...words]);
}

/** What a running server says. */
async function list(api: string): Promise<z.infer<typeof listed>["data"]> {
  const answer = await fetch(`${api}/api/v1/dead-letters`);
  return listed.parse(await answer.json()).data;
}

describe("dead letters on the command line", { timeout: PROCESS_TIMEOUT_MS }, () => {
  test("are seen, sent again and deleted, beside a server and on the folder of a stopped one", async () => {
    const server = folder.serve();
    const api = (await server.ready()).get("UI and API")!;
    await post(server, "one", "poison two", "three");
    await expect.poll(() => list(api), { timeout: 20_000 }).toHaveLength(1);
    expect(service.taken.toSorted()).toEqual(["one", "three"]);
    const [letter] = await list(api);
    expect(letter).toMatchObject({
      destination: "webhook/picky",
      reason: expect.stringContaining("HTTP 422: no poison here") as string,
    });
    const { id } = letter!;

    const table = await letters("list");
    expect(table.stdout).toMatch(/^time +pipeline +destination +signal +rows +reason +id\n/);
    expect(table.stdout).toContain(id);
    const shown = await letters("show", id);
    expect(JSON.parse(shown.stdout)).toMatchObject({ id, row: { message: "poison two" } });

    const refused = await letters("replay", id);
    expect(refused.code).toBe(EXIT_CODES.failed);
    expect(refused.stdout).toContain("0 delivered, 1 refused again, 1 left.");
    service.isMended = true;
    const replayed = await letters("replay", "--destination", "webhook/picky");
    expect(replayed).toMatchObject({ code: 0, stdout: "1 delivered, 0 refused again, 0 left.\n" });
    expect(service.taken).toContain("poison two");
    expect((await letters("list")).stdout).toBe("There are no dead letters.\n");

    service.isMended = false;
    await post(server, "poison four", "poison five");
    await expect.poll(() => list(api), { timeout: 20_000 }).toHaveLength(2);
    server.signal("SIGTERM");
    await server.ended;

    const offline = listed.parse(JSON.parse((await letters("list", "--json")).stdout));
    const [four, five] = offline.data;
    expect(await letters("replay", four!.id)).toMatchObject({
      code: EXIT_CODES.server_unreachable,
      stdout: "",
    });
    expect(await letters("delete", four!.id)).toMatchObject({ code: 0, stdout: "1 deleted.\n" });
    expect((await letters("delete", four!.id)).code).toBe(EXIT_CODES.failed);
    const left = JSON.parse((await letters("show", five!.id)).stdout) as unknown;
    expect(left).toMatchObject({ destination: "webhook/picky", row: { message: "poison five" } });

    const again = folder.serve();
    const after = (await again.ready()).get("UI and API")!;
    expect((await list(after)).map((one) => one.id)).toEqual([five!.id]);
    again.signal("SIGTERM");
    expect(await again.ended).toMatchObject({ code: 0 });
  });

  test.each([
    [["list", "x"], 'found "x"; allowed: list without an id'],
    [["show"], "found no id; allowed: show <id>"],
    [["replay"], "found no id; allowed: replay <id>, or --destination <name>"],
    [["revive", "x"], 'found "revive"; allowed: list, show, replay, delete'],
  ])("are not understood as %j", async (words, reason) => {
    const error: unknown = await runCommandLine(["dead-letters", ...words]).catch(
      (thrown: unknown) => thrown,
    );
    const { code, message } = exitOf(error);
    expect(code).toBe(EXIT_CODES.usage);
    expect(message).toContain(`dead-letters: ${reason}`);
  });

  test("there are none where no server ever was", async () => {
    expect(await letters("list")).toMatchObject({
      code: 0,
      stdout: "There are no dead letters.\n",
    });
  });
});
