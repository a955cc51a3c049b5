import { statfs } from "node:fs/promises";
import { z } from "zod";
import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { STORE_LIMITS } from "#core/limits.ts";
import type { EmbeddedEngine, EngineSession } from "./engine.ts";
import { identifier, literal, sql } from "./sql.ts";
import { type TableName, TABLES } from "./tables.ts";

/** The file system that a folder is on. */
type LookForRoom = (folder: string) => Promise<{ bavail: number; bsize: number; blocks: number }>;

type GuardedEngine = Pick<EmbeddedEngine, "dir" | "database">;

/**
 * Sees to inserts during which the disk runs full. The embedded engine takes no notice of a write that
 * finds no room: it keeps a part of empty files, says that all is well, and knows the token from then on.
 * Such parts are looked for while there is little room, and dropped: the engine then forgets their tokens,
 * so that the insert can be made again. Merges would do the same to parts that are whole, so there are none
 * while there is less room still.
 */
export class FullDiskGuard {
  readonly #engine: GuardedEngine;
  readonly #clock: Clock;
  readonly #room: LookForRoom;
  /** By the monotonic clock: when there was last seen to be little room. */
  #lowAtMs = Number.NEGATIVE_INFINITY;
  /** Parts, made from this Unix second on, that could not be looked at, until somebody has. */
  #unseen: { readonly from: number } | undefined;
  #dropped = 0;
  #isMerging = true;

  constructor(engine: GuardedEngine, clock: Clock, room: LookForRoom = statfs) {
    this.#engine = engine;
    this.#clock = clock;
    this.#room = room;
  }

  /** Runs an insert on the session. Rejects, as what may be tried again, when it left a broken part. */
  async run(session: EngineSession, insert: () => Promise<void>): Promise<void> {
    const beganMs = this.#clock.monotonicMs();
    const from = Math.floor(this.#clock.nowMs() / 1_000);
    const dropped = this.#dropped;
    await this.#look(session);
    try {
      await insert();
    } finally {
      // One that failed may have left broken parts too: the views come after the table.
      await this.#lookAfter(session, beganMs, from);
    }
    // What another insert has found may have been this one's.
    if (this.#dropped === dropped) return;
    const message = "the disk ran full while rows were written: they are written again";
    throw new SightglassError("store_unavailable", message, { retryAfterSeconds: 1 });
  }

  /** Looks how much room there is, and has the engine merge, or not. */
  async #look(session: EngineSession): Promise<void> {
    const { bavail, bsize, blocks } = await this.#room(this.#engine.dir);
    const { doubtFreeBytes, mergeFreeBytesMin, mergeFreeShareMin } = STORE_LIMITS;
    if (bavail * bsize < doubtFreeBytes) this.#lowAtMs = this.#clock.monotonicMs();
    const mergeBytesMin = Math.min(mergeFreeBytesMin, blocks * bsize * mergeFreeShareMin);
    const isMerging = bavail * bsize >= mergeBytesMin;
    if (isMerging === this.#isMerging) return;
    await session.run({ text: isMerging ? "SYSTEM START MERGES" : "SYSTEM STOP MERGES" });
    this.#isMerging = isMerging;
  }

  /**
   * Drops what is broken where there was little room, of this insert and of those whose parts nobody could
   * look at: made again, such an insert finds its token known and writes nothing, however much room there
   * is by then.
   */
  async #lookAfter(session: EngineSession, beganMs: number, from: number): Promise<void> {
    const unseen = this.#unseen;
    const earliest = { from: Math.min(from, unseen?.from ?? from) };
    try {
      await this.#look(session);
      if (this.#lowAtMs < beganMs && unseen === undefined) return;
      await this.#dropBroken(session, earliest.from);
    } catch (error) {
      const before = this.#unseen?.from ?? from;
      this.#unseen = { from: Math.min(before, earliest.from) };
      throw error;
    }
    // Another that failed meanwhile has parts that were not among these.
    if (this.#unseen === unseen) this.#unseen = undefined;
  }

  async #dropBroken(session: EngineSession, from: number): Promise<void> {
    for (const { table, name } of await this.#inserted(session, from)) {
      const part = sql`${identifier(table, TABLES)} PART ${literal.string(name)}`;
      const check = sql`CHECK TABLE ${part} FORMAT JSON`;
      const { data } = CHECKED.parse(JSON.parse(await session.run({ text: check.text })));
      if (data.every(({ is_passed }) => is_passed === 1)) continue;
      const drop = sql`ALTER TABLE ${identifier(table, TABLES)} DROP PART ${literal.string(name)}`;
      await session.run({ text: drop.text });
      this.#dropped += 1;
    }
  }

  /** Parts that inserts have made, and no merge. */
  async #inserted(
    session: EngineSession,
    from: number,
  ): Promise<{ table: TableName; name: string }[]> {
    const parts = sql`SELECT table, name FROM system.parts WHERE active AND database = ${literal.string(this.#engine.database)} AND min_block_number = max_block_number AND toUnixTimestamp(modification_time) >= ${literal.uint(from)} FORMAT JSON`;
    const { data } = PARTS.parse(JSON.parse(await session.run({ text: parts.text })));
    return data.flatMap(({ table, name }) => {
      const known = TABLES.find((one) => one === table);
      return known === undefined ? [] : [{ table: known, name }];
    });
  }
}

const PARTS = z.object({ data: z.array(z.object({ table: z.string(), name: z.string() })) });
const CHECKED = z.object({ data: z.array(z.object({ is_passed: z.number() })) });
