import type { SamplesAnswer } from "#api/contract/samples.ts";
import { expect, test } from "vitest";
import { sampleNames } from "./sample-names.ts";

function sample(message: string, time = "2026-11-21T09:00:00.000Z"): SamplesAnswer["data"][number] {
  return { time, signal: "logs", outcome: "passed", before: { message }, after: { message } };
}

test("a sample keeps its name while newer ones come and older ones fall out", () => {
  const [first, second, third] = [sample("a"), sample("b"), sample("c")];
  const names = sampleNames([second, first]);
  expect(sampleNames([third, second, first]).slice(1)).toEqual(names);
  expect(sampleNames([third, second])[1]).toBe(names[0]);
});

test("samples of one content have names of their own, which newer ones do not change", () => {
  const names = sampleNames([sample("a"), sample("a")]);
  expect(new Set(names).size).toBe(2);
  expect(sampleNames([sample("a"), sample("a"), sample("a")]).slice(1)).toEqual(names);
});
