import { createReadStream } from "node:fs";
import type { BlockInsert, BlockWriter } from "./block-writer.ts";
import type { RemoteEngine, StreamingSession } from "./engine.ts";
import { writeError } from "./engine-error.ts";
import { insertFromStream } from "./insert-statement.ts";
import { assertColumnCount } from "./native-header.ts";

/** Streams the insert files to a server, or to one server of a cluster, which spreads them over the shards. */
export class RemoteBlockWriter implements BlockWriter {
  readonly #engine: RemoteEngine;

  constructor(engine: RemoteEngine) {
    this.#engine = engine;
  }

  async insert(insert: BlockInsert): Promise<void> {
    if (insert.rows === 0) return;
    const statement = insertFromStream(insert, this.#engine.cluster !== undefined);
    try {
      await assertColumnCount(insert);
      await this.#engine.inserts.use((session) => sendFile(session, statement, insert.path));
    } catch (error) {
      throw writeError(error, `insert into ${insert.table} from ${insert.path}`);
    }
  }
}

async function sendFile(session: StreamingSession, statement: string, path: string): Promise<void> {
  const rows = createReadStream(path);
  try {
    await session.send(statement, rows);
  } finally {
    rows.destroy();
  }
}
