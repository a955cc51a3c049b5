import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BUILT_UI } from "./page-server.ts";

const KB = 1_000;

/** What a first visit may weigh, in bytes after gzip, and each page that comes later. */
const BUDGET = { entryScript: 250 * KB, lazyScript: 130 * KB, styles: 30 * KB } as const;

const isBuilt = existsSync(join(BUILT_UI, "index.html"));
const page = isBuilt ? readFileSync(join(BUILT_UI, "index.html"), "utf8") : "";
const files = isBuilt ? readdirSync(join(BUILT_UI, "assets")) : [];
const entries = [...page.matchAll(/(?:src|href)="\/assets\/([^"]+)"/g)].map((match) => match[1]!);

function gzipped(names: readonly string[], ending: string): number {
  return names
    .filter((name) => extname(name) === ending)
    .reduce((sum, name) => sum + gzipSync(readFileSync(join(BUILT_UI, "assets", name))).length, 0);
}

describe("the built pages", () => {
  test("are there, since the set-up of every command builds them", () => {
    expect(isBuilt).toBe(true);
    expect(entries.length).toBeGreaterThan(0);
  });

  test("begin with scripts and styles within their budgets", () => {
    expect(gzipped(entries, ".js")).toBeGreaterThan(50 * KB);
    expect(gzipped(entries, ".js")).toBeLessThan(BUDGET.entryScript);
    expect(gzipped(files, ".css")).toBeLessThan(BUDGET.styles);
  });

  test("load each later script within its budget", () => {
    const later = files.filter((name) => extname(name) === ".js" && !entries.includes(name));
    expect(later.length).toBeGreaterThan(0);
    const tooLarge = later.filter((name) => gzipped([name], ".js") > BUDGET.lazyScript);
    expect(tooLarge).toEqual([]);
  });

  test("have no inline script or style, no source map and nothing from elsewhere", () => {
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/i);
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(files.filter((name) => name.endsWith(".map"))).toEqual([]);
  });
});
