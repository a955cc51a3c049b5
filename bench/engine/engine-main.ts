// The engine alone, in a process of its own: opens a store, and inserts the files that it is told of
// over IPC, through the same writer and with the same schema, views and settings as the server.
import { systemClock } from "#core/clock.ts";
import type { BlockInsert } from "#store/block-writer.ts";
import { openStore } from "#store/store.ts";

/** What the parent asks for. */
export type EngineOrder =
  | { readonly id: number; readonly insert: BlockInsert }
  | { readonly id: number; readonly close: true };
/** What it is told. */
export interface EngineReply {
  readonly id: number;
  readonly error?: string;
}

const [dataDir, memoryBytesMax] = process.argv.slice(2);
const store = await openStore({
  dataDir: dataDir!,
  memoryBytesMax: Number(memoryBytesMax),
  clock: systemClock,
});
await store.migrate();

process.on("message", (order: EngineOrder) => {
  const work = "insert" in order ? store.writer.insert(order.insert) : store.close();
  const reply = (answer: EngineReply): void => {
    process.send?.(answer);
    if ("close" in order) process.disconnect();
  };
  work.then(
    () => reply({ id: order.id }),
    (error: unknown) => reply({ id: order.id, error: String(error) }),
  );
});
process.send?.({ id: 0 } satisfies EngineReply);
