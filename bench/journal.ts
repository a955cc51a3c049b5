// The journal alone: how fast groups become durable, what that costs in CPU, and how fast a lagging
// consumer reads them back. Then the same with a consumer in step, whose segments are freed: with new
// files, and written over freed ones. Half a minute, in a folder of its own beside the system's other
// temporary files (TMPDIR chooses the disk).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "#core/clock.ts";
import { openJournal } from "#pipeline/journal/journal.ts";
import type { Journal, JournalLimits } from "#pipeline/journal/journal.ts";

const KiB = 1024;
const MiB = 1024 * KiB;
const ROUNDS = 3;

interface Case {
  readonly name: string;
  readonly groupBytes: number;
  readonly groups: number;
  /** Appends that wait for their sync at the same time. */
  readonly concurrent: number;
}

/** One at a time, with a consumer that acknowledges each. */
interface CaseInStep {
  readonly name: string;
  readonly groupBytes: number;
  /** Groups that are not measured: until two segments are full, every file is new. */
  readonly groupsBefore: number;
  readonly groups: number;
}

const CASES: readonly Case[] = [
  { name: "64 KiB, one at a time", groupBytes: 64 * KiB, groups: 300, concurrent: 1 },
  { name: "1 MiB, one at a time", groupBytes: MiB, groups: 60, concurrent: 1 },
  { name: "1 MiB, four at once", groupBytes: MiB, groups: 120, concurrent: 4 },
  { name: "1 KiB, 64 at once", groupBytes: KiB, groups: 3_200, concurrent: 64 },
];

const CASES_IN_STEP: readonly CaseInStep[] = [
  { name: "3 MiB, in step", groupBytes: 3 * MiB, groupsBefore: 45, groups: 63 },
  { name: "64 KiB, in step", groupBytes: 64 * KiB, groupsBefore: 2_100, groups: 600 },
];

/** Both in each round, in turn, so that the disk's moods befall both. */
const FILES: Readonly<Record<string, Partial<JournalLimits>>> = {
  "new files": { sparesMax: 0 },
  "written over": {},
};

interface Appended {
  readonly megabytesPerSecond: number;
  readonly cpuMsPerMegabyte: number;
  readonly syncs: number;
  readonly latencies: readonly number[];
}

interface Round extends Appended {
  readonly readMegabytesPerSecond: number;
}

async function measure(one: Case): Promise<Round> {
  const folder = await mkdtemp(join(tmpdir(), "sightglass-bench-"));
  try {
    const consumers = [{ name: "reader", policy: "block", bytesMax: 1024 * MiB }] as const;
    const journal = await openJournal({
      folder,
      consumers,
      clock: systemClock,
      limits: { memoryBytesMax: 0 },
    });
    const written = await append(journal, one);
    const readMegabytesPerSecond = await readBack(journal, one);
    await journal.close();
    return { ...written, readMegabytesPerSecond };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measureInStep(one: CaseInStep, limits: Partial<JournalLimits>): Promise<Appended> {
  const folder = await mkdtemp(join(tmpdir(), "sightglass-bench-"));
  try {
    const consumers = [{ name: "reader", policy: "block", bytesMax: 1024 * MiB }] as const;
    const journal = await openJournal({ folder, consumers, clock: systemClock, limits });
    const reading = acknowledgeAll(journal);
    await append(journal, { ...one, groups: one.groupsBefore, concurrent: 1 });
    const syncsBefore = journal.stats().syncs;
    const written = await append(journal, { ...one, concurrent: 1 });
    await journal.close();
    await reading;
    return { ...written, syncs: written.syncs - syncsBefore };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function acknowledgeAll(journal: Journal): Promise<void> {
  const reader = journal.consumer("reader");
  const { signal } = new AbortController();
  for (;;) {
    const record = await reader.next(signal);
    if (record === undefined) return;
    await reader.acknowledge(record.sequence);
  }
}

async function append(
  journal: Journal,
  { groupBytes, groups, concurrent }: Omit<Case, "name">,
): Promise<Appended> {
  const block = Buffer.alloc(groupBytes, "telemetry ");
  const latencies: number[] = [];
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  let left = groups;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const sentMs = performance.now();
      await journal.append({ signal: "traces", rows: 1, payload: [block] });
      latencies.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: concurrent }, lane));
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const megabytes = (groupBytes * groups) / 1e6;
  return {
    megabytesPerSecond: megabytes / seconds,
    cpuMsPerMegabyte: (user + system) / 1000 / megabytes,
    syncs: journal.stats().syncs,
    latencies: latencies.toSorted((a, b) => a - b),
  };
}

async function readBack(journal: Journal, { groupBytes, groups }: Case): Promise<number> {
  const reader = journal.consumer("reader");
  const { signal } = new AbortController();
  const startMs = performance.now();
  for (let index = 0; index < groups; index += 1) await reader.next(signal);
  return (groupBytes * groups) / 1e3 / (performance.now() - startMs);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function report(name: string, rounds: readonly Appended[]): void {
  const middle = (value: (round: Appended) => number): string =>
    median(rounds.map(value)).toFixed(2);
  console.log(name.padEnd(30), {
    "MB/s": middle((round) => round.megabytesPerSecond),
    "CPU ms/MB": middle((round) => round.cpuMsPerMegabyte),
    syncs: middle((round) => round.syncs),
    "p50 ms": middle((round) => quantile(round.latencies, 0.5)),
    "p99 ms": middle((round) => quantile(round.latencies, 0.99)),
  });
}

for (const one of CASES) {
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measure(one));
  report(one.name, rounds);
  const readBackSpeed = median(rounds.map((round) => round.readMegabytesPerSecond));
  console.log(`${one.name}: read back ${readBackSpeed.toFixed(2)} MB/s`);
}

for (const one of CASES_IN_STEP) {
  const rounds = new Map(Object.keys(FILES).map((files) => [files, [] as Appended[]]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [files, limits] of Object.entries(FILES)) {
      rounds.get(files)?.push(await measureInStep(one, limits));
    }
  }
  for (const [files, measured] of rounds) report(`${one.name}, ${files}`, measured);
}
