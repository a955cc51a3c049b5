import fc from "fast-check";
import { expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { SimulatedDisk } from "../journal/simulated-disk.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { COPY_BYTES_MIN } from "./known-files.ts";
import { TAIL_LIMITS, Tailer, type TailedRecord } from "./tailer.ts";
import { SimulatedFolder } from "./testing/simulated-folder.ts";

// A writer that appends, rotates and truncates, and a reader that is refused, and killed, at any
// moment: no line is lost, none is garbled, each file's lines come in order, and a line comes twice
// only when its batch was handed over and not noted, or when a copy was too short to be told from a file.

type WriterOp =
  | { kind: "append"; file: "app.log" | "web.log"; lines: number; padding: number }
  | { kind: "half"; padding: number }
  | { kind: "rename" }
  | { kind: "copyTruncate" }
  | { kind: "removeRead" };

type Kill = "read" | "deliver" | "delivered" | "note";

type Op =
  | WriterOp
  | { kind: "poll"; during: WriterOp[]; every: number }
  | { kind: "refuse" }
  | { kind: "diskFull"; calls: number }
  | { kind: "kill"; when: Kill; calls: number; losesPower: boolean; during: WriterOp[] };

interface WrittenLine {
  readonly text: string;
  /** Lines of one stream come in order. */
  readonly stream: string;
}

class Writer {
  readonly lines: WrittenLine[] = [];
  /** Lines that may come once more. */
  readonly allowedAgain = new Map<string, number>();
  private readonly folder: SimulatedFolder;
  private readonly isInGlob: boolean;
  /** What was handed over, and its place noted. */
  private readonly noted: ReadonlySet<string>;
  private rotations = 0;
  private half: { file: string; text: string } | undefined;
  private truncation: (() => void) | undefined;
  private readonly rotated: string[] = [];
  /** The texts of what a file holds. */
  private readonly held = new Map<string, string[]>();

  constructor(folder: SimulatedFolder, isInGlob: boolean, noted: ReadonlySet<string>) {
    this.folder = folder;
    this.isInGlob = isInGlob;
    this.noted = noted;
  }

  run(op: WriterOp): void {
    // A copy is truncated before anything else is written, whatever the reader sees in between.
    if (this.truncation !== undefined) {
      this.truncation();
      this.truncation = undefined;
    }
    switch (op.kind) {
      case "append":
        this.finishHalf();
        for (let i = 0; i < op.lines; i++) this.write(op.file, op.padding + i, true);
        return;
      case "half":
        this.finishHalf();
        this.write("app.log", op.padding, false);
        return;
      case "rename":
        this.rename();
        return;
      case "copyTruncate":
        this.copyTruncate();
        return;
      case "removeRead":
        this.removeRead();
    }
  }

  /** Brings everything to an end. */
  finish(): void {
    this.finishHalf();
    this.truncation?.();
    this.truncation = undefined;
  }

  allowAgain(text: string): void {
    this.allowedAgain.set(text, (this.allowedAgain.get(text) ?? 0) + 1);
  }

  private write(file: string, padding: number, isWhole: boolean): void {
    const text = `${file} ${this.lines.length} ${"é".repeat(padding)}.`;
    this.lines.push({ text, stream: `${file} ${this.rotations}` });
    const held = this.held.get(file) ?? [];
    this.held.set(file, [...held, text]);
    if (isWhole) {
      this.folder.append(file, `${text}\n`);
      return;
    }
    // Cut within a character of two bytes, as often as not.
    const bytes = Buffer.from(`${text}\n`);
    const cut = Math.floor(bytes.length / 2);
    this.folder.append(file, bytes.subarray(0, cut));
    this.half = { file, text: bytes.subarray(cut).toString("latin1") };
  }

  private finishHalf(): void {
    const { half } = this;
    this.half = undefined;
    if (half !== undefined) this.folder.append(half.file, Buffer.from(half.text, "latin1"));
  }

  private rename(): void {
    if (!this.folder.has("app.log") || !this.staysKnown()) return;
    const to = `app.log.${++this.rotations}`;
    this.folder.rename("app.log", to);
    this.held.set(to, this.held.get("app.log") ?? []);
    this.held.delete("app.log");
    this.rotated.push(to);
    if (this.half !== undefined) this.half = { ...this.half, file: to };
  }

  private copyTruncate(): void {
    this.finishHalf();
    if (!this.folder.has("app.log")) return;
    if (!this.staysKnown()) return;
    const to = `app.log.${++this.rotations}`;
    this.folder.copy("app.log", to);
    const texts = this.held.get("app.log") ?? [];
    this.held.set(to, texts);
    this.rotated.push(to);
    this.truncation = () => {
      this.folder.truncate("app.log");
      this.held.delete("app.log");
    };
    if (this.isInGlob) this.allowShortCopy(texts);
  }

  /** A file that was never read cannot be known again where its new name, or its copy, is not followed. */
  private staysKnown(): boolean {
    return this.isInGlob || (this.held.get("app.log") ?? []).some((text) => this.noted.has(text));
  }

  private allowShortCopy(texts: readonly string[]): void {
    let bytes = 0;
    for (const text of texts) {
      bytes += Buffer.byteLength(text) + 1;
      if (bytes <= COPY_BYTES_MIN) this.allowAgain(text);
    }
  }

  /** The oldest rotated file goes, as rotation does it, once it was read. */
  private removeRead(): void {
    const [oldest] = this.rotated;
    if (oldest === undefined || this.half?.file === oldest) return;
    if (!(this.held.get(oldest) ?? []).every((text) => this.noted.has(text))) return;
    this.rotated.shift();
    this.folder.remove(oldest);
  }
}

const NEVER = new Promise<never>(() => {});

class Reader {
  readonly received: string[] = [];
  readonly noted = new Set<string>();
  /** What was handed over and may not be noted. */
  unnoted: string[] = [];
  refusals = 0;
  private kill: { when: Kill; calls: number; killed: () => void } | undefined;
  private readonly folder: SimulatedFolder;
  private readonly clock: FakeClock;
  private readonly isInGlob: boolean;
  private disk = new SimulatedDisk();
  private tailer: Tailer;

  constructor(folder: SimulatedFolder, clock: FakeClock, isInGlob: boolean) {
    this.folder = folder;
    this.clock = clock;
    this.isInGlob = isInGlob;
    this.tailer = this.create();
  }

  async open(): Promise<void> {
    await this.tailer.load();
  }

  /** Polls to the end; what waits for time gets it. */
  async poll(): Promise<void> {
    let isDone = false;
    void this.tailer.poll().then(() => {
      isDone = true;
    });
    while (!isDone) await this.clock.advance(10);
    this.markNoted();
  }

  failWrites(calls: number): void {
    let left = calls;
    this.disk.fault = (call) =>
      (call === "write" || call === "sync" || call === "rename") && left-- > 0
        ? { error: "ENOSPC" }
        : undefined;
  }

  /** Polls until the n-th call of a kind, which never returns, or to the end; then begins anew. */
  async pollAndDie(when: Kill, calls: number, isKept: (() => boolean) | undefined): Promise<void> {
    const killed = new Promise<void>((resolve) => {
      this.kill = { when, calls, killed: resolve };
    });
    this.disk.fault = () => (this.isKilled("note") ? "never" : undefined);
    await Promise.race([this.tailer.poll(), killed]);
    this.kill = undefined;
    this.folder.closeAll();
    this.disk = isKept === undefined ? this.disk.afterKill() : this.disk.afterPowerLoss(isKept);
    this.tailer = this.create();
    await this.tailer.load();
  }

  /** At each call of the folder. */
  async onRead(): Promise<void> {
    if (this.isKilled("read")) await NEVER;
  }

  private create(): Tailer {
    return new Tailer({
      files: this.folder,
      stateFiles: this.disk,
      stateFolder: "/state",
      clock: this.clock,
      folder: "/logs",
      isWanted: (path) => path.endsWith(".log") || this.isInGlob,
      isDeep: false,
      split: { recordBytesMax: 4_096 },
      encoding: "utf8",
      startAt: "beginning",
      pollMs: 1_000,
      flushMs: Number.POSITIVE_INFINITY,
      deliver: (records) => this.deliver(records),
      report: () => undefined,
    });
  }

  private markNoted(): void {
    for (const text of this.unnoted) this.noted.add(text);
    this.unnoted = [];
  }

  private async deliver(records: readonly TailedRecord[]): Promise<void> {
    this.markNoted();
    await Promise.resolve();
    if (this.isKilled("deliver")) await NEVER;
    if (this.refusals > 0) {
      this.refusals--;
      throw new SightglassError("overloaded", "not now");
    }
    for (const { text } of records) {
      this.received.push(text);
      this.unnoted.push(text);
    }
    if (this.isKilled("delivered")) await NEVER;
  }

  private isKilled(when: Kill): boolean {
    const { kill } = this;
    if (kill?.when !== when || kill.calls-- > 0) return false;
    kill.calls = 0;
    kill.killed();
    return true;
  }
}

const writerOp: fc.Arbitrary<WriterOp> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("append"),
      file: fc.constantFrom("app.log", "app.log", "web.log"),
      lines: fc.integer({ min: 1, max: 12 }),
      padding: fc.nat(150),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("half"), padding: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("rename") }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("copyTruncate") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("removeRead") }) },
) as fc.Arbitrary<WriterOp>;

