import { SIGNALS, type Signal } from "#core/signal.ts";

export type SignalCounts = Readonly<Record<Signal, number>>;

/** The rows of one signal. `accepted = stored + dropped + inFlight`, always. */
export interface LedgerEntry {
  readonly accepted: number;
  readonly stored: number;
  readonly dropped: number;
  readonly inFlight: number;
}

/** Where the ledger reads its cumulative counts, which survive restarts. */
export interface LedgerSources {
  /** Rows that the journal has synced, ever. */
  accepted(): SignalCounts;
  /** Rows that the store has taken, ever. */
  stored(): SignalCounts;
  /** Rows that were given up for good, ever. */
  dropped(): SignalCounts;
}

/** What happened to every acknowledged row. */
export interface Ledger {
  /** Since this data folder was made. */
  inAll(): Record<Signal, LedgerEntry>;
  /**
   * Since this process started. Rows that an earlier process accepted and did not finish count as
   * accepted at the start of this one, so that the equation holds for each process too.
   */
  sinceStart(): Record<Signal, LedgerEntry>;
}

/** Makes the ledger over `sources`; "start" is the moment of this call. */
export function createLedger(sources: LedgerSources): Ledger {
  const storedAtStart = { ...sources.stored() };
  const droppedAtStart = { ...sources.dropped() };
  const inAll = (): Record<Signal, LedgerEntry> => {
    // What is done is read before what was accepted: a row between the two reads is in flight.
    const stored = sources.stored();
    const dropped = sources.dropped();
    const accepted = sources.accepted();
    return bySignal((signal) => entry(accepted[signal], stored[signal], dropped[signal]));
  };
  return {
    inAll,
    sinceStart() {
      const all = inAll();
      return bySignal((signal) => {
        const stored = storedAtStart[signal];
        const dropped = droppedAtStart[signal];
        const { accepted, stored: storedNow, dropped: droppedNow } = all[signal];
        return entry(accepted - stored - dropped, storedNow - stored, droppedNow - dropped);
      });
    },
  };
}

function entry(accepted: number, stored: number, dropped: number): LedgerEntry {
  return { accepted, stored, dropped, inFlight: accepted - stored - dropped };
}

function bySignal<T>(value: (signal: Signal) => T): Record<Signal, T> {
  return Object.fromEntries(SIGNALS.map((signal) => [signal, value(signal)])) as Record<Signal, T>;
}
