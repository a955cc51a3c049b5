import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "#config/schema.ts";
import type { Clock } from "#core/clock.ts";
import { PAYLOAD_VERSION } from "#core/native/payload.ts";
import { StoreDestination, type CrashPoint } from "#destinations/store/store-destination.ts";
import { rowsOfRecord } from "#core/native/record-rows.ts";
import { DeliveringDestination } from "#pipeline/delivery/delivering-destination.ts";
import { DeliveryMetrics } from "#pipeline/delivery/delivery-metrics.ts";
import {
  DEFAULT_PIPELINE,
  type DestinationSpec,
  type GraphSpec,
} from "#pipeline/graph/graph-spec.ts";
import { foreignRowsOnly } from "#pipeline/graph/foreign-rows.ts";
import {
  contextOf,
  type OpenChain,
  openChain,
  type Surroundings,
} from "#pipeline/graph/open-components.ts";
import { type Journal, type JournalConsumer, openJournal } from "#pipeline/journal/journal.ts";
import { createPipeline, type Pipeline } from "#pipeline/pipeline.ts";
import type { Push } from "#pipeline/component.ts";
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

export interface IngestOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly store: Store;
  readonly telemetry: OwnTelemetry;
  readonly readiness: Readiness;
  readonly graph: GraphSpec;
  readonly surroundings: Surroundings;
  /** Stands in every request of the probe. */
  readonly probeMark: string;
  readonly random: () => number;
  readonly crashPoint?: (point: CrashPoint) => Promise<void> | undefined;
}

/** The way from a request to the store. */
export interface Ingest {
  /** For the doors: what it takes is traced and counted. */
  readonly sink: OtlpSink;
  /** For own telemetry: nothing is told of what it takes, and no processor sees it. */
  readonly silentSink: OtlpSink;
  /** The processors, before what {@link sink} and the receivers bring is durable. */
  readonly chain: OpenChain;
  readonly pipeline: Pipeline;
  readonly storeConsumer: JournalConsumer;
  /** All but the store. */
  readonly destinations: readonly DeliveringDestination[];
  readonly ledger: Ledger;
}

/** Opens the journal, with whatever a crash left in it, and ties it to the graph. Starts nothing yet. */
export async function openIngest(options: IngestOptions): Promise<Ingest> {
  const { settings, clock, telemetry, readiness, graph } = options;
  const specs = destinationsOf(graph);
  const added = specs.filter(({ name }) => !existsSync(cursorPath(settings, name)));
  const journal = await openTheJournal(options, specs);
  for (const { name } of added) await beginAtTheEnd(journal.consumer(consumerName(name)));
  const consumer = journal.consumer(STORE);
  readiness.backlog = { consumer, bytesMax: settings.journal.backlogBytesMax };
  const ledger = createLedger({
    accepted: () => journal.acceptedRows(),
    stored: () => consumer.counts().stored,
    dropped: () => consumer.counts().dropped,
  });
  observeJournal(journal, consumer, telemetry);
  observeLedger(ledger, telemetry);

  const foreignRows = new ForeignRows();
  const destinations = specs.map((spec) => deliveringTo(spec, journal, options));
  const metrics = new DeliveryMetrics(telemetry.meter);
  for (const destination of destinations) metrics.add(PIPELINE, destination);
  const pipeline = createPipeline({
    journal,
    clock,
    destinations: [storeDestination(options, consumer, foreignRows), ...destinations],
    selfContained: destinations.length > 0,
  });
  const durable: Push = (batch, org) => pipeline.push(batch, org);
  const chain = openChain(graph, graph.pipelines.get(PIPELINE)!, durable, options.surroundings);
  const sinkOf = (push: Push): OtlpSink =>
    createOtlpSink({ push, clock, retentionDays: settings.retention });
  const silentSink = sinkOf(durable);
  const sink = observeSink(
    { others: chain.chain.length === 0 ? silentSink : sinkOf(chain.push), probe: silentSink },
    telemetry,
    { foreignRows, probeMark: Buffer.from(options.probeMark) },
  );
  return { sink, silentSink, chain, pipeline, storeConsumer: consumer, destinations, ledger };
}

const PIPELINE = DEFAULT_PIPELINE;
/** The consumer of the store destination. */
const STORE = "store";

/** Of all that the pipeline names: the store is none of them. */
function destinationsOf({ pipelines, destinations }: GraphSpec): DestinationSpec[] {
  const names = pipelines.get(PIPELINE)!.destinations;
  return names.flatMap((name) => destinations.get(name) ?? []);
}

/** A name in the graph as the name of a cursor's file. */
function consumerName(name: string): string {
  return name.replace("/", ".");
}

function cursorPath({ dataDir }: Settings, name: string): string {
  return join(dataDir, "journal", PIPELINE, "cursors", consumerName(name));
}

/**
 * A destination that is new gets what comes from now on. The journal still has what the others are
 * done with, which is not its own, and may have been written without what reading it alone needs.
 */
async function beginAtTheEnd(consumer: JournalConsumer): Promise<void> {
  const { records } = consumer.backlog();
  if (records > 0) await consumer.acknowledge(consumer.position() + records);
}

function openTheJournal(
  { settings, clock, telemetry, readiness }: IngestOptions,
  specs: readonly DestinationSpec[],
): Promise<Journal> {
  const told = journalTelemetry(telemetry);
  const bytesMax = settings.journal.backlogBytesMax;
  return openJournal({
    folder: join(settings.dataDir, "journal", PIPELINE),
    consumers: [
      { name: STORE, policy: "block", bytesMax },
      ...specs.map(({ name, delivery }) => ({
        name: consumerName(name),
        policy: delivery.whenFull,
        bytesMax: delivery.queueBytesMax,
        ...(delivery.queueAgeMax === undefined ? {} : { ageMsMax: delivery.queueAgeMax }),
      })),
    ],
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
}

function storeDestination(
  { settings, store, clock, random, telemetry, crashPoint }: IngestOptions,
  consumer: JournalConsumer,
  foreignRows: ForeignRows,
): StoreDestination {
  return new StoreDestination({
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
}

function deliveringTo(
  { name, delivery, create }: DestinationSpec,
  journal: Journal,
  { settings, clock, random, telemetry, surroundings }: IngestOptions,
): DeliveringDestination {
  return new DeliveringDestination({
    pipeline: PIPELINE,
    name,
    consumer: journal.consumer(consumerName(name)),
    destination: foreignRowsOnly(create(contextOf(name, surroundings))),
    settings: delivery,
    rowsOfRecord: (record) => rowsOfRecord(record.signal, record.parts),
    folder: join(settings.dataDir, "delivery", PIPELINE),
    clock,
    random,
    log: telemetry.log.child({ component: name }),
  });
}
