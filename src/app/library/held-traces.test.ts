import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type ObservabilityPipeline, PipelineConfigBuilder } from "sightglass/pipeline";
import { enterFolder, eventsOf } from "./testing/working-folder.ts";

const WAIT = { timeout: 10_000, interval: 20 };
let leaveFolder: () => void;
let pipeline: ObservabilityPipeline | undefined;
beforeEach(() => {
  leaveFolder = enterFolder();
});
afterEach(async () => {
  await pipeline?.stop();
  leaveFolder();
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
  await vi.waitFor(() => expect(eventsOf("out.jsonl")).toMatchObject([{ id: "1" }]), WAIT);
});
