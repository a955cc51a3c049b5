import { SIGNALS, type Signal } from "#core/signal.ts";
import type { StoreDestinationEvents } from "#destinations/store/store-destination.ts";
import type { Journal, JournalConsumer, JournalOptions } from "#pipeline/journal/journal.ts";
import type { ReceiverMetrics } from "#pipeline/intake/door.ts";
import type { OtlpSink } from "#receivers/otlp/sink.ts";
import type { Ledger } from "#telemetry/ledger.ts";
import type { Observation } from "#telemetry/meter.ts";
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

/** What the journal tells while it opens and works. */
export function journalTelemetry({
  meter,
  log,
}: OwnTelemetry): Required<Pick<JournalOptions, "onEvent" | "onCommit">> {
  const events = meter.counter({
    name: "journal_events_total",
    help: "What the journal had to tell.",
    labels: ["kind"],
  });
  const commits = meter.histogram({
    name: "journal_commit_seconds",
    help: "Time of one write and sync of the journal.",
    unit: "s",
  });
  const commitBytes = meter.histogram({
    name: "journal_commit_bytes",
    help: "Bytes of one write and sync of the journal.",
    unit: "By",
    bounds: SIZE_BOUNDS_BYTES,
  });
  return {
    onEvent({ kind, file, message, bytes, rows }) {
      events.add(1, { kind });
      log.warn("The journal met something unusual", { kind, file, detail: message, bytes, rows });
    },
    onCommit({ durationMs, bytes }) {
      commits.record(durationMs / 1_000);
      commitBytes.record(bytes);
    },
  };
}

/** Declares the metrics of an open journal, and of its reader. */
export function observeJournal(
  journal: Journal,
  consumer: JournalConsumer,
  { meter }: OwnTelemetry,
): void {
  const gauge = (name: string, unit: string, help: string, value: () => number): void =>
    meter.observedGauge({ name, unit, help }, () => [{ value: value() }]);
  const counter = (name: string, unit: string, help: string, value: () => number): void =>
    meter.observedCounter({ name, unit, help }, () => [{ value: value() }]);
  gauge(
    "journal_segment_bytes",
    "By",
    "Bytes of the journal on disk.",
    () => journal.stats().segmentBytes,
  );
  gauge(
    "journal_memory_bytes",
    "By",
    "Bytes of records kept in memory.",
    () => journal.stats().memoryBytes,
  );
  gauge(
    "journal_backlog_bytes",
    "By",
    "Bytes that wait for the store.",
    () => consumer.backlog().bytes,
  );
  gauge(
    "journal_backlog_rows",
    "{row}",
    "Rows that wait for the store.",
    () => consumer.backlog().rows,
  );
  gauge(
    "journal_backlog_age_seconds",
    "s",
    "Age of the oldest record that waits for the store.",
    () => consumer.backlog().oldestAgeMs / 1_000,
  );
  counter(
    "journal_appended_bytes_total",
    "By",
    "Bytes that were appended.",
    () => journal.stats().appendedBytes,
  );
  counter("journal_syncs_total", "", "Syncs of the journal.", () => journal.stats().syncs);
  counter(
    "journal_write_failures_total",
    "",
    "Writes that the disk refused.",
    () => journal.stats().writeFailures,
  );
  counter(
    "journal_refused_total",
    "",
    "Appends that were refused as overload.",
    () => journal.stats().refusedOverloaded,
  );
  counter(
    "journal_damaged_bytes_total",
    "By",
    "Bytes that could not be read.",
    () => journal.stats().damagedBytes,
  );
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
    recovering(plans) {
      log.info("Inserts of an earlier run are carried out again", { plans });
    },
    failed(error) {
      failures.add(1);
      log.error("Storing failed and is tried again", { error });
    },
  };
}
