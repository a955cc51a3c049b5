import { type FileHandle, open, readFile, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { ShopGenerator } from "#app/demo/generator.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { applyPatches, type PatchPlan, planPatches } from "./patch-plan.ts";
import { numberPointRequests } from "./number-points.ts";

/** What a benchmark sends. */
export const LOAD_KINDS = ["traces", "logs", "points"] as const;
export type LoadKind = (typeof LOAD_KINDS)[number];

export function signalOf(kind: LoadKind): "traces" | "logs" | "metrics" {
  return kind === "points" ? "metrics" : kind;
}

export const ROWS_PER_BODY = 1_000;

/** Encoded and compressed requests in a file, one after the other. */
export interface BodyFile {
  readonly kind: LoadKind;
  readonly path: string;
  /** Offset and length of each. */
  readonly places: readonly (readonly [offset: number, bytes: number])[];
}

/** Requests before they are varied. */
interface Template {
  readonly bytes: Buffer;
  readonly plan: PatchPlan;
  readonly timeMs: number;
}

const SEED = 20_261_121;
const compress = promisify(gzip);
/** Compressed at once: as many as there are processors on the machines that this is for. */
const AT_ONCE = 4;

/**
 * Encodes `count` requests of 1,000 rows before anything is measured, so that no row comes twice:
 * a pool of the demo's requests is varied (ids and times) and compressed again. They lie on the disk,
 * for in memory they would take gigabytes. Their times are evenly spread over `overMs` until `endMs`.
 */
export async function prepareBodies(of: {
  kind: LoadKind;
  path: string;
  count: number;
  poolSize: number;
  endMs: number;
  overMs: number;
}): Promise<BodyFile> {
  const templates = templatesOf(of.kind, of.poolSize, of.endMs);
  const places: [number, number][] = [];
  const file = await open(of.path, "w");
  try {
    let offset = 0;
    for (let from = 0; from < of.count; from += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, of.count - from) }, (_, index) => {
        const number = from + index;
        const timeMs = of.endMs - of.overMs + (of.overMs * number) / of.count;
        return compress(varied(templates[number % templates.length]!, number, timeMs));
      });
      for (const body of await Promise.all(some)) {
        await writeWhole(file, body);
        places.push([offset, body.length]);
        offset += body.length;
      }
    }
  } finally {
    await file.close();
  }
  const bodies: BodyFile = { kind: of.kind, path: of.path, places };
  await writeFile(`${of.path}.json`, JSON.stringify(bodies));
  return bodies;
}

export async function readBodies(path: string): Promise<BodyFile> {
  return JSON.parse(await readFile(`${path}.json`, "utf8")) as BodyFile;
}

export async function removeBodies({ path }: BodyFile): Promise<void> {
  await rm(path, { force: true });
  await rm(`${path}.json`, { force: true });
}

function templatesOf(kind: LoadKind, poolSize: number, timeMs: number): Template[] {
  const signal = signalOf(kind);
  return requestsOf(kind, poolSize, timeMs).map((request) => {
    const bytes = encodeOtlp(signal, request);
    return { bytes, plan: planPatches(signal, bytes), timeMs };
  });
}

/** The demo's requests that are full. Their rows lie within a second before `timeMs`. */
function requestsOf(kind: LoadKind, poolSize: number, timeMs: number): unknown[] {
  if (kind === "points") return numberPointRequests({ seed: SEED, count: poolSize, timeMs });
  const shop = new ShopGenerator({ seed: SEED, startMs: timeMs - 1_000, signals: [kind] });
  const full: unknown[] = [];
  while (full.length < poolSize) {
    for (const { rows, request } of shop.window({
      fromMs: timeMs - 1_000,
      toMs: timeMs,
      traces: 700,
    }))
      if (rows === ROWS_PER_BODY) full.push(request);
  }
  return full.slice(0, poolSize);
}

function varied({ bytes, plan, timeMs }: Template, variant: number, atMs: number): Buffer {
  const copy = Buffer.from(bytes);
  applyPatches(copy, plan, { variant, shiftNs: BigInt(Math.round((atMs - timeMs) * 1_000_000)) });
  return copy;
}

async function writeWhole(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at);
    at += bytesWritten;
  }
}
