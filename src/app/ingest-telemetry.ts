import { SIGNALS, type Signal } from "#core/signal.ts";
import type { StoreDestinationEvents } from "#destinations/store/store-destination.ts";
import type { PipelineParts, RunningPipeline } from "#pipeline/graph/running-pipeline.ts";
import type { JournalBacklog, JournalOptions, JournalStats } from "#pipeline/journal/journal.ts";
import type { ReceiverMetrics } from "#pipeline/intake/door.ts";
import type { OtlpSink } from "#receivers/otlp/sink.ts";
import type { Ledger } from "#telemetry/ledger.ts";
import type { Meter, Observation } from "#telemetry/meter.ts";
import type { OwnTelemetry } from "./own-telemetry.ts";

const SIZE_BOUNDS_BYTES = [1e3, 1e4, 1e5, 5e5, 1e6, 4e6, 16e6, 64e6];
/** Tables whose inserts are worth a span. */
const SIGNAL_OF_TABLE: Readonly<Record<string, Signal>> = {
  spans: "traces",
  logs: "logs",
  points: "metrics",
  histograms: "metrics",
};
/** Bodies up to here are looked at for being the probe's. */
const PROBE_BODY_BYTES_MAX = 512;

/** Counts what the OTLP doors answered. */
export function receiverMetrics({ meter }: OwnTelemetry): ReceiverMetrics {
  const labels = ["door", "signal", "code"];
  const requests = meter.counter({
    name: "receiver_requests_total",
    help: "Requests that the OTLP doors answered, by status.",
    labels,
  });
  const durations = meter.histogram({
    name: "receiver_request_seconds",
    help: "Time from a request's first byte to its answer.",
    unit: "s",
    labels: ["door", "signal"],
  });
  const bytes = meter.counter({
    name: "receiver_bytes_total",
    help: "Bytes of request bodies, as sent and after decompression.",
    unit: "By",
    labels: ["door", "form"],
  });
  return {
    answered({ door, signal = "none", code, durationMs, wireBytes, bodyBytes }) {
      requests.add(1, { door, signal, code });
      durations.record(durationMs / 1_000, { door, signal });
      bytes.add(wireBytes, { door, form: "sent" });
      bytes.add(bodyBytes, { door, form: "decompressed" });
    },
  };
}

/** Rows that senders brought: neither own ones nor the probe's. */
export class ForeignRows {
  private readonly counts = { traces: 0, logs: 0, metrics: 0 };

  add(signal: Signal, rows: number): void {
    this.counts[signal] += rows;
  }

  /** Those since the last call. */
  take(signal: Signal): number {
    const rows = this.counts[signal];
    this.counts[signal] = 0;
    return rows;
  }
}

/**
 * A sink that records a bounded number of spans about what it takes.
 *
 * @param probeMark bytes that stand in every request of the probe, about which nothing is recorded, and
 *   which has a sink of its own.
 */
export function observeSink(
  { others: sink, probe }: { others: OtlpSink; probe: OtlpSink },
  { tracer, meter }: OwnTelemetry,
  { foreignRows, probeMark }: { foreignRows: ForeignRows; probeMark: Buffer },
): OtlpSink {
  const rejected = meter.counter({
    name: "receiver_rejected_rows_total",
    help: "Rows that were refused one by one, with a partial success.",
    unit: "{row}",
    labels: ["signal"],
  });
  return {
    accept(signal, org, body) {
      if (body.length <= PROBE_BODY_BYTES_MAX && body.includes(probeMark))
        return probe.accept(signal, org, body);
      const bodyBytes = body.length;
      return tracer.span(`ingest ${signal}`, { kind: "server" }, async (span) => {
        const intake = await sink.accept(signal, org, body);
        foreignRows.add(signal, intake.accepted);
        if (intake.rejected > 0) rejected.add(intake.rejected, { signal });
        span.set("sightglass.rows", intake.accepted);
        span.set("sightglass.body_bytes", bodyBytes);
        return intake;
      });
    },
  };
}

/** What a journal tells while it opens and works. */
type JournalListeners = Required<Pick<JournalOptions, "onEvent" | "onCommit">>;

/** Declares what journals tell; the result gives the listeners of one pipeline's. */
export function journalTelemetry({ meter, log }: OwnTelemetry) {
  const events = meter.counter({
    name: "journal_events_total",
    help: "What the journal had to tell.",
    labels: ["kind", "pipeline"],
  });
  const commits = meter.histogram({
    name: "journal_commit_seconds",
    help: "Time of one write and sync of the journal.",
    unit: "s",
    labels: ["pipeline"],
  });
  const commitBytes = meter.histogram({
    name: "journal_commit_bytes",
    help: "Bytes of one write and sync of the journal.",
    unit: "By",
    labels: ["pipeline"],
    bounds: SIZE_BOUNDS_BYTES,
  });
  return (pipeline: string): JournalListeners => ({
    onEvent({ kind, file, message, bytes, rows }) {
      events.add(1, { kind, pipeline });
      log.warn("The journal met something unusual", {
        pipeline,
        kind,
        file,
        detail: message,
        bytes,
        rows,
      });
    },
    onCommit({ durationMs, bytes }) {
      commits.record(durationMs / 1_000, { pipeline });
      commitBytes.record(bytes, { pipeline });
    },
  });
}

