import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "#config/load.ts";
import { ConfigError } from "#config/problems.ts";
import { readGraph, takenAddresses } from "./graph.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Where people read: pages, and what stands beside the code of a component. */
const PLACES = ["docs", "src/receivers", "src/processors", "src/destinations"];
const BLOCK = /^```ya?ml\n(?<text>[^]*?)^```$/gm;
const REFERENCE = /\$\{(?<kind>env|file):(?<name>[^}]+)\}/g;

interface Example {
  /** The file with the line at which it begins. */
  readonly place: string;
  readonly text: string;
}

function markdownFiles(): string[] {
  const found = PLACES.flatMap((place) =>
    readdirSync(join(ROOT, place), { recursive: true, encoding: "utf8" }).map((file) =>
      join(place, file),
    ),
  );
  return ["README.md", ...found.filter((file) => file.endsWith(".md"))].toSorted();
}

function examplesIn(file: string): Example[] {
  const page = readFileSync(join(ROOT, file), "utf8");
  return [...page.matchAll(BLOCK)].map(({ index, groups }) => ({
    place: `${file}:${page.slice(0, index).split("\n").length}`,
    text: groups!["text"]!,
  }));
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sightglass-examples-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What is wrong with a configuration, where everything that it refers to is there. */
async function problemsOf(text: string): Promise<readonly string[]> {
  const environment: Record<string, string> = {};
  for (const { groups } of text.matchAll(REFERENCE)) {
    const { kind, name } = groups as { kind: string; name: string };
    const value = name.endsWith("URL") ? "https://example.com/given" : "given-0123456789abcdef";
    if (kind === "env") environment[name] = value;
    else writeFileSync(join(folder, name), value);
  }
  try {
    await loadConfig({
      environment,
      folder,
      text,
      async judgeGraph(written, settings) {
        const installation = { variable: () => undefined, isInstalled: () => true };
        const parsed = await readGraph(written, takenAddresses(settings), installation);
        return parsed.success ? [] : parsed.problems;
      },
    });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split("\n");
  }
}

describe("every configuration that the documentation shows is one that a start takes:", () => {
  const examples = markdownFiles().flatMap(examplesIn);

  it("there are some for each kind of component", () => {
    for (const place of PLACES)
      expect(examples.some((example) => example.place.startsWith(`${place}/`))).toBe(true);
  });

  it.each(examples)("$place", async ({ text }) => {
    expect(await problemsOf(text)).toEqual([]);
  });

  it("a wrong one would be found", async () => {
    expect(await problemsOf("destinations:\n  webhook: { url: '${URL}' }\n")).toEqual([
      expect.stringMatching(/^sightglass\.yaml:2: destinations\.webhook\.url: found \$\{URL\}/),
    ]);
  });
});
