import type { Clock } from "#core/clock.ts";
import { reasonOf } from "./files.ts";
import type { JournalFiles } from "./files.ts";
import type { JournalEvent, JournalLimits } from "./journal.ts";

export interface FreeSpaceOptions {
  readonly folder: string;
  readonly files: JournalFiles;
  readonly clock: Clock;
  readonly limits: JournalLimits;
  readonly report: (event: JournalEvent) => void;
  /** Removes what is kept only because there is space; whether there was anything. */
  readonly reclaim: () => Promise<boolean>;
}

/** A small disk keeps this share of itself free instead of `freeBytesMin`. */
const RESERVE_SHARE = 0.1;

/**
 * Refuses writes before the disk is quite full. A journal that takes the last byte leaves none for
 * the store to insert with, and so could never be emptied again.
 */
export class FreeSpace {
  readonly #options: FreeSpaceOptions;
  #roomBytes = 0;
  #checkedMs = Number.NEGATIVE_INFINITY;
  #writtenBytes = 0;
  #isRefusing = false;

  constructor(options: FreeSpaceOptions) {
    this.#options = options;
  }

  /**
   * Whether the disk may be asked for as many bytes as `growth` says, which is asked again when
   * something was reclaimed. A refusal is never remembered: the next call looks again.
   */
  async allows(growth: () => number): Promise<boolean> {
    let isAllowed = await this.#hasRoom(growth());
    if (!isAllowed && (await this.#options.reclaim())) isAllowed = await this.#hasRoom(growth());
    if (!isAllowed && !this.#isRefusing) this.#reportFull();
    this.#isRefusing = !isAllowed;
    return isAllowed;
  }

  async #hasRoom(bytes: number): Promise<boolean> {
    const { clock, limits } = this.#options;
    const isFresh =
      clock.monotonicMs() - this.#checkedMs < limits.freeBytesCheckMs &&
      this.#writtenBytes + bytes <= limits.freeBytesCheckBytes;
    if (!isFresh || this.#roomBytes < this.#writtenBytes + bytes) await this.#look();
    this.#writtenBytes += bytes;
    return this.#writtenBytes <= this.#roomBytes;
  }

  #reportFull(): void {
    const { folder, report } = this.#options;
    const message = "the disk is nearly full; nothing is accepted until there is space again";
    report({ kind: "disk_full", file: folder, message });
  }

  async #look(): Promise<void> {
    const { files, folder, clock, limits, report } = this.#options;
    this.#checkedMs = clock.monotonicMs();
    this.#writtenBytes = 0;
    try {
      const { freeBytes, totalBytes } = await files.space(folder);
      this.#roomBytes = freeBytes - Math.min(limits.freeBytesMin, totalBytes * RESERVE_SHARE);
    } catch (error) {
      this.#roomBytes = Number.POSITIVE_INFINITY;
      const message = `the free space cannot be told (${reasonOf(error)})`;
      report({ kind: "read_failed", file: folder, message });
    }
  }
}
