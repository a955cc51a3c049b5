import fc from "fast-check";
import { expect, test } from "vitest";
import { SIGNALS, type Signal } from "#core/signal.ts";
import { createLedger } from "./ledger.ts";

type Counts = Record<Signal, number>;

function zero(): Counts {
  return { traces: 0, logs: 0, metrics: 0 };
}

test("accepted = stored + dropped + in flight, after any history and any number of restarts", () => {
  const event = fc.record({
    signal: fc.constantFrom(...SIGNALS),
    kind: fc.constantFrom("accept", "store", "drop", "restart"),
    rows: fc.nat(1_000),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const [accepted, stored, dropped] = [zero(), zero(), zero()];
      const sources = {
        accepted: () => accepted,
        stored: () => stored,
        dropped: () => dropped,
      };
      let ledger = createLedger(sources);
      for (const { signal, kind, rows } of events) {
        const waiting = accepted[signal] - stored[signal] - dropped[signal];
        if (kind === "accept") accepted[signal] += rows;
        if (kind === "store") stored[signal] += Math.min(rows, waiting);
        if (kind === "drop") dropped[signal] += Math.min(rows, waiting);
        if (kind === "restart") ledger = createLedger(sources);
        for (const view of [ledger.inAll(), ledger.sinceStart()]) {
          for (const entry of Object.values(view)) {
            expect(entry.accepted).toBe(entry.stored + entry.dropped + entry.inFlight);
            expect(
              Math.min(entry.accepted, entry.stored, entry.dropped, entry.inFlight),
            ).toBeGreaterThanOrEqual(0);
          }
        }
        expect(ledger.sinceStart()[signal].inFlight).toBe(ledger.inAll()[signal].inFlight);
      }
    }),
    { seed: 20_260_102 },
  );
});

test("rows left over by an earlier process count as accepted at the start of this one", () => {
  const stored = { ...zero(), traces: 60 };
  const ledger = createLedger({
    accepted: () => ({ ...zero(), traces: 100 }),
    stored: () => stored,
    dropped: () => ({ ...zero(), traces: 10 }),
  });
  expect(ledger.sinceStart().traces).toEqual({ accepted: 30, stored: 0, dropped: 0, inFlight: 30 });
  stored.traces = 90;
  expect(ledger.sinceStart().traces).toEqual({ accepted: 30, stored: 30, dropped: 0, inFlight: 0 });
  expect(ledger.inAll().traces).toEqual({ accepted: 100, stored: 90, dropped: 10, inFlight: 0 });
});
