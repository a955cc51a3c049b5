import type { Resource, Scope, Series } from "#core/attributes.ts";
import { type Batch, keptRows } from "#core/batch.ts";
import { ByteWriter } from "#core/bytes.ts";
import { AGGREGATE_LIMITS, CATALOGUE_LIMITS, GROUP_LIMITS } from "#core/limits.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { exemplarRuns, type MetricBatch } from "#core/metric-batch.ts";
import type { BlockTable, RecordTable } from "#core/native/block-columns.ts";
import {
  type Seen,
  writeCatalogue,
  writeEdges,
  writeResources,
  writeScopes,
  writeSeries,
} from "#core/native/reference-blocks.ts";
import {
  writeExemplarPoints,
  writeExemplars,
  writeHistograms,
  writePoints,
} from "#core/native/metric-blocks.ts";
import { writeLogs, writeSpans } from "#core/native/row-blocks.ts";
import { ColumnWriter, type Part } from "#core/native/column-writer.ts";
import { packPayload, type SectionEntry } from "#core/native/payload.ts";
import type { Signal } from "#core/signal.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import type { Clock } from "#core/clock.ts";
import { AttributeCatalogue } from "./catalogue.ts";
import { pointsOfExemplars } from "./exemplar-points.ts";
import { type RowsByDay, rowsByDay, timeMsOf } from "./rows-by-day.ts";
import { SeenToday } from "./seen-today.ts";
import { ServiceEdges } from "./service-edges.ts";

/** One encoded group, ready for the journal. */
export interface EncodedGroup {
  readonly rows: number;
  readonly payload: readonly Uint8Array[];
  /** To be called once the group is durable: what it introduced need not be written again today. */
  remember(): void;
}

/** A section that a record has for its readers alone. */
export interface RecordNote {
  readonly table: RecordTable;
  /** Appends the block; returns its rows. */
  readonly write: (writer: ColumnWriter) => number;
}

/**
 * Encodes the batches of one group commit as one journal payload: a block for each table and day,
 * with the resources, scopes and series that were not yet written today, and the statistics that are
 * due. The batches are read only, and may be given back as soon as it returns.
 */
export class GroupEncoder {
  /**
   * Whether a record has all that its rows refer to, so that `rowsOfRecord` can read it by itself; the
   * store leaves out what is there for that alone. It can change from group to group.
   */
  selfContained = false;
  /** Whether attributes and calls between services are counted: not where rows wait for being dropped. */
  statistics = true;
  private readonly org: string;
  private readonly clock: Clock;
  private readonly writer = new ColumnWriter(new ByteWriter());
  private readonly resources = new SeenToday<Resource>();
  private readonly scopes = new SeenToday<Scope>();
  private readonly series = new SeenToday<Series>();
  private readonly catalogue = new AttributeCatalogue();
  private readonly edges = new ServiceEdges();
  private entries: SectionEntry[] = [];
  private aggregatesWrittenMs = 0;
  /** Of the last group of each signal that had rows enough to tell. */
  private readonly bytesPerRow: Record<Signal, number> = { traces: 400, logs: 400, metrics: 100 };

  constructor(org: string, clock: Clock) {
    this.org = org;
    this.clock = clock;
  }

  /** Whether statistics wait to be written although no rows come any more. */
  get aggregatesPending(): boolean {
    return this.catalogue.pending || this.edges.pending;
  }

  /** `note` comes with the record, whatever is in it. */
  encode(batches: readonly Batch[], note?: RecordNote): EncodedGroup {
    let rows = 0;
    for (const batch of batches) rows += keptRows(batch);
    const signal = batches[0]?.signal ?? "traces";
    this.begin(rows * this.bytesPerRow[signal]);
    const stride = Math.max(1, Math.ceil(rows / CATALOGUE_LIMITS.rowsExactMax));
    if (signal === "traces") this.traces(batches as SpanBatch[], stride);
    else if (signal === "logs") this.logs(batches as LogBatch[], stride);
    else this.metrics(batches as MetricBatch[]);
    this.writeSeen();
    if (this.selfContained) this.writeRepeats();
    if (note !== undefined) this.section(note.table, 0, note.write);
    const nowMs = this.clock.monotonicMs();
    const quiet = rows <= CATALOGUE_LIMITS.rowsExactMax;
    if (quiet || nowMs - this.aggregatesWrittenMs >= AGGREGATE_LIMITS.waitMsMax)
      this.writeAggregates(nowMs);
    return this.end(signal, rows);
  }

  private begin(bytesExpected: number): void {
    const bytes = Math.min(bytesExpected * 1.2, GROUP_LIMITS.bytesMax);
    this.entries = [];
    for (const seen of [this.resources, this.scopes, this.series])
      seen.repeating = this.selfContained;
    this.writer.out = new ByteWriter(Math.max(4_096, Math.ceil(bytes)));
  }

  private end(signal: Signal, rows: number): EncodedGroup {
    const body = this.writer.out.view();
    if (rows > 100) this.bytesPerRow[signal] = body.length / rows;
    const fresh = [this.resources.takeFresh(), this.scopes.takeFresh(), this.series.takeFresh()];
    return {
      rows,
      payload: packPayload(this.entries, body),
      remember: () => {
        this.resources.remember(fresh[0] as Seen<Resource>[]);
        this.scopes.remember(fresh[1] as Seen<Scope>[]);
        this.series.remember(fresh[2] as Seen<Series>[]);
      },
    };
  }

  /** Adds a section with what `write` appends. */
  private section(
    table: BlockTable | RecordTable,
    day: number,
    write: (writer: ColumnWriter, org: string) => number,
  ): void {
    const from = this.writer.out.length;
    const rows = write(this.writer, this.org);
    this.entries.push({ table, day, rows, bytes: this.writer.out.length - from });
  }

