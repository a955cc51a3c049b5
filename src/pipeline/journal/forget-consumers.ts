import { join } from "node:path";
import { CursorFile, DAMAGED_ENDING } from "./cursor-file.ts";
import { type JournalFiles, reasonOf } from "./files.ts";
import type { ForgottenConsumer, JournalEvent } from "./journal.ts";
import { type RowCounts, rowsBetween, totalRows } from "./row-counts.ts";

export interface ForgetConsumersOptions {
  /** Where the cursors are. */
  readonly folder: string;
  readonly files: JournalFiles;
  readonly report: (event: JournalEvent) => void;
  /** Those that stay. */
  readonly known: readonly string[];
  /** Rows that the journal has ever accepted. */
  readonly accepted: RowCounts;
}

/** Removes the cursors of all consumers but those that are known. */
export async function forgetConsumers(
  options: ForgetConsumersOptions,
): Promise<ForgottenConsumer[]> {
  const { folder, files, report, known } = options;
  const forgotten: ForgottenConsumer[] = [];
  try {
    for (const name of await files.list(folder)) {
      if (known.includes(name) || name.endsWith(DAMAGED_ENDING)) continue;
      const one = await forget(name, options);
      if (one !== undefined) forgotten.push(one);
    }
  } catch (error) {
    const message = `the cursors cannot be listed (${reasonOf(error)})`;
    report({ kind: "read_failed", file: folder, message });
  }
  return forgotten;
}

async function forget(
  name: string,
  { folder, files, report, accepted }: ForgetConsumersOptions,
): Promise<ForgottenConsumer | undefined> {
  const cursor = new CursorFile(files, join(folder, name), report);
  try {
    const state = await cursor.load();
    await cursor.remove();
    const rows = state === undefined ? 0 : totalRows(rowsBetween(state.place.accepted, accepted));
    return { name, rows };
  } catch (error) {
    const message = `the cursor of a consumer that is gone cannot be removed (${reasonOf(error)})`;
    report({ kind: "write_failed", file: name, message });
    return undefined;
  }
}
