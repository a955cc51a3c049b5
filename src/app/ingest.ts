import type { Settings } from "#config/schema.ts";
import type { Clock } from "#core/clock.ts";
import { PAYLOAD_VERSION } from "#core/native/payload.ts";
import { rowsOfRecord } from "#core/native/record-rows.ts";
import { StoreDestination, type CrashPoint } from "#destinations/store/store-destination.ts";
import type { Push } from "#pipeline/component.ts";
import { DeliveringDestination } from "#pipeline/delivery/delivering-destination.ts";
import { DestinationGroup } from "#pipeline/delivery/destination-group.ts";
import { DeliveryMetrics } from "#pipeline/delivery/delivery-metrics.ts";
import { isForeign } from "#pipeline/graph/foreign-rows.ts";
import { BUILT_IN, type DestinationSpec } from "#pipeline/graph/graph-spec.ts";
import type { MadeDelivery } from "#pipeline/graph/running-destination.ts";
import type { PipelineParts } from "#pipeline/graph/running-pipeline.ts";
import { RunningGraph } from "#pipeline/graph/running-graph.ts";
import { contextOf, type Surroundings } from "#pipeline/graph/surroundings.ts";
import { wantedRows } from "#pipeline/graph/wanted-rows.ts";
import {
  type Journal,
  type JournalConsumer,
  type JournalConsumerOptions,
  openJournal,
} from "#pipeline/journal/journal.ts";
import type { RowWatch } from "#pipeline/row-watch.ts";
import { createOtlpSink, type OtlpSink } from "#receivers/otlp/sink.ts";
import type { Store } from "#store/store.ts";
import { observeStatistics } from "#telemetry/component-statistics.ts";
import { createLedger, type Ledger } from "#telemetry/ledger.ts";
import type { Meter } from "#telemetry/meter.ts";
import {
  ForeignRows,
  givenUpCounter,
  JournalMetrics,
  journalTelemetry,
  observeLedger,
  observeSink,
  storeDestinationTelemetry,
} from "./ingest-telemetry.ts";
import type { OwnTelemetry } from "./own-telemetry.ts";
import { PipelineFolders } from "./pipeline-folders.ts";
import type { Readiness } from "./readiness.ts";
import { StoredRows } from "./stored-rows.ts";

export interface IngestOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly store: Store;
  readonly telemetry: OwnTelemetry;
  readonly readiness: Readiness;
  readonly surroundings: Surroundings;
  /** Stands in every request of the probe. */
  readonly probeMark: string;
  /** Told of rows as they become durable for the store. */
  readonly watch: RowWatch;
  readonly random: () => number;
  readonly crashPoint?: (point: CrashPoint) => Promise<void> | undefined;
}

/** The way from a request to the store. Its graph is the caller's to open, and to stop. */
export interface Ingest {
  readonly graph: RunningGraph;
  /** For the doors: what it takes is traced and counted. */
  readonly sink: OtlpSink;
  /** For own telemetry: nothing is told of what it takes, and no processor sees it. */
  readonly silentSink: OtlpSink;
  /** What became of all rows; to be asked for when the graph is open. */
  createLedger(): Ledger;
}

const [OTLP] = BUILT_IN.receivers;

