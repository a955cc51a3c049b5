import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Random } from "#app/demo/random.ts";
import { type Counts, countsSchema, type Life, recoveredSchema } from "./delivery-life.ts";
import { DELIVERY_SIDES, type DeliverySide } from "./delivery-sides.ts";

export interface DeliveryKillPlan {
  /** Of {@link DELIVERY_SIDES}. */
  readonly side: string;
  readonly rounds: number;
  readonly seed: number;
  /** In one round of so many the kill comes while the process starts and recovers. */
  readonly earlyEvery: number;
  /** Called after each round. */
  readonly onRound?: (round: DeliveryRound) => void;
}

export interface DeliveryRound {
  readonly number: number;
  readonly how: string;
  /** From the start of the process until all that was left to it was delivered; undefined when it was killed before. */
  readonly recoveredMs: number | undefined;
}

/** Rows. All but the first three are faults. */
export interface DeliveryVerdict {
  readonly acknowledged: number;
  readonly arrived: number;
  readonly deadLetters: number;
  /** Acknowledged, and neither arrived nor refused. */
  readonly lost: number;
  /** Arrived more than once. */
  readonly duplicated: number;
  /** Arrived though they were to be refused or dropped. */
  readonly unwanted: number;
  /** By which the process's own counts are wrong. */
  readonly miscounted: number;
}

export interface DeliveryKillReport extends DeliveryVerdict {
  readonly side: string;
  readonly seed: number;
  readonly rounds: readonly DeliveryRound[];
}

const MAIN = fileURLToPath(new URL("delivery-main.ts", import.meta.url));
const NEWLINE = 0x0a;
const LOAD_MS_MIN = 100;
const LOAD_MS_MAX = 700;
/** Under load it is killed after as many rows at the earliest, however slow the machine. */
const LOAD_ROWS_MIN = 150;
const EARLY_MS_MIN = 50;
const EARLY_MS_MAX = 1_500;
const LIFE_MS_MAX = 120_000;
/** Beyond the first attempts all is tried again soon: the lives are short. */
const RETRY_MS_MAX = 50;
const IN_FLIGHT_MAX = 3;

/**
 * Kills a process in the middle of its deliveries again and again, always on the same folder; at the end
 * every row that it acknowledged is looked for by its id at the other side.
 */
