import { statfs } from "node:fs/promises";
import { z } from "zod";
import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { STORE_LIMITS } from "#core/limits.ts";
import type { EmbeddedEngine, EngineSession } from "./engine.ts";
import { identifier, literal, sql } from "./sql.ts";
import { type TableName, TABLES } from "./tables.ts";

/**
 * Sees to inserts during which the disk runs full. The embedded engine takes no notice of a write that
 * finds no room: it keeps a part of empty files, says that all is well, and knows the token from then on.
 * Such parts are looked for while there is little room, and dropped: the engine then forgets their tokens,
 * so that the insert can be made again. Merges would do the same to parts that are whole, so there are none
 * while there is less room still.
 */
export class FullDiskGuard {
  readonly #engine: EmbeddedEngine;
  readonly #clock: Clock;
  /** Unix seconds from which on parts are in doubt; undefined while none are. */
  #doubtedFrom: number | undefined;
  #dropped = 0;
  #isMerging = true;

  constructor(engine: EmbeddedEngine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  /** Runs an insert on the session. Rejects, as what may be tried again, when it left a broken part. */
  async run(session: EngineSession, insert: () => Promise<void>): Promise<void> {
    const begin = Math.floor(this.#clock.nowMs() / 1_000);
    const dropped = this.#dropped;
    await this.#look(session, begin);
    try {
      await insert();
    } finally {
      await this.#look(session, begin);
      // One that failed may have left some too: the views come after the table.
      if (this.#doubtedFrom !== undefined) await this.#dropBroken(session, this.#doubtedFrom);
    }
    // What another insert has found may have been this one's.
    if (this.#dropped === dropped) return;
    const message = "the disk ran full while rows were written: they are written again";
    throw new SightglassError("store_unavailable", message, { retryAfterSeconds: 1 });
  }

  /** Looks how much room there is, and has the engine merge, or not. */
  async #look(session: EngineSession, from: number): Promise<void> {
    const { bavail, bsize, blocks } = await statfs(this.#engine.dir);
    const { doubtFreeBytes, mergeFreeBytesMin, mergeFreeShareMin } = STORE_LIMITS;
    if (bavail * bsize < doubtFreeBytes) this.#doubtedFrom ??= from;
    const mergeBytesMin = Math.min(mergeFreeBytesMin, blocks * bsize * mergeFreeShareMin);
    const isMerging = bavail * bsize >= mergeBytesMin;
    if (isMerging === this.#isMerging) return;
    await session.run({ text: isMerging ? "SYSTEM START MERGES" : "SYSTEM STOP MERGES" });
    this.#isMerging = isMerging;
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
    this.#doubtedFrom = undefined;
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
