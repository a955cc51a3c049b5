import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DEAD_FOLDER } from "#destinations/store/store-destination.ts";
import { DELIVERY_STATE_ENDING } from "#pipeline/delivery/delivery-state-file.ts";
import { DEFAULT_PIPELINE } from "#pipeline/graph/graph-spec.ts";
import { nodeFiles, reasonOf } from "#pipeline/journal/files.ts";
import { replaceFile } from "#pipeline/journal/replace-file.ts";

const IDENTITY_BYTES = 8;

/** Where in a data folder each pipeline keeps what is its own. */
export class PipelineFolders {
  /** A folder in which each receiver has one of its own. */
  readonly receivers: string;
  private readonly dataDir: string;

  constructor(dataDir: string) {
    this.dataDir = dataDir;
    this.receivers = join(dataDir, "state", "receivers");
  }

  journal(pipeline: string): string {
    return join(this.dataDir, "journal", pipeline);
  }

  /** The names of what holds, or held, traces of a pipeline, each with a journal `<pipeline>.<name>` of its own. */
  async held(pipeline: string): Promise<string[]> {
    const names = await readdir(join(this.dataDir, "journal")).catch(() => []);
    // The name of a pipeline has no dot.
    const prefix = `${pipeline}.`;
    return names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  }

  /** Removes a journal of which nothing is needed: whole or not at all, whatever a crash leaves of it. */
  async removeJournal(name: string): Promise<void> {
    const folder = this.journal(name);
    // No pipeline's name begins with a dot.
    const gone = this.journal(`.${name}`);
    await rm(gone, { recursive: true, force: true });
    await rename(folder, gone);
    await nodeFiles.syncFolder(dirname(folder));
    await rm(gone, { recursive: true, force: true });
  }

  delivery(pipeline: string): string {
    return join(this.dataDir, "delivery", pipeline);
  }

  store(pipeline: string): string {
    const folder = join(this.dataDir, "store");
    return pipeline === DEFAULT_PIPELINE ? folder : join(folder, "pipelines", pipeline);
  }

  /**
   * What the inserts of a pipeline are named by. The journal of a pipeline that was removed and added
   * again counts from one again, and inserts with the names of earlier ones would be taken for those: so
   * each life of a pipeline has a name of its own. The default pipeline has one life.
   */
  async storeIdentity(pipeline: string): Promise<string> {
    if (pipeline === DEFAULT_PIPELINE) return pipeline;
    const folder = this.store(pipeline);
    const file = join(folder, "identity");
    const found = await readFile(file, "utf8").catch(() => "");
    if (/^[0-9a-f]{16}$/.test(found)) return `${pipeline}-${found}`;
    const identity = randomBytes(IDENTITY_BYTES).toString("hex");
    await mkdir(folder, { recursive: true });
    await replaceFile(file, identity);
    return `${pipeline}-${identity}`;
  }

  private async removeStore(pipeline: string): Promise<void> {
    const store = this.store(pipeline);
    for (const name of await readdir(store).catch(() => []))
      if (name !== DEAD_FOLDER) await rm(join(store, name), { recursive: true, force: true });
    await removeEmpty(join(store, DEAD_FOLDER));
    await removeEmpty(store);
  }

  /**
   * Removes what a pipeline has on disk of which nothing is left to be delivered; dead letters stay. What
   * its store and its destinations remember of the journal goes first: a journal that begins anew counts
   * from one again, and must never be taken for the one of before.
   */
  async remove(pipeline: string): Promise<void> {
    if (pipeline === DEFAULT_PIPELINE) return;
    const delivery = this.delivery(pipeline);
    for (const name of await readdir(delivery).catch(() => []))
      if (name.endsWith(DELIVERY_STATE_ENDING)) await rm(join(delivery, name), { force: true });
    await this.removeStore(pipeline);
    await rm(this.journal(pipeline), { recursive: true, force: true });
    for (const name of await this.held(pipeline))
      await rm(this.journal(`${pipeline}.${name}`), { recursive: true, force: true });
  }
}

/** A folder that has something, such as dead letters, stays, and one that is not there is gone already. */
const STAYS = new Set(["ENOTEMPTY", "EEXIST", "ENOENT"]);

async function removeEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!STAYS.has(reasonOf(error))) throw error;
  }
}
