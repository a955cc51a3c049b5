import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Random } from "#app/demo/random.ts";
import type { CrashPoint } from "#destinations/store/store-destination.ts";
import { IdOracle, ORACLE_SIGNALS, OracleLoad } from "./id-oracle.ts";
import { ServerProcess } from "./server-process.ts";
import { judge, readStoredIds, type Verdict } from "./stored-ids.ts";

export interface KillPlan {
  readonly rounds: number;
  readonly seed: number;
  /** In one round of so many the kill comes while the server starts and recovers. */
  readonly earlyEvery: number;
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
/** Requests of each signal that are acknowledged in a round before the kill, however slow the machine. */
const ROUND_REQUESTS_MIN = 30;
const EARLY_MS_MIN = 50;
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
  const kills = new Kills(join(folder, "data"), plan.seed);
  const rounds: Round[] = [];
  const add = async (how: string): Promise<void> => {
    const round = { number: rounds.length + 1, how, ...(await kills.recover()) };
    rounds.push(round);
    plan.onRound?.(round);
  };
  try {
    await kills.recover();
    for (let number = 1; number <= plan.rounds; number++)
      await add(
        number % plan.earlyEvery === 0 ? await kills.killEarly() : await kills.killUnderLoad(),
      );
    for (let number = 0; number < plan.pointRounds * POINTS.length; number++) {
      const point = POINTS[number % POINTS.length]!;
      await kills.killAtPoint(point);
      await add(point);
    }
    return { seed: plan.seed, rounds, verdicts: await kills.judge() };
  } finally {
    await kills.kill();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What is done to one data folder, by one server after the other. */
class Kills {
  private readonly dataDir: string;
  private readonly random: Random;
  private readonly oracle: IdOracle;
  /** The one that runs, or the last one. */
  private server: ServerProcess | undefined;

  constructor(dataDir: string, seed: number) {
    this.dataDir = dataDir;
    this.random = new Random(seed);
    // Ids are drawn as requests happen to be sent, so they have numbers of their own.
    this.oracle = new IdOracle(new Random(seed, 1));
  }

  /** Starts a server, and measures how long it takes until nothing is left to be stored. */
  async recover(): Promise<{ readyMs: number; recoveredMs: number }> {
    const server = this.start();
    await server.mustBeReady();
    const readyMs = performance.now() - server.startedMs;
    await server.untilStored(IN_FLIGHT_ROWS_MAX, RECOVERY_MS_MAX);
    return { readyMs, recoveredMs: performance.now() - server.startedMs };
  }

  /** Kills the server that has recovered under load. */
  async killUnderLoad(): Promise<string> {
    const server = this.server!;
    const before = this.acknowledged();
    const load = new OracleLoad(this.oracle, server.otlpHttp, SENDERS);
    const afterMs = this.random.whole(LOAD_MS_MIN, LOAD_MS_MAX);
    await delay(afterMs);
    while (this.acknowledged() < before + ROUND_REQUESTS_MIN && server.running) await delay(10);
    await this.kill();
    await load.stop();
    return `${afterMs} ms under load`;
  }

  /** Kills it under load, and then again while it starts on what that left behind. */
  async killEarly(): Promise<string> {
    const first = await this.killUnderLoad();
    this.start();
    const afterMs = this.random.whole(EARLY_MS_MIN, EARLY_MS_MAX);
    await delay(afterMs);
    await this.kill();
    return `${first}, then ${afterMs} ms after the start`;
  }

  /** Has a server kill itself under load where it is told to, on a folder that was left in a hurry. */
  async killAtPoint(point: CrashPoint): Promise<void> {
    await this.kill();
    // There is something to recover only after a crash between the plan and its end.
    if (point === "in-recovery") await this.killAtPoint("after-plan");
    const nth = point === "in-recovery" ? 1 : this.random.whole(1, 4);
    const server = this.start({ point, nth });
    const load = (await server.ready())
      ? new OracleLoad(this.oracle, server.otlpHttp, SENDERS)
      : undefined;
    const timer = setTimeout(() => server.signal("SIGTERM"), RECOVERY_MS_MAX);
    const ended = await server.ended;
    clearTimeout(timer);
    await load?.stop();
    if (ended !== "SIGKILL") throw new Error(`${point} was never reached:\n${server.output}`);
  }

  /** Has the server that has recovered end in peace, and looks for every row. */
  async judge(): Promise<Verdict[]> {
    await this.server!.stop();
    return judge(this.oracle, await readStoredIds(this.dataDir));
  }

  async kill(): Promise<void> {
    if (this.server?.running === true) this.server.signal("SIGKILL");
    await this.server?.ended;
  }

  private start(crashAt?: { readonly point: CrashPoint; readonly nth: number }): ServerProcess {
    this.server = new ServerProcess({ dataDir: this.dataDir, crashAt });
    return this.server;
  }

  /** Requests that were acknowledged, of the signal that has the fewest. */
  private acknowledged(): number {
    return Math.min(...ORACLE_SIGNALS.map((signal) => this.oracle.count(signal, "acknowledged")));
  }
}