const during = fc.array(writerOp, { maxLength: 5 });

const anyOp: fc.Arbitrary<Op> = fc.oneof(
  { weight: 6, arbitrary: writerOp },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("poll"),
      during,
      every: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("refuse") }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("diskFull"), calls: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("kill"),
      when: fc.constantFrom("read", "deliver", "delivered", "note"),
      calls: fc.nat(6),
      losesPower: fc.boolean(),
      during,
    }),
  },
) as fc.Arbitrary<Op>;

async function run(ops: readonly Op[], isInGlob: boolean, seed: number): Promise<void> {
  const folder = new SimulatedFolder();
  const clock = new FakeClock();
  const reader = new Reader(folder, clock, isInGlob);
  const writer = new Writer(folder, isInGlob, reader.noted);
  await reader.open();
  let random = seed;
  const isKept = (): boolean => (random = (random * 1_103_515_245 + 12_345) % 2 ** 31) % 2 === 0;

  const interleave = (writes: readonly WriterOp[], every: number): void => {
    const left = [...writes];
    let calls = 0;
    folder.onCall = async () => {
      await reader.onRead();
      if (++calls % every !== 0) return;
      const op = left.shift();
      if (op !== undefined) writer.run(op);
    };
  };

  for (const op of ops) {
    switch (op.kind) {
      case "poll":
        interleave(op.during, op.every);
        await reader.poll();
        break;
      case "refuse":
        reader.refusals = 1;
        break;
      case "diskFull":
        reader.failWrites(op.calls);
        break;
      case "kill":
        interleave(op.during, 2);
        await reader.pollAndDie(op.when, op.calls, op.losesPower ? isKept : undefined);
        for (const text of reader.unnoted) writer.allowAgain(text);
        reader.unnoted = [];
        break;
      default:
        writer.run(op);
    }
  }
  interleave([], 1);
  writer.finish();
  reader.refusals = 0;
  for (let i = 0; i < 3; i++) await reader.poll();
  await clock.advance(TAIL_LIMITS.finalMs);
  await reader.poll();
  check(writer, reader.received);
}

