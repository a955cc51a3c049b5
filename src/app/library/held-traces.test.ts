import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type ObservabilityPipeline, PipelineConfigBuilder } from "sightglass/pipeline";

const WAIT = { timeout: 10_000, interval: 20 };
const before = process.cwd();
let folder = "";
let pipeline: ObservabilityPipeline | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sightglass-held-"));
  process.chdir(folder);
});
afterEach(async () => {
  await pipeline?.stop();
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

it("a pipeline in code that holds traces takes what it does not hold", async () => {
  const policies = [{ name: "all", type: "always_sample" }];
  pipeline = new PipelineConfigBuilder()
    .addProcessor("tail_sample", { policies })
    .addDestination("jsonl", { outputPath: "out.jsonl", rotateDaily: false })
    .build();
  await pipeline.initialize();
  await pipeline.start();
  await pipeline.processEvent({ id: "1", type: "task_failed", level: "error", message: "x" });
  const written = (): string => readFileSync("out.jsonl", "utf8");
  await vi.waitFor(() => expect(written()).toContain('"task_failed"'), WAIT);
});
