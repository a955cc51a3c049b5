import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { OptionalPackage, ReadVariable } from "../optional-packages.ts";
import { findMissingPackages } from "./missing-packages.ts";
import { parseGraph } from "./parse-graph.ts";
import { register } from "./registry.ts";

const NEEDED: OptionalPackage = {
  name: "far-client",
  neededBy: "FarDestination without a key",
  instead: "a key",
};
const far = register({
  type: "far",
  summary: "Sends far.",
  signals: { logs: "stable" },
  settings: z.strictObject({ key: z.string().optional() }),
  packages: ({ key }, variable) => ((key ?? variable("FAR_KEY")) === undefined ? [NEEDED] : []),
  create: () => ({
    bounds: { rowsMax: 1, bytesMax: 1_000, waitMsMax: 1 },
    send: () => Promise.resolve(),
  }),
});
const NONE = { types: [], get: () => undefined };
const registry = {
  receivers: NONE,
  processors: NONE,
  destinations: { types: ["far"], get: () => far },
};

function missing(
  written: object,
  {
    variable = () => undefined,
    installed = [] as readonly string[],
  }: {
    readonly variable?: ReadVariable;
    readonly installed?: readonly string[];
  } = {},
) {
  const parsed = parseGraph({ destinations: written }, registry);
  if (!parsed.success) throw new Error(JSON.stringify(parsed.problems));
  const isInstalled = (name: string): boolean => installed.includes(name);
  return findMissingPackages(parsed.graph, { variable, isInstalled });
}

describe("a package that a component needs", () => {
  it("is told by its component, with how it is installed", () => {
    expect(missing({ "far/a": { key: "k" }, "far/b": {} })).toEqual([
      {
        path: ["destinations", "far/b"],
        found: 'no package "far-client"',
        allowed:
          'a key, or that package. FarDestination without a key requires the "far-client" package. Install it with: npm install far-client',
      },
    ]);
  });

  it("is found in a member of a group too", () => {
    expect(missing({ far: {}, group: { members: ["far"] } })).toHaveLength(1);
  });

  it("is not missed when it is there, or when a variable says what would else be asked of it", () => {
    expect(missing({ far: {} }, { installed: ["far-client"] })).toEqual([]);
    const variable: ReadVariable = (name) => (name === "FAR_KEY" ? "k" : undefined);
    expect(missing({ far: {} }, { variable })).toEqual([]);
  });
});