function check(writer: Writer, received: readonly string[]): void {
  const counts = new Map<string, number>();
  for (const text of received) counts.set(text, (counts.get(text) ?? 0) + 1);
  const written = new Set(writer.lines.map(({ text }) => text));
  expect([...counts.keys()].filter((text) => !written.has(text))).toEqual([]);
  expect([...written].filter((text) => !counts.has(text))).toEqual([]);
  const tooOften = [...counts].filter(
    ([text, count]) => count > 1 + (writer.allowedAgain.get(text) ?? 0),
  );
  expect(tooOften).toEqual([]);
  const streams = new Map(writer.lines.map(({ text, stream }) => [text, stream]));
  const inOrder = new Map<string, number>();
  for (const text of counts.keys()) {
    const number = Number(text.split(" ")[1]);
    const stream = streams.get(text)!;
    expect(number).toBeGreaterThan(inOrder.get(stream) ?? -1);
    inOrder.set(stream, number);
  }
}

it.each([
  ["are followed under their new names", true],
  ["are outside of what is followed", false],
])("loses, garbles and repeats no line, where rotated files %s", async (_, isInGlob) => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyOp, { maxLength: 30 }), fc.nat(), async (ops, seed) => {
      await run(ops, isInGlob, seed);
    }),
  );
});
