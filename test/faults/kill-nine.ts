import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Random } from "#app/demo/random.ts";
import type { CrashPoint } from "#destinations/store/store-destination.ts";
import { IdOracle, OracleLoad } from "./id-oracle.ts";
import { ServerProcess } from "./server-process.ts";
import { judge, readStoredIds, type Verdict } from "./stored-ids.ts";

export interface KillPlan {
  readonly rounds: number;
  readonly seed: number;
  /** Named points at which the server kills itself, each this often, after the random rounds. */
  readonly pointRounds: number;
  /** Called after each round. */
  readonly onRound?: (round: Round) => void;
}

export interface Round {
  readonly number: number;
  readonly how: string;
  /** From the start of the process that comes after the kill until its doors are open. */
  readonly readyMs: number;
  /** Until all that was acknowledged before is in the store. */
  readonly recoveredMs: number;
}

export interface KillReport {
  readonly seed: number;
  readonly rounds: readonly Round[];
  readonly verdicts: readonly Verdict[];
}

const POINTS: readonly CrashPoint[] = ["after-plan", "after-insert", "in-recovery"];
const SENDERS = 8;
const LOAD_MS_MIN = 150;
const LOAD_MS_MAX = 1_800;
/** In one round of so many the kill comes while the server starts and recovers. */
const EARLY_EVERY = 4;
const EARLY_MS_MAX = 1_200;
const RECOVERY_MS_MAX = 60_000;
/** Own telemetry is always on its way. */
const IN_FLIGHT_ROWS_MAX = 400;

/**
 * Kills a server under load again and again, at seeded random moments and at named points, always on
 * the same data folder; at the end every row of every acknowledged request is looked for by its id.
 */
export async function killNine(plan: KillPlan): Promise<KillReport> {
  const folder = await mkdtemp(join(tmpdir(), "sightglass-faults-"));
  const dataDir = join(folder, "data");
  const random = new Random(plan.seed);
  // Ids are drawn as requests happen to be sent, so they have numbers of their own.
  const oracle = new IdOracle(new Random(plan.seed, 1));
  const rounds: Round[] = [];
  const add = async (how: string): Promise<void> => {
    const round = { number: rounds.length + 1, how, ...(await recover(dataDir)) };
    rounds.push(round);
    plan.onRound?.(round);
  };
  try {
    for (let number = 1; number <= plan.rounds; number++)
      await add(
        number % EARLY_EVERY === 0
          ? await killEarly(dataDir, oracle, random)
          : await killUnderLoad(dataDir, oracle, random),
      );
    for (let number = 0; number < plan.pointRounds * POINTS.length; number++) {
      const point = POINTS[number % POINTS.length]!;
      await killAtPoint(dataDir, oracle, point, random);
      await add(point);
    }
    await drain(dataDir);
    return { seed: plan.seed, rounds, verdicts: judge(oracle, await readStoredIds(dataDir)) };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function killUnderLoad(dataDir: string, oracle: IdOracle, random: Random): Promise<string> {
  const server = new ServerProcess({ dataDir });
  await server.mustBeReady();
  const load = new OracleLoad(oracle, server.otlpHttp, SENDERS);
  const afterMs = random.whole(LOAD_MS_MIN, LOAD_MS_MAX);
  await delay(afterMs);
  server.signal("SIGKILL");
  await server.ended;
  await load.stop();
  return `${afterMs} ms under load`;
}

/** Kills it under load, and then again while it starts on what that left behind. */
async function killEarly(dataDir: string, oracle: IdOracle, random: Random): Promise<string> {
  const first = await killUnderLoad(dataDir, oracle, random);
  const server = new ServerProcess({ dataDir });
  const afterMs = random.whole(50, EARLY_MS_MAX);
  await delay(afterMs);
  server.signal("SIGKILL");
  await server.ended;
  return `${first}, then ${afterMs} ms after the start`;
}

/** Has the server kill itself under load where it is told to. */
async function killAtPoint(
  dataDir: string,
  oracle: IdOracle,
  point: CrashPoint,
  random: Random,
): Promise<void> {
  // There is something to recover only after a crash between the plan and its end.
  if (point === "in-recovery") await killAtPoint(dataDir, oracle, "after-plan", random);
  const nth = point === "in-recovery" ? 1 : random.whole(1, 4);
  const server = new ServerProcess({ dataDir, crashAt: { point, nth } });
  const load = (await server.ready())
    ? new OracleLoad(oracle, server.otlpHttp, SENDERS)
    : undefined;
  const timer = setTimeout(() => server.signal("SIGTERM"), RECOVERY_MS_MAX);
  const ended = await server.ended;
  clearTimeout(timer);
  await load?.stop();
  if (ended !== "SIGKILL") throw new Error(`${point} was never reached:\n${server.output}`);
}

/** Has the server store what is left, and end in peace. */
async function drain(dataDir: string): Promise<void> {
  const server = new ServerProcess({ dataDir });
  await server.mustBeReady();
  await server.untilStored(IN_FLIGHT_ROWS_MAX, RECOVERY_MS_MAX);
  await server.stop();
}

/** Starts the server and measures how long it takes until nothing is left to be stored; then stops it. */
async function recover(dataDir: string): Promise<{ readyMs: number; recoveredMs: number }> {
  const server = new ServerProcess({ dataDir });
  await server.mustBeReady();
  const readyMs = performance.now() - server.startedMs;
  await server.untilStored(IN_FLIGHT_ROWS_MAX, RECOVERY_MS_MAX);
  const recoveredMs = performance.now() - server.startedMs;
  // The next round is to find a folder that was left in a hurry as well, now and then.
  server.signal("SIGKILL");
  await server.ended;
  return { readyMs, recoveredMs };
}
