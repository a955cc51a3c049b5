import type { ProbeState } from "./probe.ts";

/** One line of `/readyz`. */
export interface ReadinessCheck {
  readonly name: string;
  readonly ready: boolean;
  readonly message: string;
}

/** What waits for the store. */
interface Backlog {
  readonly pipeline: string;
  readonly bytes: number;
  readonly bytesMax: number;
}

/** Whether requests would be served now. */
export class Readiness {
  /** Set once everything is open. */
  started = false;
  /** Set when the server begins to stop. */
  draining = false;
  /** Set once the store has this version's schema. */
  schemaCurrent = false;
  /** The pipelines whose journal's last write failed. */
  readonly failingJournals = new Set<string>();
  probe: (() => ProbeState) | undefined;
  /** What waits for the store in each pipeline that has it; empty while none is open. */
  backlogs: () => readonly Backlog[] = () => [];

  /** The probe is told of and never fails readiness: traffic would not mend what it sees. */
  checks(): ReadinessCheck[] {
    const checks = [
      check("serving", this.started && !this.draining, this.draining ? "stopping" : "starting"),
      check("schema", this.schemaCurrent, "the store is being brought to this version's schema"),
      this.journalCheck(),
      this.backlogCheck(),
    ];
    if (this.probe !== undefined)
      checks.push({ name: "probe", ready: true, message: probeMessage(this.probe()) });
    return checks;
  }

  private journalCheck(): ReadinessCheck {
    const names = [...this.failingJournals].join(", ");
    const reason = `the last write of pipeline ${names} failed: is the disk full?`;
    return check("journal", this.failingJournals.size === 0, reason);
  }

  private backlogCheck(): ReadinessCheck {
    const backlogs = this.backlogs();
    if (backlogs.length === 0) return check("backlog", false, "starting");
    const full = backlogs.filter(({ bytes, bytesMax }) => bytes >= bytesMax);
    const reasons = full.map(
      ({ pipeline, bytes, bytesMax }) =>
        `${bytes} bytes of pipeline ${pipeline} wait for the store, allowed are ${bytesMax}`,
    );
    return check("backlog", full.length === 0, reasons.join("; "));
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
