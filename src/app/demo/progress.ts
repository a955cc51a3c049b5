import { SIGNALS } from "#core/signal.ts";
import { type DeliveryCounts, totalRows } from "./delivery.ts";

const SHOW_EVERY_MS = 1_000;
/** Where the output is no terminal, lines are kept, so there are fewer. */
const SHOW_EVERY_MS_IN_FILES = 10_000;
const numbers = new Intl.NumberFormat("en");

/** Shows how the sending goes: one line that is written over, and a table at the end. */
export class Progress {
  private readonly counts: DeliveryCounts;
  private readonly beganMs = performance.now();
  private shownMs = this.beganMs;
  private shownRows = 0;

  constructor(counts: DeliveryCounts) {
    this.counts = counts;
  }

  /** Call it often; it shows something now and then. `lagMs`: how late the rows are made. */
  show(lagMs: number): void {
    const nowMs = performance.now();
    const { isTTY } = process.stdout;
    const passedMs = nowMs - this.shownMs;
    if (passedMs < (isTTY ? SHOW_EVERY_MS : SHOW_EVERY_MS_IN_FILES)) return;
    const rows = totalRows(this.counts.acknowledged);
    const rate = Math.round(((rows - this.shownRows) / passedMs) * 1_000);
    this.shownMs = nowMs;
    this.shownRows = rows;
    const parts = [`${numbers.format(rows)} rows acknowledged`, `${numbers.format(rate)} rows/s`];
    const refused = totalRows(this.counts.refused) + totalRows(this.counts.givenUp);
    if (refused > 0) parts.push(`${numbers.format(refused)} not taken`);
    if (this.counts.retries > 0) parts.push(`${numbers.format(this.counts.retries)} retries`);
    if (lagMs > SHOW_EVERY_MS * 2) parts.push(`${(lagMs / 1_000).toFixed(0)} s behind`);
    if (refused > 0 || this.counts.retries > 0)
      parts.push(`last: ${this.counts.lastError.slice(0, 80)}`);
    const line = parts.join(" · ");
    process.stdout.write(isTTY ? `\r\u001b[K${line}` : `${line}\n`);
  }

  /** The exact counts. */
  finish(): void {
    const seconds = (performance.now() - this.beganMs) / 1_000;
    const { acknowledged, refused, givenUp, attempts, retries, lastError } = this.counts;
    if (process.stdout.isTTY) process.stdout.write("\r\u001b[K");
    for (const signal of SIGNALS) {
      const sent = acknowledged[signal] + refused[signal] + givenUp[signal];
      if (sent === 0) continue;
      console.log(
        `${signal.padEnd(8)} acknowledged ${numbers.format(acknowledged[signal])}, refused ${numbers.format(refused[signal])}, given up ${numbers.format(givenUp[signal])}`,
      );
    }
    const rate = Math.round(totalRows(acknowledged) / seconds);
    console.log(
      `${numbers.format(attempts)} requests, ${numbers.format(retries)} of them again, in ${seconds.toFixed(1)} s: ${numbers.format(rate)} rows/s`,
    );
    if (totalRows(refused) + totalRows(givenUp) > 0) console.log(`The last error: ${lastError}`);
  }
}
