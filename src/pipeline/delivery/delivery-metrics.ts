import type { Histogram, Labels, Meter, Observation } from "#telemetry/meter.ts";
import type { DeliveringDestination, LiveState } from "./delivering-destination.ts";
import { ATTEMPT_OUTCOMES } from "./delivery-statistics.ts";
import type { MemberState } from "./destination-group.ts";

interface Measured {
  readonly labels: Labels;
  readonly destination: DeliveringDestination;
  readonly members: () => readonly MemberState[] | undefined;
}

interface Value {
  readonly value: number;
  readonly outcome?: string;
}

const LABELS = ["pipeline", "destination"] as const;
const MEMBER_LABELS = [...LABELS, "member"] as const;
const BREAKER_STATES = ["closed", "half_open", "open"] as const;

/** The metrics of all destinations, declared once in a process; destinations come and go. */
export class DeliveryMetrics {
  readonly #measured = new Set<Measured>();
  readonly #durations: Histogram;

  constructor(meter: Meter) {
    this.#durations = meter.histogram({
      name: "delivery_attempt_duration_seconds",
      help: "Time that attempts to deliver to destinations took, by how they ended.",
      unit: "s",
      labels: [...LABELS, "outcome"],
    });
    this.#declareCounters(meter);
    this.#declareGauges(meter);
    this.#declareMembers(meter);
  }

  /**
   * Includes a destination, until what this returns is called.
   *
   * @param members Of a group: how its members are doing.
   */
  add(
    pipeline: string,
    destination: DeliveringDestination,
    members: Measured["members"] = () => undefined,
  ): () => void {
    const measured = { labels: { pipeline, destination: destination.name }, destination, members };
    this.#measured.add(measured);
    const unwatch = destination.watch({
      attempted: ({ durationMs, error }) => {
        const outcome = error === undefined ? "delivered" : "failed";
        this.#durations.record(durationMs / 1_000, { ...measured.labels, outcome });
      },
    });
    return () => {
      this.#measured.delete(measured);
      unwatch();
    };
  }

  #declareCounters(meter: Meter): void {
    meter.observedCounter(
      {
        name: "delivery_rows_total",
        help: "Rows that destinations took, that became dead letters, that were dropped, and that were not for them.",
        unit: "{row}",
        labels: [...LABELS, "outcome"],
      },
      () =>
        this.#observe(({ statistics }) => [
          { outcome: "delivered", value: statistics.rowsDelivered },
          { outcome: "dead_letter", value: statistics.rowsDead },
          { outcome: "dropped", value: statistics.rowsDropped },
          { outcome: "skipped", value: statistics.rowsSkipped },
        ]),
    );
    meter.observedCounter(
      {
        name: "delivery_attempts_total",
        help: "Attempts to deliver to destinations, by how they ended.",
        unit: "{attempt}",
        labels: [...LABELS, "outcome"],
      },
      () =>
        this.#observe(({ statistics }) =>
          ATTEMPT_OUTCOMES.map((outcome) => ({ outcome, value: statistics.attempts[outcome] })),
        ),
    );
    meter.observedCounter(
      {
        name: "delivery_dead_letters_dropped_total",
        help: "Dead letters that went because of the bounds of bytes, age or number.",
        unit: "{row}",
        labels: LABELS,
      },
      () => this.#observe(({ deadLetters }) => [{ value: deadLetters.dropped }]),
    );
  }

  #declareGauges(meter: Meter): void {
    const gauge = (
      name: string,
      help: string,
      unit: string,
      value: (live: LiveState) => number,
    ): void =>
      meter.observedGauge({ name, help, unit, labels: LABELS }, () =>
        this.#observe((destination) => [{ value: value(destination.live()) }]),
      );
    gauge(
      "delivery_queue_rows",
      "Rows that wait in the journal.",
      "{row}",
      (live) => live.queue.rows,
    );
    gauge(
      "delivery_queue_bytes",
      "Bytes that wait in the journal.",
      "By",
      (live) => live.queue.bytes,
    );
    gauge(
      "delivery_queue_age_seconds",
      "Age of the oldest row that waits.",
      "s",
      (live) => live.queue.oldestAgeMs / 1_000,
    );
    gauge(
      "delivery_breaker_state",
      "State of the circuit breaker: 0 closed, 1 half open, 2 open.",
      "1",
      (live) => BREAKER_STATES.indexOf(live.breaker),
    );
    gauge(
      "delivery_dead_letters",
      "Dead letters that are kept.",
      "{row}",
      (live) => live.deadLetters.count,
    );
    gauge(
      "delivery_dead_letter_bytes",
      "Bytes of the dead letters' files.",
      "By",
      (live) => live.deadLetters.bytes,
    );
  }

  #declareMembers(meter: Meter): void {
    meter.observedCounter(
      {
        name: "delivery_member_deliveries_total",
        help: "Deliveries that members of groups took, and that failed at them.",
        unit: "{delivery}",
        labels: [...MEMBER_LABELS, "outcome"],
      },
      () =>
        this.#observeMembers(({ delivered, failed }) => [
          { outcome: "delivered", value: delivered },
          { outcome: "failed", value: failed },
        ]),
    );
    meter.observedGauge(
      {
        name: "delivery_member_breaker_state",
        help: "State of the circuit breaker of a member of a group: 0 closed, 1 half open, 2 open.",
        unit: "1",
        labels: MEMBER_LABELS,
      },
      () => this.#observeMembers(({ breaker }) => [{ value: BREAKER_STATES.indexOf(breaker) }]),
    );
  }

  #observeMembers(values: (member: MemberState) => readonly Value[]): Observation[] {
    return [...this.#measured].flatMap((measured) =>
      (measured.members() ?? []).flatMap((member) =>
        observed(measured, values(member), { member: member.name }),
      ),
    );
  }

  #observe(values: (destination: DeliveringDestination) => readonly Value[]): Observation[] {
    return [...this.#measured].flatMap((measured) =>
      observed(measured, values(measured.destination)),
    );
  }
}

function observed(
  { labels }: Measured,
  values: readonly Value[],
  more: Labels = {},
): Observation[] {
  return values.map(({ value, outcome }) => ({
    value,
    labels: { ...labels, ...more, ...(outcome === undefined ? {} : { outcome }) },
  }));
}
