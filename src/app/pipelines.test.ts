import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { type CommandProcess, CommandFolder } from "./testing/command-process.ts";

const PROCESS_TIMEOUT_MS = 90_000;
const POLL = { timeout: 20_000 };

let folder: CommandFolder;
beforeEach(() => {
  folder = new CommandFolder();
});
afterEach(() => folder.remove());

const SHARED = `receivers:
  http_json: { endpoint: "127.0.0.1:0" }
  http_json/audit: { endpoint: "127.0.0.1:0" }
destinations:
  jsonl: { outputPath: audit.jsonl, rotateDaily: false }
`;
const MAIN = "pipelines:\n  default: { receivers: [otlp, http_json], destinations: [store] }\n";
const AUDIT =
  "  audit: { receivers: [http_json, http_json/audit], destinations: [jsonl, store] }\n";
const ALONE = `receivers:
  http_json: { endpoint: "127.0.0.1:0" }
`;

const logsAnswer = z.object({ data: z.array(z.object({ body: z.string() })) });
const ledgerAnswer = z.object({ inAll: z.object({ logs: z.record(z.string(), z.number()) }) });
const viewAnswer = z.object({
  data: z.array(
    z.object({
      name: z.string(),
      receivers: z.array(z.object({ name: z.string(), addresses: z.array(z.string()) })),
    }),
  ),
});

function write(yaml: string): void {
  const file = join(folder.path, "sightglass.yaml");
  writeFileSync(`${file}.new`, yaml);
  renameSync(`${file}.new`, file);
}

class Api {
  private readonly url: string;
  private readonly server: CommandProcess;

  constructor(server: CommandProcess, url: string) {
    this.server = server;
    this.url = url;
  }

  async pipelines(): Promise<z.infer<typeof viewAnswer>["data"]> {
    return viewAnswer.parse(await this.json("/api/v1/pipelines")).data;
  }

  async names(): Promise<string[]> {
    return (await this.pipelines()).map(({ name }) => name);
  }

  /** Bodies of all logs of the service, in order. */
  async bodies(): Promise<string[]> {
    const { data } = logsAnswer.parse(await this.json("/api/v1/logs?service=shop&limit=100"));
    return data.map(({ body }) => body).toSorted();
  }

  async ledger(): Promise<Record<string, number>> {
    return ledgerAnswer.parse(await this.json("/api/v1/ledger")).inAll.logs;
  }

  /** Has a receiver take an event. */
  async bring(receiver: string, message: string): Promise<void> {
    const address = await this.addressOf(receiver);
    const response = await fetch(`http://${address}/v1/events`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ message, service: "shop" }),
    });
    if (!response.ok)
      throw new Error(`${receiver} answered ${response.status}: ${this.server.stderr}`);
  }

  /** A pipeline is there a moment before what comes with it listens. */
  private async addressOf(receiver: string): Promise<string> {
    for (const endMs = performance.now() + POLL.timeout; performance.now() < endMs;) {
      const all = (await this.pipelines()).flatMap(({ receivers }) => receivers);
      const address = all.find(({ name }) => name === receiver)?.addresses[0];
      if (address !== undefined) return address.split(" ").at(-1)!;
    }
    throw new Error(`${receiver} listens nowhere: ${this.server.stderr}`);
  }

  private async json(path: string): Promise<unknown> {
    return (await fetch(`${this.url}${path}`)).json();
  }
}

it(
  "several pipelines keep what each was brought, come and go while the server runs, and one may have the name of an earlier one",
  { timeout: PROCESS_TIMEOUT_MS },
  async () => {
    write(SHARED + MAIN + AUDIT);
    const server = folder.serve();
    const api = new Api(server, (await server.ready()).get("UI and API")!);
    expect(await api.names()).toEqual(["default", "audit"]);

    // Each of two pipelines with a store stores its copy.
    await api.bring("http_json", "both");
    await api.bring("http_json/audit", "audit");
    await expect.poll(() => api.bodies(), POLL).toEqual(["audit", "both", "both"]);
    const lines = (): string[] =>
      existsSync(join(folder.path, "audit.jsonl"))
        ? readFileSync(join(folder.path, "audit.jsonl"), "utf8").split("\n").slice(0, -1)
        : [];
    await expect.poll(lines, POLL).toHaveLength(2);
    const accepted = (await api.ledger())["accepted"]!;

    write(ALONE);
    await expect.poll(() => api.names(), POLL).toEqual(["default"]);
    const journal = join(folder.path, "data/journal/audit");
    await expect.poll(() => existsSync(journal), POLL).toBe(false);
    await api.bring("http_json", "default");

    // Its journal counts from one again: that it is another one the store must know.
    write(SHARED + MAIN + AUDIT);
    await expect.poll(() => api.names(), POLL).toEqual(["default", "audit"]);
    await api.bring("http_json/audit", "again");
    await expect
      .poll(() => api.bodies(), POLL)
      .toEqual(["again", "audit", "both", "both", "default"]);
    await expect.poll(lines, POLL).toHaveLength(3);
    const { accepted: later, stored, dropped, inFlight } = await api.ledger();
    expect(later).toBeGreaterThanOrEqual(accepted + 2);
    expect(later).toBe(stored! + dropped! + inFlight!);
    expect(dropped).toBe(0);
  },
);