export async function killDeliveries(plan: DeliveryKillPlan): Promise<DeliveryKillReport> {
  const folder = await mkdtemp(join(tmpdir(), "sightglass-deliveries-"));
  const side = await DELIVERY_SIDES[plan.side]!();
  const random = new Random(plan.seed);
  const rounds: DeliveryRound[] = [];
  const acknowledged: string[] = [];
  const lifeOf = (number: number, takesRows = true): Life => ({
    folder,
    number,
    takesRows,
    signal: side.signal,
    processors: side.processors,
    destinations: {
      [side.type]: {
        ...side.settings,
        delivery: { inFlight: 1 + (number % IN_FLIGHT_MAX), retryDelay: RETRY_MS_MAX },
      },
    },
  });
  try {
    await live(lifeOf(0, false));
    await side.prepared?.();
    for (let number = 1; number <= plan.rounds; number += 1) {
      const kill = number % plan.earlyEvery === 0 ? early(random) : underLoad(side, random);
      const { recoveredMs, lines } = await live(lifeOf(number), kill);
      side.answerAgain?.();
      acknowledged.push(...lines);
      const round = { number, how: kill.how, recoveredMs };
      rounds.push(round);
      plan.onRound?.(round);
    }
    const { lines } = await live(lifeOf(plan.rounds + 1, false));
    const counts = countsSchema.parse(JSON.parse(lines.at(-1)!));
    const verdict = judge(side, acknowledged, await side.arrived(), counts);
    return { side: plan.side, seed: plan.seed, rounds, ...verdict };
  } finally {
    await side.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** When a process is killed. */
interface Kill {
  readonly how: string;
  /** Whether the time counts from when it has recovered, and takes rows; else from its start. */
  readonly isUnderLoad: boolean;
  /** @param hasRows resolves when it has acknowledged {@link LOAD_ROWS_MIN}. */
  readonly wait: (hasRows: Promise<void>) => Promise<unknown>;
}

function early(random: Random): Kill {
  const afterMs = random.whole(EARLY_MS_MIN, EARLY_MS_MAX);
  return { how: `${afterMs} ms after its start`, isUnderLoad: false, wait: () => delay(afterMs) };
}

/** Every other time between a delivery and the answer to it, where the other side can do that. */
function underLoad(side: DeliverySide, random: Random): Kill {
  const afterMs = random.whole(LOAD_MS_MIN, LOAD_MS_MAX);
  const isUnanswered = random.chance(0.5) && side.leaveUnanswered !== undefined;
  return {
    how: `${afterMs} ms under load${isUnanswered ? ", before an answer" : ""}`,
    isUnderLoad: true,
    async wait(hasRows) {
      await Promise.all([delay(afterMs), hasRows]);
      if (isUnanswered) await side.leaveUnanswered?.();
    },
  };
}

interface Lived {
  readonly recoveredMs: number | undefined;
  /** The whole lines that it printed after that. */
  readonly lines: readonly string[];
}

/** What a process prints. */
class Output {
  private text = "";
  private lines = 0;
  private readonly waiting: { readonly lines: number; readonly resolve: () => void }[] = [];

  constructor(stream: Readable) {
    stream.on("data", (part: Buffer) => {
      this.text += part.toString();
      for (const byte of part) if (byte === NEWLINE) this.lines += 1;
      for (const { lines, resolve } of this.waiting) if (this.lines >= lines) resolve();
    });
  }

  /** Resolves when so many whole lines are there. */
  has(lines: number): Promise<void> {
    return new Promise((resolve) => this.waiting.push({ lines, resolve }));
  }

  wholeLines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }
}

/** Runs the process until it is killed, or to its end. @throws Error when it ends otherwise. */
async function live(life: Life, kill?: Kill): Promise<Lived> {
  const args = [MAIN, JSON.stringify(life)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const limit = setTimeout(() => child.kill("SIGTERM"), LIFE_MS_MAX);
  const output = new Output(child.stdout);
  const recovered = output.has(1);
  const hasRows = output.has(1 + LOAD_ROWS_MIN);
  let said = "";
  child.stderr.on("data", (part: Buffer) => (said += part.toString()));
  const ended = new Promise<string | number | null>((resolve) => {
    child.on("close", (code, signal) => resolve(signal ?? code));
  });
  if (kill !== undefined) {
    if (kill.isUnderLoad) await Promise.race([recovered, ended]);
    await Promise.race([kill.wait(hasRows), ended]);
    child.kill("SIGKILL");
  }
  const how = await ended;
  clearTimeout(limit);
  if (how !== (kill === undefined ? 0 : "SIGKILL"))
    throw new Error(`the process ended with ${how}:\n${said}`);
  const [first, ...lines] = output.wholeLines();
  if (first === undefined) return { recoveredMs: undefined, lines };
  return { ...recoveredSchema.parse(JSON.parse(first)), lines };
}

/** Matches what was promised with what is there, id by id. */
export function judge(
  side: Pick<DeliverySide, "isWanted">,
  acknowledged: readonly string[],
  rows: readonly string[],
  { accepted, stored, dropped, deadLetters }: Counts,
): DeliveryVerdict {
  const arrived = new Set(rows);
  // What was accepted without its sender having heard of it is there as well.
  const differences = [accepted - stored - dropped, stored - arrived.size, dropped - deadLetters];
  return {
    acknowledged: acknowledged.length,
    arrived: arrived.size,
    deadLetters,
    lost: acknowledged.filter((id) => side.isWanted(id) && !arrived.has(id)).length,
    duplicated: rows.length - arrived.size,
    unwanted: [...arrived].filter((id) => !side.isWanted(id)).length,
    miscounted: differences.reduce((sum, difference) => sum + Math.abs(difference), 0),
  };
}
