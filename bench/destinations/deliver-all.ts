import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "#core/clock.ts";
import { PAYLOAD_VERSION } from "#core/native/payload.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import type { Destination } from "#pipeline/component.ts";
import { DeliveringDestination } from "#pipeline/delivery/delivering-destination.ts";
import { deliverySettingsSchema } from "#pipeline/delivery/delivery-settings.ts";
import { openJournal } from "#pipeline/journal/journal.ts";
import { createPipeline } from "#pipeline/pipeline.ts";
import { createLogger } from "#telemetry/log.ts";
import { benchFolder } from "../measure/server.ts";
import { batchesOf, deliveriesOf, type EventsToMake } from "./events.ts";

/** What events go through before the destination: all that they do in a server behind its receivers, or nothing. */
export const THROUGH = ["pipeline", "destination"] as const;
export type Through = (typeof THROUGH)[number];

export interface DeliverOptions extends EventsToMake {
  readonly through: Through;
  /** Portions at the same time; as many as the destination itself asks for, when left out. */
  readonly inFlight: number | undefined;
}

export interface Delivered {
  readonly inFlight: number;
  readonly eventsPerSecond: number;
  /** Processor time of this process with all its threads. */
  readonly microsecondsPerEvent: number;
  /** Of it that of the thread on which JavaScript runs: more than a second of it does not fit into a second. */
  readonly mainMicrosecondsPerEvent: number;
}

const CONSUMER = "bench";
/** Requests that wait for the disk at the same time. */
const SENDERS = 8;
/** Rows that may wait in the journal: so few that they are still in memory, so many that portions are full. */
const AHEAD_ROWS_MAX = 50_000;
const LOOK_EVERY_MS = 2;

/** @throws Error for a word that is none of {@link THROUGH}. */
export function throughOf(word: string): Through {
  const through = THROUGH.find((one) => one === word);
  if (through === undefined) throw new Error(`--through ${word}: allowed is ${THROUGH.join(", ")}`);
  return through;
}

/** Has a destination that was started given all events, which are made before anything is measured. */
export async function deliverAll(
  destination: Destination,
  options: DeliverOptions,
): Promise<Delivered> {
  const { through, count } = options;
  const inFlight = options.inFlight ?? destination.bounds.inFlight ?? 1;
  const run = await (through === "pipeline"
    ? throughPipeline(destination, options, inFlight)
    : straight(destination, options, inFlight));
  const cpu = process.cpuUsage();
  const mainCpu = process.threadCpuUsage();
  const startMs = performance.now();
  await run.deliver();
  const seconds = (performance.now() - startMs) / 1_000;
  const all = process.cpuUsage(cpu);
  const main = process.threadCpuUsage(mainCpu);
  await run.end();
  return {
    inFlight,
    eventsPerSecond: count / seconds,
    microsecondsPerEvent: (all.user + all.system) / count,
    mainMicrosecondsPerEvent: (main.user + main.system) / count,
  };
}

interface Prepared {
  deliver(): Promise<void>;
  end(): Promise<void>;
}

/** Portions that are rows already, by `send` alone. */
async function straight(
  destination: Destination,
  events: EventsToMake,
  inFlight: number,
): Promise<Prepared> {
  const deliveries = deliveriesOf(events, destination.bounds.rowsMax);
  const never = new AbortController().signal;
  const lane = async (): Promise<void> => {
    for (let next = deliveries.shift(); next !== undefined; next = deliveries.shift())
      await destination.send(next, never);
  };
  return {
    async deliver() {
      await Promise.all(Array.from({ length: inFlight }, lane));
    },
    end: async () => {},
  };
}

/**
 * Batches of a receiver's, by group commit, journal, decoding to rows and a delivery with its plans: on
 * the one thread that all of that has in a server too.
 */
async function throughPipeline(
  destination: Destination,
  events: EventsToMake,
  inFlight: number,
): Promise<Prepared> {
  const { rowsMax } = destination.bounds;
  // The last portion would wait for company.
  if (events.count % rowsMax !== 0)
    throw new Error(`--events ${events.count}: allowed are multiples of ${rowsMax}`);
  const clock = systemClock;
  const folder = await mkdtemp(join(benchFolder(), "deliver-"));
  const settings = deliverySettingsSchema.parse({ inFlight });
  const journal = await openJournal({
    folder: join(folder, "journal"),
    clock,
    payloadVersion: PAYLOAD_VERSION,
    consumers: [{ name: CONSUMER, policy: settings.whenFull, bytesMax: settings.queueBytesMax }],
  });
  const consumer = journal.consumer(CONSUMER);
  const delivering = new DeliveringDestination({
    pipeline: "bench",
    name: CONSUMER,
    consumer,
    // Starting and stopping it is the caller's.
    destination: {
      bounds: destination.bounds,
      send: (delivery, cancel) => destination.send(delivery, cancel),
    },
    settings,
    folder: join(folder, "delivery"),
    clock,
    random: Math.random,
    log: createLogger({ level: "warn", clock, sink: console.error }),
  });
  const pipeline = createPipeline({
    journal,
    clock,
    destinations: [delivering],
    selfContained: true,
  });
  const batches = batchesOf(events);
  const lane = async (): Promise<void> => {
    for (let next = batches.shift(); next !== undefined; next = batches.shift()) {
      while (consumer.backlog().rows > AHEAD_ROWS_MAX) await delay(LOOK_EVERY_MS);
      await pipeline.push(next, DEFAULT_ORG);
    }
  };
  await pipeline.start();
  return {
    async deliver() {
      await Promise.all(Array.from({ length: SENDERS }, lane));
      while (consumer.backlog().rows > 0) await delay(LOOK_EVERY_MS);
    },
    async end() {
      await pipeline.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
