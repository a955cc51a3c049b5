import type { Clock } from "#core/clock.ts";
import type { Logger } from "#telemetry/log.ts";
import { pause } from "../delivery/pause.ts";
import { pauseForRetry } from "../holding/holding-retry.ts";
import type { HoldingStage } from "../holding/holding-stage.ts";

/** How long a change of the graph waits for a holding to end, which may go on in the background. */
const WAIT_MS_MAX = 10_000;

export interface EndingHoldingsOptions {
  /** Removes what a holding has left of which nothing is needed any more. */
  readonly remove: (name: string) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Opens a holding that has something on disk; it is not started. */
type Open = () => Promise<HoldingStage>;

interface Ending {
  readonly open: Open;
  readonly cancel: AbortController;
  stage: HoldingStage | undefined;
  /** Spans that waited when its journal was closed; undefined while it was not open yet. */
  rows: number | undefined;
  done: Promise<void>;
}

/**
 * Holdings that a pipeline has no longer. What waits in each is decided and written, however long that
 * takes and however often it fails: the pipeline's journal keeps all that came since for as long.
 *
 * @example
 * await endings.end("tail_sample", open, stage); // soon, be it that much is left to do
 */
export class EndingHoldings {
  private readonly options: EndingHoldingsOptions;
  private readonly endings = new Map<string, Ending>();

  constructor(options: EndingHoldingsOptions) {
    this.options = options;
  }

  /** Spans that wait in them: at least one in each that could not be opened. */
  get rows(): number {
    return this.endings
      .values()
      .reduce((sum, { stage, rows }) => sum + (stage?.backlog().rows ?? rows ?? 1), 0);
  }

  /** Those that are open. */
  get stages(): HoldingStage[] {
    return [...this.endings.values()].flatMap(({ stage }) => stage ?? []);
  }

  /** Begins to end a holding. @param stage it, where it is open. */
  begin(name: string, open: Open, stage?: HoldingStage): void {
    void this.ending(name, open, stage);
  }

  /** Begins to end a holding, and waits until it has ended, but not for longer than a change may take. Never rejects. */
  async end(name: string, open: Open, stage: HoldingStage): Promise<void> {
    const { clock, log } = this.options;
    const ending = this.ending(name, open, stage);
    const waited = new AbortController();
    await Promise.race([ending.done, pause(clock, WAIT_MS_MAX, waited.signal)]);
    waited.abort();
    if (this.endings.get(name) !== ending) return;
    const message = "Traces of a holder that is gone are written in the background";
    log.warn(message, { name, left: stage.backlog().rows });
  }

  /** Has a holding not end, since it is there again: what waits is left to whoever opens it after that. */
  async halt(name: string): Promise<void> {
    const ending = this.endings.get(name);
    if (ending === undefined) return;
    await halted(ending);
    this.endings.delete(name);
  }

  /** Leaves what waits in the journals, which are closed then. {@link rows} says how much that is. */
  async stop(): Promise<void> {
    await Promise.all([...this.endings.values()].map(halted));
  }

  private ending(name: string, open: Open, stage: HoldingStage | undefined): Ending {
    const cancel = new AbortController();
    const ending: Ending = { open, cancel, stage, rows: undefined, done: Promise.resolve() };
    this.endings.set(name, ending);
    ending.done = this.run(name, ending);
    return ending;
  }

  private async run(name: string, ending: Ending): Promise<void> {
    const { clock, log, remove } = this.options;
    const { signal } = ending.cancel;
    for (let retry = 1; !signal.aborted; retry++) {
      try {
        await drainAndClose(ending);
        if (ending.rows === 0) {
          await remove(name);
          this.endings.delete(name);
          return;
        }
      } catch (error) {
        log.error("A holder that is gone cannot end yet", { name, error });
      }
      await pauseForRetry(clock, retry, signal);
    }
  }
}

/** Decides what waits and closes its journal. */
async function drainAndClose(ending: Ending): Promise<void> {
  const { signal } = ending.cancel;
  const stage = ending.stage ?? (await opened(ending));
  const stop = (): void => void stage.stop();
  signal.addEventListener("abort", stop);
  try {
    if (!signal.aborted) await stage.drain();
  } finally {
    signal.removeEventListener("abort", stop);
    await stage.stop();
    ending.rows = stage.backlog().rows;
    ending.stage = undefined;
  }
}

async function opened(ending: Ending): Promise<HoldingStage> {
  const stage = await ending.open();
  try {
    await stage.start();
  } catch (error) {
    await stage.stop();
    throw error;
  }
  ending.stage = stage;
  return stage;
}

async function halted({ cancel, done }: Ending): Promise<void> {
  cancel.abort();
  await done;
}
