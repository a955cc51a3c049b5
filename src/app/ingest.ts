import { join } from "node:path";
import type { Settings } from "#config/schema.ts";
import type { Clock } from "#core/clock.ts";
import { PAYLOAD_VERSION } from "#core/native/payload.ts";
import { StoreDestination, type CrashPoint } from "#destinations/store/store-destination.ts";
import { openJournal } from "#pipeline/journal/journal.ts";
import { createPipeline, type Pipeline } from "#pipeline/pipeline.ts";
import { createOtlpSink, type OtlpSink } from "#receivers/otlp/sink.ts";
import type { Store } from "#store/store.ts";
import { createLedger, type Ledger } from "#telemetry/ledger.ts";
import {
  ForeignRows,
  journalTelemetry,
  observeJournal,
  observeLedger,
  observeSink,
  storeDestinationTelemetry,
} from "./ingest-telemetry.ts";
import type { OwnTelemetry } from "./own-telemetry.ts";
import type { Readiness } from "./readiness.ts";

/** The name of the one pipeline, of its journal's folder and of its destination's plans. */
const PIPELINE = "default";

export interface IngestOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly store: Store;
  readonly telemetry: OwnTelemetry;
  readonly readiness: Readiness;
  /** Stands in every request of the probe. */
  readonly probeMark: string;
  readonly random: () => number;
  readonly crashPoint?: (point: CrashPoint) => Promise<void> | undefined;
}

/** The way from a request to the store. */
export interface Ingest {
  /** For the doors: what it takes is traced and counted. */
  readonly sink: OtlpSink;
  /** For own telemetry: nothing is told of what it takes. */
  readonly silentSink: OtlpSink;
  readonly pipeline: Pipeline;
  readonly ledger: Ledger;
}

/** Opens the journal, with whatever a crash left in it, and ties it to the store. Starts nothing yet. */
export async function openIngest(options: IngestOptions): Promise<Ingest> {
  const { settings, clock, store, telemetry, readiness, random, crashPoint } = options;
  const bytesMax = settings.journal.backlogBytesMax;
  const told = journalTelemetry(telemetry);
  const journal = await openJournal({
    folder: join(settings.dataDir, "journal", PIPELINE),
    consumers: [{ name: "store", policy: "block", bytesMax }],
    clock,
    payloadVersion: PAYLOAD_VERSION,
    onEvent(event) {
      if (event.kind === "write_failed" || event.kind === "disk_full")
        readiness.journalWritable = false;
      told.onEvent(event);
    },
    onCommit(commit) {
      readiness.journalWritable = true;
      told.onCommit(commit);
    },
  });
  const consumer = journal.consumer("store");
  readiness.backlog = { consumer, bytesMax };
  const ledger = createLedger({
    accepted: () => journal.acceptedRows(),
    stored: () => consumer.counts().stored,
    dropped: () => consumer.counts().dropped,
  });
  observeJournal(journal, consumer, telemetry);
  observeLedger(ledger, telemetry);

  const foreignRows = new ForeignRows();
  const destination = new StoreDestination({
    pipeline: PIPELINE,
    consumer,
    writer: store.writer,
    folder: join(settings.dataDir, "store"),
    clock,
    random,
    limits: { drainMsMax: settings.shutdown.budgetSeconds * 1_000 },
    events: storeDestinationTelemetry(telemetry, foreignRows),
    ...(crashPoint === undefined ? {} : { crashPoint }),
  });
  const pipeline = createPipeline({ journal, clock, destinations: [destination] });
  const silentSink = createOtlpSink({
    push: (batch, org) => pipeline.push(batch, org),
    clock,
    retentionDays: settings.retention,
  });
  const probeMark = Buffer.from(options.probeMark);
  const sink = observeSink(silentSink, telemetry, { foreignRows, probeMark });
  return { sink, silentSink, pipeline, ledger };
}
