import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeViolations, screenshot, startBrowser } from "./browser.ts";

const MAIN = fileURLToPath(new URL("../../src/app/main.ts", import.meta.url));

const browser = await startBrowser();
let folder: string;
let server: ChildProcess;
let origin: string;

/** Starts Sightglass as `npm start` does, on free ports; resolves with the address that it prints. */
async function startSightglass(): Promise<string> {
  server = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, "serve"], {
    // A configuration that lies in the clone is none of ours.
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      SIGHTGLASS_DATA_DIR: folder,
      SIGHTGLASS_HTTP: "127.0.0.1:0",
      SIGHTGLASS_OTLP_HTTP: "127.0.0.1:0",
      SIGHTGLASS_OTLP_GRPC: "127.0.0.1:0",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  server.stderr!.on("data", (words: Buffer) => said.push(words.toString()));
  for await (const line of createInterface({ input: server.stdout! })) {
    said.push(line);
    const address = /UI and API\s+(http:\S+)/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error(`Sightglass did not start:\n${said.join("\n")}`);
}

/** Runs a snippet as a newcomer does: pasted into a shell. */
async function paste(snippet: string): Promise<number | null> {
  const shell = spawn("sh", ["-c", snippet], { stdio: "ignore" });
  const [code] = (await once(shell, "exit")) as [number | null];
  return code;
}

describe.skipIf(browser === undefined)("a newcomer", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sightglass-first-trace-"));
    origin = await startSightglass();
  });
  afterAll(async () => {
    await browser?.close();
    if (server.exitCode === null) {
      server.kill("SIGTERM");
      await once(server, "exit");
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  test("pastes the snippet of the empty page and sees the first trace on it, without a reload", async () => {
    await using opened = await browser!.open(origin);
    const { page, problems } = opened;
    await page.getByRole("heading", { name: "Waiting for first data" }).waitFor();
    await page.getByText("Healthy").waitFor();
    const snippet = await page.getByLabel("Snippet for curl").innerText();
    expect(await paste(snippet)).toBe(0);
    const trace = page.getByRole("link", { name: "my-service GET /hello" });
    await trace.waitFor();
    expect(await page.getByRole("rowheader", { name: "my-service" }).isVisible()).toBe(true);
    await screenshot(page, "first-trace");
    expect(await axeViolations(page)).toEqual([]);
    await trace.click();
    const row = page.getByRole("treeitem", { name: /^my-service GET \/hello 250 ms/ });
    await row.click();
    const detail = page.getByRole("region", { name: "Selected span" });
    await detail.getByText("service.name").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  test("is told by the API's own words what a wrong address is", async () => {
    await using opened = await browser!.open(`${origin}/traces/not-a-trace`);
    await opened.page.getByRole("alert").waitFor();
    expect(await opened.page.getByRole("alert").innerText()).toContain("32 hexadecimal digits");
  });
});
