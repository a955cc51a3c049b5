import { expect, it } from "vitest";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { createFootprint, type Footprint } from "./footprint.ts";

it("tells the processors in use since it was asked last, once that says something", async () => {
  const clock = new FakeClock();
  let cpuMs = 500;
  const of: Footprint = {
    pid: 7,
    memoryUsage: process.memoryUsage,
    cpuUsage: () => ({ user: cpuMs * 1_000, system: 0 }),
  };
  const footprint = createFootprint(clock, of);
  expect(await footprint()).toMatchObject({ pid: 7, cpuSeconds: 0.5, cpuShare: null });
  cpuMs += 1_500;
  await clock.advance(1_000);
  expect(await footprint()).toMatchObject({ cpuSeconds: 2, cpuShare: 1.5 });
  cpuMs += 100;
  await clock.advance(100);
  expect(await footprint()).toMatchObject({ cpuShare: 1.5 });
});

it("counts threads and open files where the machine tells of them", async () => {
  const { threads, openFiles, rssBytes } = await createFootprint(new FakeClock())();
  expect(rssBytes).toBeGreaterThan(1_000_000);
  const isLinux = process.platform === "linux";
  expect([threads !== null, openFiles !== null]).toEqual([isLinux, isLinux]);
});
