import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Receiver, ReceiverDefinition } from "../../component.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { PushedRows } from "../../testing/receiver-under-test.ts";
import { until } from "../../testing/until.ts";

export interface TailUnderTest {
  readonly pushed: PushedRows;
  readonly clock: FakeClock;
  /** The folder that is followed. */
  readonly folder: string;
  readonly stop: () => Promise<void>;
  /** Moves the clock to the next look, and waits until that has come to its end. */
  readonly look: (afterMs?: number) => Promise<void>;
  /** The same receiver again, after it was stopped, with the same places; what is pushed is counted anew. */
  readonly again: () => Promise<TailUnderTest>;
}

const open: { receiver: Receiver; root: string }[] = [];

/** Stops every receiver that was started, and removes its folders; for `afterEach`. */
export async function stopTails(): Promise<void> {
  for (const { receiver } of open) await receiver.stop();
  for (const { root } of open.splice(0)) rmSync(root, { recursive: true, force: true });
}

/** Starts a receiver that follows a new folder, on the real file system. It looks when it is told to. */
export async function startTail<Settings>(
  definition: ReceiverDefinition<Settings>,
  settings: (folder: string) => Readonly<Record<string, unknown>>,
  fill: (folder: string) => void = () => undefined,
): Promise<TailUnderTest> {
  const root = mkdtempSync(join(tmpdir(), "tail-"));
  const folder = join(root, "logs");
  mkdirSync(folder);
  fill(folder);
  return startIn(definition, settings(folder), root, folder);
}

async function startIn<Settings>(
  definition: ReceiverDefinition<Settings>,
  settings: Readonly<Record<string, unknown>>,
  root: string,
  folder: string,
): Promise<TailUnderTest> {
  const pushed = new PushedRows();
  const clock = new FakeClock(Date.now());
  const stateFolder = join(root, "state");
  const context = { ...pushed.context, clock, stateFolder };
  const receiver = definition.create(definition.settings.parse(settings), context);
  open.push({ receiver, root });
  await receiver.start();
  const look = async (afterMs = 1_000): Promise<void> => {
    await clock.advance(afterMs);
    // When a look has come to its end there is a timer for the next.
    await until(() => clock.pending > 0);
  };
  await look(0);
  return {
    pushed,
    clock,
    folder,
    stop: () => receiver.stop(),
    look,
    again: () => startIn(definition, settings, root, folder),
  };
}
