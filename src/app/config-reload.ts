import { type FSWatcher, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { getIn } from "#config/draft.ts";
import type { Settings } from "#config/schema.ts";
import type { Clock, Timer } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import type { GraphChange } from "#pipeline/graph/graph-changes.ts";
import type { RunningGraph } from "#pipeline/graph/running-graph.ts";
import type { Logger } from "#telemetry/log.ts";
import type { Counter, Meter } from "#telemetry/meter.ts";
import type { Configuration, ConfigurationSource } from "./config-option.ts";

export interface ConfigReloadOptions {
  readonly source: ConfigurationSource;
  /** What the process was started with: all but the graph holds until it ends. */
  readonly settings: Settings;
  readonly graph: Pick<RunningGraph, "apply">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
}

/** A text that is written beside the file. */
export interface StagedFile {
  /** Puts it in the file's place. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** From the first sign of a change until the file is read: an editor writes in several steps. */
const SETTLE_MS = 200;

/**
 * Has the graph follow its configuration file: reads it again when it was changed, or when told to, and
 * has the graph made what it says. What is wrong with it is logged, and then nothing changes.
 */
export class ConfigReload {
  private readonly options: ConfigReloadOptions;
  private readonly reloads: Counter;
  private watcher: FSWatcher | undefined;
  private timer: Timer | undefined;
  /** As it was when it was last looked at; undefined without a file. */
  private text: string | undefined;
  private reloading: Promise<unknown> = Promise.resolve();

  constructor(options: ConfigReloadOptions) {
    this.options = options;
    this.reloads = options.meter.counter({
      name: "graph_reloads_total",
      help: "Changes of the configuration that were read, by what came of them.",
      labels: ["result"],
    });
  }

  /** Begins to look for changes, of which there may have been one since the process read the file. */
  async start(): Promise<void> {
    const { source, log } = this.options;
    try {
      // The folder, since the file may be exchanged for another, or not be there yet.
      this.watcher = watch(dirname(source.path), { persistent: false }, () => this.look());
      this.watcher.on("error", (error) => this.onWatchError(error));
    } catch (error) {
      this.onWatchError(error);
    }
    log.debug("Changes of the configuration are looked for", { file: source.path });
    await this.oneByOne(() => this.followIfChanged());
  }

  /** Reads the configuration again, changed or not. Never rejects. */
  reload(): Promise<void> {
    return this.oneByOne(() => this.follow());
  }

  /**
   * Makes the graph that of `text`, and the file too, once the graph works: `stage` writes the text beside
   * the file.
   *
   * @throws ConfigError when the text is wrong, and what the first component said that cannot start.
   */
  replace(text: string, stage: () => Promise<StagedFile>): Promise<readonly GraphChange[]> {
    return this.oneByOne(async () => {
      const { source, graph } = this.options;
      const { components } = await source.read(text);
      const staged = await stage();
      let changes: readonly GraphChange[];
      try {
        changes = await graph.apply(components);
      } catch (error) {
        await staged.discard();
        throw error;
      }
      this.reloads.add(1, { result: changes.length > 0 ? "applied" : "unchanged" });
      this.text = text;
      await staged.commit();
      return changes;
    });
  }

  async stop(): Promise<void> {
    this.watcher?.close();
    this.timer?.cancel();
    await this.reloading;
  }

  private oneByOne<T>(run: () => Promise<T>): Promise<T> {
    const done = this.reloading.then(run);
    this.reloading = done.catch(() => {});
    return done;
  }

  private look(): void {
    this.timer ??= this.options.clock.setTimeout(() => {
      this.timer = undefined;
      void this.oneByOne(() => this.followIfChanged());
    }, SETTLE_MS);
  }

  private async followIfChanged(): Promise<void> {
    if ((await this.readText()) !== this.text) await this.follow();
  }

  private async follow(): Promise<void> {
    const { source, graph, log } = this.options;
    const had = this.text !== undefined;
    this.text = await this.readText();
    if (had && this.text === undefined) {
      log.error("The configuration file is gone; the graph stays as it is", { file: source.path });
      this.reloads.add(1, { result: "invalid" });
      return;
    }
    const read = await this.read();
    if (read === undefined) return;
    this.tellOthers(read);
    try {
      const changes = await graph.apply(read.components);
      const result = changes.length > 0 ? "applied" : "unchanged";
      this.reloads.add(1, { result });
      // The first look, at what the process has just read itself, finds it the same nearly always.
      if (result === "unchanged" && had)
        log.info("The configuration was read again: the graph is the same");
    } catch (error) {
      this.reloads.add(1, { result: "failed" });
      log.error("The changed graph cannot work; the one of before goes on", { error });
    }
  }

  private async read(): Promise<Configuration | undefined> {
    try {
      return await this.options.source.read();
    } catch (error) {
      this.reloads.add(1, { result: "invalid" });
      const message = "The changed configuration is not valid; the graph stays as it is";
      const reason = error instanceof SightglassError ? error.message : undefined;
      this.options.log.error(message, reason === undefined ? { error } : { reason });
      return undefined;
    }
  }

  /** Settings other than the graph hold from the next start on. */
  private tellOthers({ settings, explanation }: Configuration): void {
    const before = this.options.settings;
    const changed = explanation.flatMap(({ path }) => {
      const keys = path.split(".");
      return isDeepStrictEqual(getIn(before, keys), getIn(settings, keys)) ? [] : [path];
    });
    if (changed.length === 0) return;
    this.options.log.warn("Changed settings take effect after a restart", {
      settings: changed.join(", "),
    });
  }

  private readText(): Promise<string | undefined> {
    return readFile(this.options.source.path, "utf8").catch(() => undefined);
  }

  private onWatchError(error: unknown): void {
    const { log, source } = this.options;
    log.warn(
      "Changes of the configuration cannot be seen by themselves; SIGHUP has it read again",
      {
        file: source.path,
        error,
      },
    );
  }
}
