import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { type Batch, releaseBatch } from "#core/batch.ts";
import { systemClock } from "#core/clock.ts";
import { GROUP_LIMITS } from "#core/limits.ts";
import { BLOCK_COLUMNS } from "#core/native/block-columns.ts";
import { PAYLOAD_VERSION } from "#core/native/payload.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import { InsertFiles } from "#destinations/store/insert-files.ts";
import { SpareFiles } from "#destinations/store/spare-files.ts";
import { GroupEncoder } from "#pipeline/group-encoder.ts";
import type { JournalRecord } from "#pipeline/journal/journal.ts";
import { createOtlpSink } from "#receivers/otlp/sink.ts";
import type { BlockInsert } from "#store/block-writer.ts";
import { type BodyFile, signalOf } from "../load/bodies.ts";
import { cpuSeconds, cpuSecondsByThread, rssBytes, untilQuiet } from "../measure/process-stats.ts";
import { benchFolder, ROOT } from "../measure/server.ts";
import type { EngineOrder, EngineReply } from "./engine-main.ts";

export interface EngineReport {
  readonly rows: number;
  readonly inserts: number;
  readonly seconds: number;
  /** Until the last insert has returned. */
  readonly cpuSeconds: number;
  /** Until the merges that were left had come to rest as well. */
  readonly cpuSecondsToRest: number;
  /** From its start until at rest, by the names of threads that were still there. */
  readonly threadCpuSeconds: Readonly<Record<string, number>>;
  readonly rssBytesMax: number;
}

/** Inserts that run at once, as in the server. */
const INSERTS_AT_ONCE = 2;
const REST_SHARE = 0.05;
const REST_MS_MAX = 60_000;

/**
 * What the engine alone needs for the first `bodies` requests of the file: they are decoded and
 * encoded here, which is not measured, to the blocks that the server makes of them, `rowsPerInsert` to
 * a file, and inserted by a process that does nothing else.
 */