/** Counts, and tells, the rows that a destination which was removed will not deliver any more. */
export function givenUpCounter({ meter, log }: OwnTelemetry): PipelineParts["onGivenUp"] {
  const rowsGivenUp = meter.counter({
    name: "delivery_given_up_rows_total",
    help: "Rows that still waited for a destination when it was removed from the graph.",
    unit: "{row}",
    labels: ["pipeline", "destination"],
  });
  return ({ pipeline, destination, rows }) => {
    rowsGivenUp.add(rows, { pipeline, destination });
    log.warn("A destination was removed before all was delivered; the rest is dropped", {
      pipeline,
      destination,
      rows,
    });
  };
}

type ObservedPipeline = Pick<RunningPipeline, "name" | "journal" | "storeConsumer" | "held">;

/** The metrics of all journals, and of their readers, declared once in a process; pipelines come and go. */
export class JournalMetrics {
  private readonly pipelines = new Set<ObservedPipeline>();
  private readonly meter: Meter;

  constructor(meter: Meter) {
    this.meter = meter;
    this.declareGauges();
    this.declareHeld();
    this.declareCounters();
  }

  add(pipeline: ObservedPipeline): void {
    this.pipelines.add(pipeline);
  }

  remove(pipeline: ObservedPipeline): void {
    this.pipelines.delete(pipeline);
  }

  private declareGauges(): void {
    const journals = (
      name: string,
      unit: string,
      help: string,
      of: (stats: JournalStats) => number,
    ): void => this.gauge(name, unit, help, ({ journal }) => of(journal.stats()));
    const stores = (
      name: string,
      unit: string,
      help: string,
      of: (backlog: JournalBacklog) => number,
    ): void =>
      this.gauge(name, unit, help, ({ storeConsumer }) =>
        storeConsumer === undefined ? undefined : of(storeConsumer.backlog()),
      );
    journals("journal_segment_bytes", "By", "Bytes of the journal on disk.", (one) => {
      return one.segmentBytes;
    });
    journals("journal_memory_bytes", "By", "Bytes of records kept in memory.", (one) => {
      return one.memoryBytes;
    });
    stores("journal_backlog_bytes", "By", "Bytes that wait for the store.", (one) => one.bytes);
    stores("journal_backlog_rows", "{row}", "Rows that wait for the store.", (one) => one.rows);
    stores(
      "journal_backlog_age_seconds",
      "s",
      "Age of the oldest record that waits for the store.",
      (one) => one.oldestAgeMs / 1_000,
    );
  }

  /** What processors hold back until whole traces are decided on, in journals of their own. */
  private declareHeld(): void {
    const held = (
      name: string,
      unit: string,
      help: string,
      of: (backlog: JournalBacklog) => number,
    ): void =>
      this.meter.observedGauge({ name, unit, help, labels: ["pipeline", "holder"] }, () =>
        [...this.pipelines].flatMap((pipeline) =>
          pipeline.held().map(({ name: holder, backlog }) => ({
            value: of(backlog),
            labels: { pipeline: pipeline.name, holder },
          })),
        ),
      );
    held("held_bytes", "By", "Bytes of spans that wait for a decision.", (one) => one.bytes);
    held("held_rows", "{row}", "Spans that wait for a decision.", (one) => one.rows);
    held(
      "held_age_seconds",
      "s",
      "Age of the oldest span that waits for a decision.",
      (one) => one.oldestAgeMs / 1_000,
    );
  }

  private declareCounters(): void {
    const counter = (
      name: string,
      unit: string,
      help: string,
      of: (stats: JournalStats) => number,
    ): void =>
      this.meter.observedCounter({ name, unit, help, labels: ["pipeline"] }, () =>
        this.observe(({ journal }) => of(journal.stats())),
      );
    counter("journal_appended_bytes_total", "By", "Bytes that were appended.", (one) => {
      return one.appendedBytes;
    });
    counter("journal_syncs_total", "", "Syncs of the journal.", (one) => one.syncs);
    counter("journal_write_failures_total", "", "Writes that the disk refused.", (one) => {
      return one.writeFailures;
    });
    counter("journal_refused_total", "", "Appends that were refused as overload.", (one) => {
      return one.refusedOverloaded;
    });
    counter("journal_damaged_bytes_total", "By", "Bytes that could not be read.", (one) => {
      return one.damagedBytes;
    });
  }

