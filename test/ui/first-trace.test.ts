import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ServerProcess } from "../faults/server-process.ts";
import { axeViolations, screenshot, startBrowser } from "./browser.ts";

const browser = await startBrowser();
let folder: string;
let server: ServerProcess;

/** Runs a snippet as a newcomer does: pasted into a shell. */
async function paste(snippet: string): Promise<number | null> {
  const shell = spawn("sh", ["-c", snippet], { stdio: "ignore" });
  const [code] = (await once(shell, "exit")) as [number | null];
  return code;
}

describe.skipIf(browser === undefined)("a newcomer", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sightglass-first-trace-"));
    server = new ServerProcess({ dataDir: join(folder, "data") });
    await server.mustBeReady();
  });
  afterAll(async () => {
    await browser?.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  test("pastes the snippet of the empty page and sees the first trace on it, without a reload", async () => {
    await using opened = await browser!.open(server.http);
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
    await using opened = await browser!.open(`${server.http}/traces/not-a-trace`);
    await opened.page.getByRole("alert").waitFor();
    expect(await opened.page.getByRole("alert").innerText()).toContain("32 hexadecimal digits");
  });
});
