// A process that takes log records and delivers them to a webhook, until it is killed. It prints the ids
// of the rows that are accepted; with `drain` it takes none, and ends when all that it has is settled:
// delivery-main.ts <folder> <url> <run> [drain]
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { systemClock } from "#core/clock.ts";
import { webhook, WebhookDestination } from "#destinations/webhook/destination.ts";
import { DeliveringDestination } from "#pipeline/delivery/delivering-destination.ts";
import { deliverySettingsSchema } from "#pipeline/delivery/delivery-settings.ts";
import { openJournal } from "#pipeline/journal/journal.ts";
import { createPipeline } from "#pipeline/pipeline.ts";
import { logs } from "#pipeline/testing/batches.ts";
import { createLogger, jsonLine } from "#telemetry/log.ts";

const NAME = "webhook";
// The system clock's timers keep no process alive.
setInterval(() => {}, 60_000);
const [folder, url, run, mode] = z
  .tuple([z.string(), z.string(), z.coerce.number()])
  .rest(z.string())
  .parse(process.argv.slice(2));
const clock = systemClock;
const journal = await openJournal({
  folder: join(folder, "journal"),
  clock,
  consumers: [{ name: NAME, policy: "drop_oldest", bytesMax: 1 << 30 }],
});
const settings = webhook.settings.parse({
  url,
  allowPrivate: true,
  batchSize: 7,
  flushInterval: 20,
});
const delivering = new DeliveringDestination({
  pipeline: "main",
  name: NAME,
  consumer: journal.consumer(NAME),
  destination: new WebhookDestination(settings, { clock }),
  settings: deliverySettingsSchema.parse({ inFlight: (run % 3) + 1, retryDelay: 50 }),
  folder: join(folder, "delivery"),
  clock,
  random: Math.random,
  log: createLogger({
    level: "error",
    clock,
    sink: (record) => void process.stderr.write(`${jsonLine(record)}\n`),
  }),
});
const pipeline = createPipeline({
  journal,
  clock,
  destinations: [delivering],
  selfContained: true,
});
await pipeline.start();
if (mode !== "drain") {
  for (let batch = 0; ; batch += 1) {
    const ids = Array.from({ length: 1 + (batch % 40) }, (_, row) => `r${run}-${batch}-${row}`);
    const time = BigInt(clock.nowMs()) * 1_000_000n;
    await pipeline.push(logs("shop", ...ids.map((body) => ({ body, time }))), "default");
    process.stdout.write(`${ids.join("\n")}\n`);
    await delay(2);
  }
}
while (journal.consumer(NAME).backlog().rows > 0) await delay(20);
const { stored, dropped } = journal.consumer(NAME).counts();
const accepted = journal.acceptedRows();
const counts = { stored: stored.logs, dropped: dropped.logs, accepted: accepted.logs };
process.stdout.write(`${JSON.stringify({ ...counts, dead: delivering.deadLetters.size })}\n`);
await pipeline.stop();
process.exit(0);
