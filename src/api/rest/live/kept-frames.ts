import { LIVE_LIMITS } from "#core/limits.ts";

interface KeptFrame {
  readonly sequence: number;
  readonly bytes: Buffer;
}

/** The newest events of one search, for those who come back after a broken connection. */
export class KeptFrames {
  private frames: KeptFrame[] = [];
  /** Where in `frames` the oldest is. */
  private first = 0;
  private bytes = 0;
  /** All events behind this one are here. */
  private completeAfter: number;

  constructor(sequence: number) {
    this.completeAfter = sequence;
  }

  add(sequence: number, bytes: Buffer): void {
    this.frames.push({ sequence, bytes });
    this.bytes += bytes.length;
    while (this.count > LIVE_LIMITS.keptRowsMax || this.bytes > LIVE_LIMITS.keptBytesMax)
      this.forgetOldest();
  }

  /** The events behind one, and whether that is all there were. */
  after(sequence: number): { readonly frames: readonly Buffer[]; readonly isComplete: boolean } {
    const frames: Buffer[] = [];
    for (let i = this.first; i < this.frames.length; i++) {
      const frame = this.frames[i]!;
      if (frame.sequence > sequence) frames.push(frame.bytes);
    }
    return { frames, isComplete: sequence >= this.completeAfter };
  }

  private get count(): number {
    return this.frames.length - this.first;
  }

  private forgetOldest(): void {
    const oldest = this.frames[this.first]!;
    this.completeAfter = oldest.sequence;
    this.bytes -= oldest.bytes.length;
    this.first++;
    // The array itself is renewed now and then, and not for each event.
    if (this.first < LIVE_LIMITS.keptRowsMax) return;
    this.frames = this.frames.slice(this.first);
    this.first = 0;
  }
}