  private gauge(
    name: string,
    unit: string,
    help: string,
    of: (pipeline: ObservedPipeline) => number | undefined,
  ): void {
    this.meter.observedGauge({ name, unit, help, labels: ["pipeline"] }, () => this.observe(of));
  }

  private observe(of: (pipeline: ObservedPipeline) => number | undefined): Observation[] {
    return [...this.pipelines].flatMap((pipeline) => {
      const value = of(pipeline);
      return value === undefined ? [] : [{ value, labels: { pipeline: pipeline.name } }];
    });
  }
}

/** Declares the ledger's metrics. */
export function observeLedger(ledger: Ledger, { meter }: OwnTelemetry): void {
  const each = (value: (signal: Signal) => number) => (): Observation[] =>
    SIGNALS.map((signal) => ({ value: value(signal), labels: { signal } }));
  const labels = ["signal"];
  const unit = "{row}";
  const inAll = (): ReturnType<Ledger["inAll"]> => ledger.inAll();
  meter.observedCounter(
    {
      name: "ledger_accepted_rows_total",
      help: "Rows that were acknowledged, ever.",
      unit,
      labels,
    },
    each((signal) => inAll()[signal].accepted),
  );
  meter.observedCounter(
    {
      name: "ledger_stored_rows_total",
      help: "Rows that the store has taken, ever.",
      unit,
      labels,
    },
    each((signal) => inAll()[signal].stored),
  );
  meter.observedCounter(
    { name: "ledger_dropped_rows_total", help: "Rows that were given up, ever.", unit, labels },
    each((signal) => inAll()[signal].dropped),
  );
  meter.observedGauge(
    {
      name: "ledger_in_flight_rows",
      help: "Rows that are acknowledged and not yet stored.",
      unit,
      labels,
    },
    each((signal) => inAll()[signal].inFlight),
  );
}

/**
 * What the store destination tells of its inserts. A span is recorded only when rows of senders came
 * in since the last one, so that storing own rows never makes more of them.
 */
export function storeDestinationTelemetry(
  { meter, log, tracer }: OwnTelemetry,
  foreignRows: ForeignRows,
): StoreDestinationEvents {
  const labels = ["table"];
  const durations = meter.histogram({
    name: "store_insert_seconds",
    help: "Time of one insert into the store.",
    unit: "s",
    labels,
  });
  const rows = meter.counter({
    name: "store_inserted_rows_total",
    help: "Rows inserted, of all tables.",
    unit: "{row}",
    labels,
  });
  const bytes = meter.counter({
    name: "store_inserted_bytes_total",
    help: "Bytes inserted.",
    unit: "By",
    labels,
  });
  const retries = meter.counter({
    name: "store_insert_retries_total",
    help: "Inserts that failed and were made again.",
    labels,
  });
  const dead = meter.counter({
    name: "store_dead_letter_rows_total",
    help: "Rows that were put aside as dead letters.",
    unit: "{row}",
    labels,
  });
  const unreadable = meter.counter({
    name: "store_unreadable_records_total",
    help: "Journal records that could not be read.",
  });
  const failures = meter.counter({
    name: "store_failures_total",
    help: "Failures of the journal or the plans of inserts.",
  });
  return {
    inserted(event) {
      const { table, durationMs } = event;
      durations.record(durationMs / 1_000, { table });
      rows.add(event.rows, { table });
      bytes.add(event.bytes, { table });
      const signal = SIGNAL_OF_TABLE[table];
      if (signal === undefined || foreignRows.take(signal) === 0) return;
      const attributes = {
        "db.system.name": "clickhouse",
        "db.collection.name": table,
        "sightglass.rows": event.rows,
      };
      tracer.record(`insert ${table}`, { kind: "client", durationMs, attributes });
    },
    retrying({ table, attempt, error }) {
      retries.add(1, { table });
      log.warn("An insert failed and is made again", { table, attempt, error });
    },
    deadLetter({ table, rows: count, file, error }) {
      dead.add(count, { table });
      log.error("Rows can never be stored and were put aside as a dead letter", {
        table,
        rows: count,
        file,
        error,
      });
    },
    unreadable(record) {
      unreadable.add(1);
      log.error("A journal record cannot be read; its rows count as dropped", { ...record });
    },
    lettersDropped(letters) {
      log.warn("Dead letters of the store were dropped: there are too many, or too large ones", {
        letters,
      });
    },
    recovering(plans) {
      log.info("Inserts of an earlier run are carried out again", { plans });
    },
    failed(error) {
      failures.add(1);
      log.error("Storing failed and is tried again", { error });
    },
  };
}