/** Makes the graph with what this process has for it. Opens nothing yet. */
export function createIngest(options: IngestOptions): Ingest {
  const { settings, clock, telemetry, readiness, surroundings, probeMark } = options;
  const folders = new PipelineFolders(settings.dataDir);
  const stored = new StoredRows();
  const foreignRows = new ForeignRows();
  const journals = new JournalMetrics(telemetry.meter);
  const graph = new RunningGraph({
    surroundings,
    watch: options.watch,
    receiversFolder: folders.receivers,
    storeBytesMax: settings.journal.backlogBytesMax,
    openJournal: journalOpener(options, folders),
    heldJournals: (pipeline) => folders.held(pipeline),
    removeJournal: (name) => folders.removeJournal(name),
    createStore: storeMaker(options, folders, foreignRows),
    createDelivery: deliveryMaker(options, folders, new DeliveryMetrics(telemetry.meter)),
    onGivenUp: givenUpCounter(telemetry),
    onOpened(pipeline) {
      stored.opened(pipeline);
      journals.add(pipeline);
    },
    async onRemoved(pipeline) {
      const { name } = pipeline;
      journals.remove(pipeline);
      readiness.failingJournals.delete(name);
      const left = pipeline.backlogs().filter(({ rows }) => rows > 0);
      stored.closed(pipeline, left.length === 0);
      if (left.length === 0) return folders.remove(name);
      const waiting = left.map(({ destination, rows }) => `${rows} rows for ${destination}`);
      telemetry.log.warn(
        "A pipeline was removed before all was delivered; the rest stays on disk, and is delivered when a pipeline of its name is there again",
        { pipeline: name, folder: folders.journal(name), waiting: waiting.join(", ") },
      );
    },
  });
  readiness.backlogs = () =>
    graph.pipelines.flatMap(({ name, storeConsumer }) =>
      storeConsumer === undefined
        ? []
        : [
            {
              pipeline: name,
              bytes: storeConsumer.backlog().bytes,
              bytesMax: settings.journal.backlogBytesMax,
            },
          ],
    );
  const sinkOf = (push: Push): OtlpSink =>
    createOtlpSink({ push, clock, retentionDays: settings.retention });
  const silentSink = sinkOf((batch, org) => graph.main.durable(batch, org));
  const sink = observeSink(
    { others: sinkOf(graph.fanOut(OTLP).push), probe: silentSink },
    telemetry,
    { foreignRows, probeMark: Buffer.from(probeMark) },
  );
  return {
    graph,
    sink,
    silentSink,
    createLedger() {
      const ledger = createLedger(stored.sources(() => graph.pipelines));
      observeLedger(ledger, telemetry);
      return ledger;
    },
  };
}

function journalOpener({ clock, telemetry, readiness }: IngestOptions, folders: PipelineFolders) {
  const told = journalTelemetry(telemetry);
  return (pipeline: string, consumers: readonly JournalConsumerOptions[]): Promise<Journal> => {
    const { onEvent, onCommit } = told(pipeline);
    return openJournal({
      folder: folders.journal(pipeline),
      consumers,
      clock,
      payloadVersion: PAYLOAD_VERSION,
      onEvent(event) {
        if (event.kind === "write_failed" || event.kind === "disk_full")
          readiness.failingJournals.add(pipeline);
        onEvent(event);
      },
      onCommit(commit) {
        readiness.failingJournals.delete(pipeline);
        onCommit(commit);
      },
    });
  };
}

function storeMaker(
  { settings, store, clock, random, telemetry, crashPoint }: IngestOptions,
  folders: PipelineFolders,
  foreignRows: ForeignRows,
) {
  const events = storeDestinationTelemetry(telemetry, foreignRows);
  return async (pipeline: string, consumer: JournalConsumer): Promise<StoreDestination> =>
    new StoreDestination({
      pipeline: await folders.storeIdentity(pipeline),
      consumer,
      writer: store.writer,
      folder: folders.store(pipeline),
      clock,
      random,
      limits: { drainMsMax: settings.shutdown.budgetSeconds * 1_000 },
      events,
      ...(crashPoint === undefined ? {} : { crashPoint }),
    });
}

function deliveryMaker(
  { clock, random, telemetry, surroundings }: IngestOptions,
  folders: PipelineFolders,
  metrics: DeliveryMetrics,
) {
  return (
    pipeline: string,
    spec: DestinationSpec,
    consumer: JournalConsumer,
  ): ReturnType<PipelineParts["createDelivery"]> => {
    const { name, delivery, create } = spec;
    const meters: Meter[] = [];
    const destination = create((component) => {
      const context = contextOf(component, surroundings, pipeline);
      meters.push(context.meter);
      return context;
    });
    const delivering = new DeliveringDestination({
      pipeline,
      name,
      consumer,
      destination,
      ...wantedRows(spec, isForeign),
      settings: delivery,
      rowsOfRecord: (record) => rowsOfRecord(record.signal, record.parts),
      folder: folders.delivery(pipeline),
      clock,
      random,
      log: telemetry.log.child({ component: name, pipeline }),
    });
    const group = destination instanceof DestinationGroup ? destination : undefined;
    const members = (): ReturnType<MadeDelivery["members"]> => group?.states();
    const forgetMetrics = metrics.add(pipeline, delivering, members);
    const observe = (component: string, statistics: () => Record<string, number>): void => {
      const { meter } = contextOf(component, surroundings, pipeline);
      meters.push(meter);
      observeStatistics(meter, pipeline, statistics);
    };
    observe(name, () => ({ ...destination.statistics?.() }));
    for (const { name: member } of members() ?? [])
      observe(member, () => ({ ...members()?.find((one) => one.name === member)?.statistics }));
    const forget = (): void => {
      forgetMetrics();
      for (const meter of meters) surroundings.meters.forget(meter);
    };
    return { delivering, forget, members };
  };
}
