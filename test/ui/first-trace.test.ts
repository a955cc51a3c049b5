import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CommandProcess, FREE_PORTS } from "#app/testing/command-process.ts";
import { axeViolations, screenshot, startBrowser } from "./browser.ts";

const CLONE = fileURLToPath(new URL("../../", import.meta.url));
/** From the command to the first trace on the page, the installation beside; measured: some seconds. */
const FIRST_TRACE_MS_MAX = 60_000;

const browser = await startBrowser();
let folder: string;
let server: CommandProcess;
let startedMs: number;
let address: string;

/** Runs a snippet as a newcomer does: pasted into a shell. */
async function paste(snippet: string): Promise<number | null> {
  const shell = spawn("sh", ["-c", snippet], { stdio: "ignore" });
  const [code] = (await once(shell, "exit")) as [number | null];
  return code;
}

describe.skipIf(browser === undefined)("a newcomer", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sightglass-first-trace-"));
    startedMs = performance.now();
    server = new CommandProcess({
      folder: CLONE,
      program: "npm",
      words: ["start"],
      environment: {
        ...FREE_PORTS,
        SIGHTGLASS_DATA_DIR: join(folder, "data"),
        npm_config_update_notifier: "false",
      },
    });
    address = (await server.ready()).get("UI and API") ?? "";
  });
  afterAll(async () => {
    await browser?.close();
    server.signal("SIGTERM");
    await server.ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  test("starts it, copies the snippet of the empty page, runs it and sees the first trace", async () => {
    await using opened = await browser!.open(address);
    const { page, problems } = opened;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("heading", { name: "Waiting for first data" }).waitFor();
    await page.getByText("Healthy").waitFor();
    await page.getByRole("button", { name: "Copy the snippet" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    expect(await paste(await page.evaluate(() => navigator.clipboard.readText()))).toBe(0);
    const trace = page.getByRole("link", { name: "my-service GET /hello" });
    await trace.waitFor();
    const tookMs = performance.now() - startedMs;
    process.stderr.write(
      `The first trace was seen ${(tookMs / 1000).toFixed(1)} s after npm start\n`,
    );
    expect(tookMs).toBeLessThan(FIRST_TRACE_MS_MAX);
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
    await using opened = await browser!.open(`${address}/traces/not-a-trace`);
    await opened.page.getByRole("alert").waitFor();
    expect(await opened.page.getByRole("alert").innerText()).toContain("32 hexadecimal digits");
  });
});
