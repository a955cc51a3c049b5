import { DEFAULT_PIPELINE } from "#pipeline/graph/graph-spec.ts";
import type { Journal, JournalConsumer } from "#pipeline/journal/journal.ts";
import { addRows, NO_ROWS, type RowCounts } from "#pipeline/journal/row-counts.ts";
import type { LedgerSources, SignalCounts } from "#telemetry/ledger.ts";

interface Counts {
  readonly accepted: RowCounts;
  readonly stored: RowCounts;
  readonly dropped: RowCounts;
}

/** What is asked of a pipeline. */
export interface Observed {
  readonly name: string;
  readonly journal: Pick<Journal, "acceptedRows">;
  readonly storeConsumer: Pick<JournalConsumer, "counts" | "backlog"> | undefined;
}

const NOTHING: Counts = { accepted: NO_ROWS, stored: NO_ROWS, dropped: NO_ROWS };

/** The rows of all pipelines that have a store: no count goes back when a pipeline is removed. */
export class StoredRows {
  /** Of pipelines of which nothing is left. */
  private gone = NOTHING;
  /** Of pipelines that were removed and have rows left, which they have again when they are there again. */
  private readonly resting = new Map<string, Counts>();

  opened({ name }: Observed): void {
    this.resting.delete(name);
  }

  /** @param isEmpty whether its journal is removed, and a pipeline of its name begins anew. */
  closed(pipeline: Observed, isEmpty: boolean): void {
    const counts = countsOf(pipeline);
    if (isEmpty) this.gone = sum(this.gone, counts);
    else this.resting.set(pipeline.name, counts);
  }

  sources(pipelines: () => readonly Observed[]): LedgerSources {
    const all = (): Counts =>
      [...this.resting.values(), ...pipelines().map(countsOf)].reduce(sum, this.gone);
    const of = (what: keyof Counts) => (): SignalCounts => all()[what];
    return { accepted: of("accepted"), stored: of("stored"), dropped: of("dropped") };
  }
}

function countsOf({ name, journal, storeConsumer }: Observed): Counts {
  if (storeConsumer === undefined) return NOTHING;
  const { stored, dropped } = storeConsumer.counts();
  if (name === DEFAULT_PIPELINE) return { accepted: journal.acceptedRows(), stored, dropped };
  // The store of any other pipeline may have been added later: only what it was to have counts.
  const { rowsBySignal } = storeConsumer.backlog();
  return { accepted: addRows(addRows(stored, dropped), rowsBySignal), stored, dropped };
}

function sum(one: Counts, other: Counts): Counts {
  return {
    accepted: addRows(one.accepted, other.accepted),
    stored: addRows(one.stored, other.stored),
    dropped: addRows(one.dropped, other.dropped),
  };
}
