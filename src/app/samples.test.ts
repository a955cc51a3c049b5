import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { samplesAnswer, type SamplesAnswer } from "#api/contract/samples.ts";
import { CommandFolder } from "./testing/command-process.ts";

const PROCESS_TIMEOUT_MS = 60_000;
const MAIL = "by jane@corp.example";
const MASKED = "by j***e@corp.example";

function config(unredactedSamples: boolean): string {
  return `http: { unredactedSamples: ${unredactedSamples} }
receivers: { http_json: { endpoint: "127.0.0.1:0" } }
processors:
  transform: { statements: ['set(log.attributes["shop"], "eu")'] }
  redact: {}
  filter: { dropEventTypes: ["noise"], dropLowValue: false }
destinations:
  jsonl: { outputPath: out/events.jsonl, rotateDaily: false }
`;
}

let folder: CommandFolder;
beforeEach(() => {
  folder = new CommandFolder();
});
afterEach(() => folder.remove());

/** A server through which two events went while its components were looked at. */
async function serve(unredactedSamples: boolean) {
  writeFileSync(join(folder.path, "sightglass.yaml"), config(unredactedSamples));
  const server = folder.serve();
  const api = (await server.ready()).get("UI and API")!;
  const samples = async (name: string): Promise<SamplesAnswer> => {
    const url = `${api}/api/v1/pipelines/default/components/${name}/samples`;
    return samplesAnswer.parse(await (await fetch(url)).json());
  };
  const names = ["http_json", "transform", "redact", "filter", "store", "jsonl"];
  for (const name of names) expect((await samples(name)).data).toEqual([]);
  const events = [
    { type: "order", message: MAIL },
    { type: "noise", message: "hum" },
  ];
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify(events);
  const door = `${server.receiver("http_json")}/v1/events`;
  const posted = await fetch(door, { method: "POST", headers, body });
  expect(await posted.json()).toMatchObject({ accepted: 2 });
  /** The two events at a component, as they came and went: the message of each, or null. */
  const messages = async (name: string): Promise<unknown[]> =>
    (await samples(name)).data
      .toReversed()
      .map(({ outcome, before, after }) => [
        outcome,
        before?.["message"] ?? null,
        after?.["message"] ?? null,
      ]);
  return { api, samples, messages };
}

describe("rows before and after a component", { timeout: PROCESS_TIMEOUT_MS }, () => {
  test("are shown once they are redacted, and not before", async () => {
    const { api, samples, messages } = await serve(false);
    expect(await messages("http_json")).toEqual([]);
    expect(await messages("transform")).toEqual([
      ["changed", null, null],
      ["changed", null, null],
    ]);
    expect(await messages("redact")).toEqual([
      ["changed", null, MASKED],
      ["passed", null, "hum"],
    ]);
    expect(await messages("filter")).toEqual([
      ["passed", MASKED, MASKED],
      ["dropped", "hum", null],
    ]);
    expect(await messages("store")).toEqual([["taken", null, MASKED]]);
    await expect
      .poll(() => messages("jsonl"), { timeout: 20_000 })
      .toEqual([["delivered", null, MASKED]]);
    expect((await samples("transform")).hidden).toEqual({
      before: true,
      after: true,
      because: "redact comes later, and http.unredactedSamples is not set",
    });
    expect((await samples("redact")).hidden).toMatchObject({ before: true, after: false });
    expect((await samples("filter")).hidden).toEqual({
      before: false,
      after: false,
      because: null,
    });

    const pipelines: unknown = await (await fetch(`${api}/api/v1/pipelines`)).json();
    expect(pipelines).toMatchObject({
      data: [
        {
          receivers: [{ name: "otlp" }, { name: "http_json", rates: { dropped: 0 } }],
          processors: [
            { name: "transform" },
            { name: "redact", rowsIn: 2 },
            { name: "filter", rowsIn: 2, rowsOut: 1, rates: {}, statistics: {} },
          ],
          destinations: [{ name: "store" }, { name: "jsonl", statistics: {}, health: {} }],
        },
      ],
    });
    expect(JSON.stringify(pipelines)).not.toContain("jane");
  });

  test("are shown as they came where the configuration says so", async () => {
    const { samples, messages } = await serve(true);
    expect(await messages("http_json")).toEqual([
      ["taken", null, MAIL],
      ["taken", null, "hum"],
    ]);
    expect(await messages("redact")).toEqual([
      ["changed", MAIL, MASKED],
      ["passed", "hum", "hum"],
    ]);
    const { data } = await samples("transform");
    expect(data.at(-1)).toMatchObject({ before: { message: MAIL }, after: { shop: "eu" } });
    expect(data.at(-1)!.before).not.toHaveProperty("shop");
  });
});