export async function measureEngine(
  file: BodyFile,
  of: { bodies: number; rowsPerInsert: number; memoryBytesMax: number },
): Promise<EngineReport> {
  const folder = mkdtempSync(join(benchFolder(), "engine-"));
  const filesFolder = join(folder, "inserts");
  mkdirSync(filesFolder);
  const engine = await EngineProcess.start(join(folder, "data"), of.memoryBytesMax);
  try {
    const before = cpuSeconds(engine.pid).total;
    const beganMs = performance.now();
    const counts = { rows: 0, inserts: 0, rssBytesMax: 0 };
    const running = new Set<Promise<void>>();
    for await (const gathered of gatheredFiles(file, of, filesFolder)) {
      while (running.size >= INSERTS_AT_ONCE) await Promise.race(running);
      const inserted = insertAll(engine, gathered).then(() => gathered.discard());
      running.add(inserted);
      void inserted.finally(() => running.delete(inserted));
      counts.rows += Object.values(gathered.plan.rows).reduce((sum, rows) => sum + rows, 0);
      counts.inserts++;
      counts.rssBytesMax = Math.max(counts.rssBytesMax, rssBytes(engine.pid));
    }
    await Promise.all(running);
    const seconds = (performance.now() - beganMs) / 1_000;
    const after = cpuSeconds(engine.pid).total;
    await untilQuiet(engine.pid, REST_SHARE, REST_MS_MAX);
    const rested = cpuSeconds(engine.pid).total;
    const threadCpuSeconds = Object.fromEntries(cpuSecondsByThread(engine.pid));
    await engine.close();
    return {
      ...counts,
      seconds,
      cpuSeconds: after - before,
      cpuSecondsToRest: rested - before,
      threadCpuSeconds,
    };
  } finally {
    engine.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

type Gathered = Awaited<ReturnType<InsertFiles["close"]>>;

/** The files of each insert, in order; the next one is made when it is asked for. */
async function* gatheredFiles(
  file: BodyFile,
  of: { bodies: number; rowsPerInsert: number },
  folder: string,
): AsyncGenerator<Gathered> {
  const spares = new SpareFiles(folder);
  let files = newFiles(spares);
  for await (const record of recordsOf(file, of.bodies)) {
    await files.add(record);
    if (files.rows < of.rowsPerInsert) continue;
    yield await files.close();
    files = newFiles(spares);
  }
  if (!files.isEmpty) yield await files.close();
}

function newFiles(spares: SpareFiles): InsertFiles {
  return new InsertFiles({
    spares,
    pipeline: "default",
    onUnreadable: ({ error }) => {
      throw error;
    },
  });
}

/** The requests as journal records of whole groups, as group commit makes them under full load. */
async function* recordsOf(bodies: BodyFile, count: number): AsyncGenerator<JournalRecord> {
  const signal = signalOf(bodies.kind);
  const encoder = new GroupEncoder(DEFAULT_ORG, systemClock);
  let group: Batch[] = [];
  let rows = 0;
  let sequence = 0;
  const sink = createOtlpSink({
    push: (batch) => {
      group.push(batch);
      rows += batch.rows;
      return Promise.resolve();
    },
    clock: systemClock,
    retentionDays: { traces: "off", logs: "off", metrics: "off" },
  });
  const flush = (): JournalRecord => {
    const encoded = encoder.encode(group);
    encoded.remember();
    for (const batch of group) releaseBatch(batch);
    group = [];
    rows = 0;
    const parts = encoded.payload;
    return {
      sequence: ++sequence,
      signal,
      rows: encoded.rows,
      writtenMs: 0,
      payloadVersion: PAYLOAD_VERSION,
      parts,
      get payload() {
        return Buffer.concat(parts);
      },
    };
  };
  const file = await open(bodies.path);
  try {
    for (let index = 0; index < count; index++) {
      const [offset, bytes] = bodies.places[index % bodies.places.length]!;
      const body = Buffer.allocUnsafe(bytes);
      await file.read(body, 0, bytes, offset);
      await sink.accept(signal, DEFAULT_ORG, gunzipSync(body));
      if (rows >= GROUP_LIMITS.rowsMax) yield flush();
    }
    if (rows > 0) yield flush();
  } finally {
    await file.close();
  }
}

async function insertAll(engine: EngineProcess, { inserts }: Gathered): Promise<void> {
  for (const { insert, path } of inserts)
    await engine.insert({ ...insert, path, columns: BLOCK_COLUMNS[insert.table] });
}

/** How the launcher of the server sets the engine's allocator: the comparison is with the same. */
function launcherAllocator(): string {
  const launcher = readFileSync(join(ROOT, "bin/sightglass"), "utf8");
  const found = /JE_MALLOC_CONF:-(?<value>[^}]+)\}/.exec(launcher)?.groups?.["value"];
  if (found === undefined) throw new Error("bin/sightglass does not set JE_MALLOC_CONF");
  return found;
}

/** The process of `engine-main.ts`. */
class EngineProcess {
  readonly pid: number;
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, PromiseWithResolvers<void>>();
  private nextId = 1;

  private constructor(dataDir: string, memoryBytesMax: number) {
    const main = fileURLToPath(new URL("engine-main.ts", import.meta.url));
    this.child = fork(main, [dataDir, String(memoryBytesMax)], {
      env: { JE_MALLOC_CONF: launcherAllocator(), ...process.env, UV_THREADPOOL_SIZE: "16" },
    });
    this.pid = this.child.pid!;
    this.child.on("message", ({ id, error }: EngineReply) => {
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) waiting?.resolve();
      else waiting?.reject(new Error(error));
    });
    this.child.on("close", (code) => {
      for (const { reject } of this.waiting.values())
        reject(new Error(`the engine ended: ${code}`));
    });
  }

  static async start(dataDir: string, memoryBytesMax: number): Promise<EngineProcess> {
    const engine = new EngineProcess(dataDir, memoryBytesMax);
    const ready = Promise.withResolvers<void>();
    engine.waiting.set(0, ready);
    await ready.promise;
    return engine;
  }

  insert(insert: BlockInsert): Promise<void> {
    return this.send({ id: this.nextId++, insert });
  }

  close(): Promise<void> {
    return this.send({ id: this.nextId++, close: true });
  }

  kill(): void {
    if (this.child.exitCode === null) this.child.kill("SIGKILL");
  }

  private send(order: EngineOrder): Promise<void> {
    const waiting = Promise.withResolvers<void>();
    this.waiting.set(order.id, waiting);
    this.child.send(order);
    return waiting.promise;
  }
}
