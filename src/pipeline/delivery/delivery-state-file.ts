import { Buffer } from "node:buffer";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { SightglassError } from "#core/errors.ts";
import { readFully, reasonOf, writeFully } from "../journal/files.ts";
import type { JournalFile, JournalFiles } from "../journal/files.ts";

const sequence = z.int().positive();
const count = z.int().nonnegative();
const counts = z.strictObject({ traces: count, logs: count, metrics: count });
const position = z.strictObject({ sequence, row: count });

const stateSchema = z.strictObject({
  version: z.literal(1),
  /** Random: no other destination, of whatever installation, makes the same keys. */
  identity: z.string().regex(/^[0-9a-f]{16}$/),
  /** Where the journal's cursor was: one that is before it belongs to another journal, or was lost. */
  cursor: count,
  /** All rows before it are settled. */
  position: position.optional(),
  /** Portions that were begun, in order. */
  planned: z.array(z.strictObject({ from: position, after: position, rows: count })),
  /** Acknowledgements that may not have reached the journal, in order. */
  passed: z.array(z.strictObject({ sequence, stored: counts, dropped: counts })),
  /** What became of the settled rows of the record at `position`. */
  partial: z.strictObject({ sequence, stored: counts, dropped: counts }).optional(),
});

/** What a destination must remember beside its cursor in the journal. */
export type DeliveryState = z.infer<typeof stateSchema>;

/** What the names of these files end with. */
export const DELIVERY_STATE_ENDING = ".delivery";

/** Two copies, far enough apart that no torn write reaches both; large enough for any plan. */
const SLOT_BYTES = 32_768;
const SLOTS = 2;
/** CRC-32 of what follows, generation, length of the text. */
const HEADER_BYTES = 16;

/**
 * The file of one destination's {@link DeliveryState}: two copies, written in turn, so that a torn
 * write leaves the one before. It has its full size from the start: to write it needs no space later.
 */
export class DeliveryStateFile {
  readonly #files: JournalFiles;
  readonly #path: string;
  #file: JournalFile | undefined;
  #generation = 0;

  constructor(files: JournalFiles, folder: string, name: string) {
    this.#files = files;
    this.#path = join(folder, name + DELIVERY_STATE_ENDING);
  }

  /**
   * The newest valid state; undefined when there is none, be it new or damaged.
   *
   * @throws SightglassError `data_mismatch` for a state of another version.
   */
  async load(): Promise<DeliveryState | undefined> {
    this.#file = await this.#open();
    const bytes = Buffer.alloc(SLOTS * SLOT_BYTES);
    await readFully(this.#file, bytes, 0);
    const slots = [0, SLOT_BYTES].map((at) => slotAt(bytes.subarray(at, at + SLOT_BYTES)));
    const newest = slots
      .filter((slot) => slot !== undefined)
      .toSorted((a, b) => a.generation - b.generation)
      .at(-1);
    if (newest === undefined) return undefined;
    this.#generation = newest.generation;
    const state = stateSchema.safeParse(JSON.parse(newest.text));
    if (state.success) return state.data;
    throw new SightglassError(
      "data_mismatch",
      `${this.#path}: what was planned is not of version 1: ${z.prettifyError(state.error)}. Start the Sightglass that wrote it once more, so that it finishes`,
    );
  }

  /** Makes `state` durable. When it rejects, the state before is still on disk. */
  async save(state: DeliveryState): Promise<void> {
    this.#file ??= await this.#open();
    const generation = this.#generation + 1;
    const slot = slotOf(generation, JSON.stringify(state));
    await writeFully(this.#file, [slot], (generation % SLOTS) * SLOT_BYTES);
    await this.#file.sync();
    this.#generation = generation;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #open(): Promise<JournalFile> {
    await this.#files.makeFolder(dirname(this.#path));
    let file: JournalFile;
    try {
      file = await this.#files.open(this.#path, "create");
    } catch (error) {
      if (reasonOf(error) !== "EEXIST") throw error;
      file = await this.#files.open(this.#path, "write");
      if ((await file.size()) >= SLOTS * SLOT_BYTES) return file;
    }
    await writeFully(file, [Buffer.alloc(SLOTS * SLOT_BYTES)], 0);
    await file.sync();
    await this.#files.syncFolder(dirname(this.#path));
    return file;
  }
}

function slotOf(generation: number, text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > SLOT_BYTES - HEADER_BYTES)
    throw new SightglassError("internal", `a delivery state of ${bytes.length} bytes`);
  const slot = Buffer.alloc(HEADER_BYTES + bytes.length);
  slot.writeDoubleLE(generation, 4);
  slot.writeUInt32LE(bytes.length, 12);
  bytes.copy(slot, HEADER_BYTES);
  slot.writeUInt32LE(crc32(slot.subarray(4)), 0);
  return slot;
}

function slotAt(bytes: Buffer): { generation: number; text: string } | undefined {
  const end = HEADER_BYTES + bytes.readUInt32LE(12);
  if (end <= HEADER_BYTES || end > bytes.length) return undefined;
  if (crc32(bytes.subarray(4, end)) !== bytes.readUInt32LE(0)) return undefined;
  return {
    generation: bytes.readDoubleLE(4),
    text: bytes.toString("utf8", HEADER_BYTES, end),
  };
}