  private traces(batches: readonly SpanBatch[], stride: number): void {
    const days = rowsByDay(
      batches,
      (b) => b.selection.runs(b.rows),
      (b) => b.time,
    );
    for (const [day, parts] of days) {
      this.section("spans", day, (writer, org) => writeSpans(writer, org, parts));
      this.observeGroups(1, day, parts, stride);
      if (!this.statistics) continue;
      for (const { batch, runs } of parts) {
        for (let r = 0; r < runs.length; r += 2) this.edges.observe(batch, runs[r]!, runs[r + 1]!);
      }
    }
  }

  private logs(batches: readonly LogBatch[], stride: number): void {
    const days = rowsByDay(
      batches,
      (b) => b.selection.runs(b.rows),
      (b) => b.time,
    );
    for (const [day, parts] of days) {
      this.section("logs", day, (writer, org) => writeLogs(writer, org, parts));
      this.observeGroups(2, day, parts, stride);
    }
  }

  private observeGroups(
    signal: 1 | 2,
    day: number,
    parts: readonly Part<SpanBatch | LogBatch>[],
    stride: number,
  ): void {
    for (const { batch, runs } of parts) {
      const timeMs = timeMsOf(batch.time, runs[0]!);
      for (let r = 0; r < runs.length; r += 2) {
        if (this.statistics)
          this.catalogue.observe(signal, timeMs, batch.attributes, runs[r]!, runs[r + 1]!, stride);
        batch.groups.forEach(runs[r]!, runs[r + 1]!, (resource, scope, rows) => {
          this.resources.see(resource, day);
          this.scopes.see(scope, day);
          if (this.statistics)
            this.catalogue.observeList(signal, 1, timeMs, resource.attributes, rows);
        });
      }
    }
  }

  private metrics(batches: readonly MetricBatch[]): void {
    const numbers = rowsByDay(
      batches,
      (b) => b.numbers.selection.runs(b.numbers.rows),
      (b) => b.numbers.time,
    );
    const histograms = rowsByDay(
      batches,
      (b) => b.histograms.selection.runs(b.histograms.rows),
      (b) => b.histograms.time,
    );
    const exemplars = rowsByDay(batches, exemplarRuns, (b) => b.exemplars.time);
    for (const [day, parts] of numbers)
      this.section("points", day, (writer, org) => writePoints(writer, org, parts));
    for (const [day, parts] of histograms) {
      this.section("histograms", day, (writer, org) => writeHistograms(writer, org, parts));
    }
    for (const [day, parts] of exemplars) {
      this.section("exemplars", day, (writer, org) => writeExemplars(writer, org, parts));
    }
    if (this.selfContained && exemplars.size > 0) {
      const points = pointsOfExemplars(numbers, histograms, exemplars);
      this.section("exemplar_points", 0, (writer) => writeExemplarPoints(writer, points));
    }
    this.observeSeries(numbers, (b) => b.numbers);
    this.observeSeries(histograms, (b) => b.histograms);
  }

  private observeSeries(
    days: RowsByDay<MetricBatch>,
    of: (b: MetricBatch) => MetricBatch["numbers"] | MetricBatch["histograms"],
  ): void {
    for (const [day, parts] of days) {
      for (const { batch, runs } of parts) {
        const timeMs = timeMsOf(of(batch).time, runs[0]!);
        const used = new Set<number>();
        const { values } = of(batch).series;
        for (let r = 0; r < runs.length; r += 2) {
          for (let row = runs[r]!; row < runs[r + 1]!; row++) used.add(values[row]!);
        }
        for (const number of used) this.observeOneSeries(batch.series[number]!, day, timeMs);
      }
    }
  }

  private observeOneSeries(series: Series, day: number, timeMs: number): void {
    if (!this.series.see(series, day)) {
      this.resources.repeat(series.resource, day);
      this.scopes.repeat(series.scope, day);
      return;
    }
    this.resources.see(series.resource, day);
    this.scopes.see(series.scope, day);
    if (!this.statistics) return;
    this.catalogue.observeList(3, 2, timeMs, series.attributes, 1);
    this.catalogue.observeList(3, 1, timeMs, series.resource.attributes, 1);
  }

  private writeSeen(): void {
    const { resources, scopes, series } = this;
    if (resources.fresh.length > 0)
      this.section("resources", 0, (w, org) => writeResources(w, org, resources.fresh));
    if (scopes.fresh.length > 0)
      this.section("scopes", 0, (w, org) => writeScopes(w, org, scopes.fresh));
    if (series.fresh.length > 0)
      this.section("series", 0, (w, org) => writeSeries(w, org, series.fresh));
  }

  /** What {@link writeSeen} left out, since it is written already. */
  private writeRepeats(): void {
    const [resources, scopes] = [this.resources.repeats(), this.scopes.repeats()];
    const series = this.series.repeats();
    if (resources.length > 0)
      this.section("repeated_resources", 0, (w, org) => writeResources(w, org, resources));
    if (scopes.length > 0)
      this.section("repeated_scopes", 0, (w, org) => writeScopes(w, org, scopes));
    if (series.length > 0)
      this.section("repeated_series", 0, (w, org) => writeSeries(w, org, series));
  }

  private writeAggregates(nowMs: number): void {
    this.aggregatesWrittenMs = nowMs;
    const catalogue = this.catalogue.pending ? this.catalogue.take() : [];
    const edges = this.edges.pending ? this.edges.take() : [];
    if (catalogue.length > 0)
      this.section("attribute_catalogue", 0, (w, org) => writeCatalogue(w, org, catalogue));
    if (edges.length > 0)
      this.section("service_edges_1m", 0, (w, org) => writeEdges(w, org, edges));
  }
}
