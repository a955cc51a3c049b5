import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port.ts";

export const isPrometheusInstalled = spawnSync("prometheus", ["--version"]).error === undefined;

/** For the names of suites that are skipped without it. */
export const whyPrometheusIsSkipped = isPrometheusInstalled
  ? ""
  : " (skipped: there is no prometheus, which Debian packages)";

const READY_MS_MAX = 30_000;
const READY_EVERY_MS = 50;
const FEATURES = "exemplar-storage,native-histograms";

/** What it is to be: a server that takes remote writes and answers questions, or an agent that scrapes and writes. */
const ROLES = {
  server: (data: string) => [
    `--enable-feature=${FEATURES}`,
    "--web.enable-remote-write-receiver",
    `--storage.tsdb.path=${data}`,
    // The points of tests may be years old.
    "--storage.tsdb.retention.time=100y",
  ],
  agent: (data: string) => [`--enable-feature=agent,${FEATURES}`, `--storage.agent.path=${data}`],
} as const;

/** A real Prometheus in a process of its own, on a folder for temporary files. */
export class PrometheusProcess {
  readonly url: string;
  readonly #end: () => Promise<void>;

  private constructor(url: string, end: () => Promise<void>) {
    this.url = url;
    this.#end = end;
  }

  /**
   * Resolves when it is ready.
   *
   * @param config as it stands in `prometheus.yml`.
   */
  static async start(role: keyof typeof ROLES, config: object = {}): Promise<PrometheusProcess> {
    const folder = await mkdtemp(join(tmpdir(), "sightglass-prometheus-"));
    const file = join(folder, "prometheus.yml");
    await writeFile(file, JSON.stringify(config));
    const port = await freePort();
    const flags = [`--config.file=${file}`, `--web.listen-address=127.0.0.1:${port}`];
    const child = spawn("prometheus", [...flags, ...ROLES[role](join(folder, "data"))], {
      stdio: "ignore",
    });
    const started = new PrometheusProcess(`http://127.0.0.1:${port}`, async () => {
      child.kill("SIGTERM");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    });
    try {
      await started.#untilReady(() => child.exitCode === null);
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  }

  stop(): Promise<void> {
    return this.#end();
  }

  async #untilReady(isRunning: () => boolean): Promise<void> {
    const endMs = performance.now() + READY_MS_MAX;
    while (!(await this.#isReady())) {
      if (!isRunning() || performance.now() > endMs)
        throw new Error(`Prometheus was not ready within ${READY_MS_MAX} ms`);
      await delay(READY_EVERY_MS);
    }
  }

  #isReady(): Promise<boolean> {
    return fetch(`${this.url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}
