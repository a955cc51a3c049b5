import type { JournalConsumer } from "#pipeline/journal/journal.ts";
import type { ProbeState } from "./probe.ts";

/** One line of `/readyz`. */
export interface ReadinessCheck {
  readonly name: string;
  readonly ready: boolean;
  readonly message: string;
}

/** Whether requests would be served now. */
export class Readiness {
  /** Set once everything is open. */
  started = false;
  /** Set when the server begins to stop. */
  draining = false;
  /** Set once the store has this version's schema. */
  schemaCurrent = false;
  /** Whether the journal's last write succeeded. */
  journalWritable = true;
  probe: (() => ProbeState) | undefined;
  backlog:
    | { readonly consumer: Pick<JournalConsumer, "backlog">; readonly bytesMax: number }
    | undefined;

  /** The probe is told of and never fails readiness: traffic would not mend what it sees. */
  checks(): ReadinessCheck[] {
    const checks = [
      check("serving", this.started && !this.draining, this.draining ? "stopping" : "starting"),
      check("schema", this.schemaCurrent, "the store is being brought to this version's schema"),
      check("journal", this.journalWritable, "the last write failed: is the disk full?"),
      this.backlogCheck(),
    ];
    if (this.probe !== undefined)
      checks.push({ name: "probe", ready: true, message: probeMessage(this.probe()) });
    return checks;
  }

  private backlogCheck(): ReadinessCheck {
    if (this.backlog === undefined) return check("backlog", false, "starting");
    const { consumer, bytesMax } = this.backlog;
    const { bytes } = consumer.backlog();
    return check(
      "backlog",
      bytes < bytesMax,
      `${bytes} bytes wait for the store, allowed are ${bytesMax}`,
    );
  }
}

function check(name: string, ready: boolean, reason: string): ReadinessCheck {
  return { name, ready, message: ready ? "ok" : reason };
}

function probeMessage({ lagMs, lost, waiting }: ProbeState): string {
  const lag =
    lagMs === undefined
      ? "not measured yet"
      : `${Math.round(lagMs)} ms from acknowledged to queryable`;
  return `${lag}; ${lost} lost; ${waiting} waiting`;
}
