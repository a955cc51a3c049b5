import { expect, it } from "vitest";
import { createLedger } from "#telemetry/ledger.ts";
import { type Observed, StoredRows } from "./stored-rows.ts";

const rowsOf = (logs: number) => ({ traces: 0, logs, metrics: 0 });

/** A pipeline that has accepted, stored and dropped so many log records. */
function pipeline(name: string, accepted: number, stored: number, dropped = 0): Observed {
  const waiting = rowsOf(accepted - stored - dropped);
  return {
    name,
    journal: { acceptedRows: () => rowsOf(accepted) },
    storeConsumer: {
      counts: () => ({ stored: rowsOf(stored), dropped: rowsOf(dropped) }),
      backlog: () => ({
        records: 0,
        rows: waiting.logs,
        rowsBySignal: waiting,
        bytes: 0,
        oldestAgeMs: 0,
      }),
    },
  };
}

function ledgerOf(rows: StoredRows, pipelines: readonly Observed[]) {
  return createLedger(rows.sources(() => pipelines)).inAll().logs;
}

it("rows of all pipelines with a store are one ledger's", () => {
  const none: Observed = { ...pipeline("far", 100, 0), storeConsumer: undefined };
  const all = [pipeline("default", 10, 7, 1), pipeline("audit", 5, 5), none];
  expect(ledgerOf(new StoredRows(), all)).toEqual({
    accepted: 15,
    stored: 12,
    dropped: 1,
    inFlight: 2,
  });
});

it("what a removed pipeline has stored stays counted, also when there is one of its name again", () => {
  const rows = new StoredRows();
  const main = pipeline("default", 10, 10);
  rows.closed(pipeline("audit", 5, 5), true);
  expect(ledgerOf(rows, [main])).toMatchObject({ accepted: 15, stored: 15 });
  const again = pipeline("audit", 1, 0);
  rows.opened(again);
  expect(ledgerOf(rows, [main, again])).toMatchObject({ accepted: 16, stored: 15, inFlight: 1 });
});

it("a pipeline that rests with rows left goes on with its counts", () => {
  const rows = new StoredRows();
  rows.closed(pipeline("audit", 5, 3), false);
  expect(ledgerOf(rows, [])).toMatchObject({ accepted: 5, stored: 3, inFlight: 2 });
  const again = pipeline("audit", 5, 5);
  rows.opened(again);
  expect(ledgerOf(rows, [again])).toMatchObject({ accepted: 5, stored: 5, inFlight: 0 });
});
