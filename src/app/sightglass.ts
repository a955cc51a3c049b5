import { randomUUID } from "node:crypto";
import type { SettingsAnswer } from "#api/contract/settings.ts";
import { createApi, type Api } from "#api/rest/api.ts";
import type { Address } from "#core/address.ts";
import type { Settings } from "#config/schema.ts";
import { systemClock, type Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import { timeWindows } from "#core/time-window.ts";
import type { CrashPoint } from "#destinations/store/store-destination.ts";
import { type GraphSpec, NO_COMPONENTS } from "#pipeline/graph/graph-spec.ts";
import type { RunningGraph } from "#pipeline/graph/running-graph.ts";
import type { Surroundings } from "#pipeline/graph/surroundings.ts";
import { LiveRows } from "#pipeline/live/live-rows.ts";
import { readTrace } from "#query/trace.ts";
import { createOtlpReceiver } from "#receivers/otlp/receiver.ts";
import { openStore, type Store } from "#store/store.ts";
import { ComponentMeters } from "#telemetry/component-meters.ts";
import { renderExposition } from "#telemetry/exposition.ts";
import { createAbout } from "./about.ts";
import type { ConfigurationSource } from "./config-option.ts";
import { ConfigReload } from "./config-reload.ts";
import { readCursorKey } from "./cursor-key.ts";
import { openDataFolder } from "./data-folder.ts";
import { deadLetterBoxes } from "./dead-letters.ts";
import { ExitError } from "./exit-codes.ts";
import { GraphConfig } from "./graph-config.ts";
import { createIngest, type Ingest } from "./ingest.ts";
import { receiverMetrics } from "./ingest-telemetry.ts";
import { thisInstallation } from "./installed-packages.ts";
import { loopbackUrl } from "./loopback-url.ts";
import { thisMachine, unsupportedReasons } from "./machine.ts";
import { createOwnTelemetry, randomHex, type OwnTelemetry } from "./own-telemetry.ts";
import { viewPipelines } from "./pipeline-view.ts";
import { createProbe } from "./probe.ts";
import { writeProbeSpan } from "./probe-span.ts";
import { observeReader } from "./query-telemetry.ts";
import { Readiness } from "./readiness.ts";
import { createRetention } from "./retention.ts";
import { observeRuntime } from "./runtime-metrics.ts";
import { createSelfTelemetry } from "./self-telemetry.ts";
import { migrateStore, storeOptions } from "./store-opening.ts";

export interface SightglassOptions {
  readonly settings: Settings;
  /** The components beside OTLP and the store; none when left out. */
  readonly graph?: GraphSpec;
  /** Where settings and graph come from: the graph follows it. Without it the graph stays as it is. */
  readonly configuration?: ConfigurationSource;
  /** The settings as they are written, for people; none when left out. */
  readonly explanation?: SettingsAnswer;
  readonly version: string;
  /** Takes the lines of the log. */
  readonly writeLog: (line: string) => void;
  /** Folder of the built pages. */
  readonly uiFolder?: string;
  readonly clock?: Clock;
  /** Called where a fault test may end the process. */
  readonly crashPoint?: (point: CrashPoint) => Promise<void> | undefined;
}

/** Where the doors are, as URLs for programs on this machine, with the ports that they got. */
export interface Addresses {
  /** The API and the UI. */
  readonly http: string;
  readonly otlpHttp: string;
  readonly otlpGrpc: string;
}

/** A server that runs. */
export interface Sightglass {
  readonly addresses: Addresses;
  /** Where the receivers of the graph listen, such as `syslog tcp 127.0.0.1:5140`. */
  readonly receiverAddresses: readonly string[];
  readonly telemetry: OwnTelemetry;
  /** Reads the configuration again, and has the graph be what it says. Never rejects. */
  reload(): Promise<void>;
  /**
   * Takes nothing new, finishes what is under way within the configured budget, and lets go of
   * everything. What is left stays in the journal for the next start. Idempotent; never rejects.
   */
  stop(): Promise<void>;
  /** The part that is being closed; undefined before `stop` and after it. */
  readonly closingPart: string | undefined;
}

/**
 * Starts a whole server in this process. Several may run beside each other with data folders of
 * their own, but for the embedded engine, of which a process has one at a time.
 *
 * @throws ExitError or SightglassError, after everything that was opened is closed again.
 */
export async function startSightglass(options: SightglassOptions): Promise<Sightglass> {
  const { settings, clock = systemClock } = options;
  const reasons = unsupportedReasons(thisMachine(), settings.store.clickhouseUrl === undefined);
  if (reasons.length > 0) throw new ExitError("machine_unsupported", reasons.join(" "));
  const server = new Server(options, clock);
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** One thing to close, in the order in which it is to be done. */
interface Closing {
  readonly name: string;
  readonly close: () => Promise<void> | void;
}

class Server implements Sightglass {
  readonly telemetry: OwnTelemetry;
  private readonly opened = new Map<keyof Addresses, string>();
  private api: Api | undefined;
  private graph: RunningGraph | undefined;
  private configReload: ConfigReload | undefined;
  private readonly options: SightglassOptions;
  private readonly settings: Settings;
  private readonly clock: Clock;
  private readonly readiness = new Readiness();
  private readonly liveRows: LiveRows;
  /** What is open, closed from the last on. */
  private readonly closings: Closing[] = [];
  private stopped: Promise<void> | undefined;
  closingPart: string | undefined;

  constructor(options: SightglassOptions, clock: Clock) {
    this.options = options;
    this.settings = options.settings;
    this.clock = clock;
    this.telemetry = createOwnTelemetry(options.settings, clock, options.writeLog);
    const onError = (error: unknown): void =>
      this.telemetry.log.error("A search among rows that come in failed", { error });
    // What other programs take of the processors is no work of ours.
    this.liveRows = new LiveRows(clock, onError, () => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1_000;
    });
  }

  async start(): Promise<void> {
    const { settings, clock, readiness } = this;
    const data = await openDataFolder(settings.dataDir, clock.nowMs());
    this.closing("data folder", () => data.release());
    const store = await openStore(storeOptions(settings, clock));
    this.closing("store", () => store.close());
    this.logMigration(await migrateStore(store));
    readiness.schemaCurrent = true;

    // The health routes answer until all is drained: closed late, though it opens after the pipeline.
    this.closing("API", () => this.api?.stop());
    const probeMark = randomHex(16);
    const ingest = this.createIngest(store, probeMark);
    const { graph } = ingest;
    this.closing("pipelines", () => graph.stop());
    await graph.open(this.options.graph ?? NO_COMPONENTS);
    await graph.start();
    this.startSelfTelemetry(ingest);
    this.api = await this.createApi(store, ingest);
    const { port } = await this.api.start();
    this.opened.set("http", loopbackUrl({ ...settings.http.endpoint, port }));
    await this.startReceiver(ingest);
    this.graph = graph;
    this.closing("receivers", () => graph.stopReceivers());
    await graph.startReceivers();
    await this.configReload?.start();
    await data.announce(this.addresses.http);
    this.startProbe(store, probeMark);
    readiness.started = true;
  }

  get receiverAddresses(): readonly string[] {
    return this.graph?.receivers.views().flatMap(({ addresses }) => addresses) ?? [];
  }

  get addresses(): Addresses {
    const url = (door: keyof Addresses): string => this.opened.get(door) ?? "";
    return { http: url("http"), otlpHttp: url("otlpHttp"), otlpGrpc: url("otlpGrpc") };
  }

  async reload(): Promise<void> {
    await this.configReload?.reload();
  }

  stop(): Promise<void> {
    this.readiness.draining = true;
    return (this.stopped ??= this.closeAll());
  }

  private closing(name: string, close: Closing["close"]): void {
    this.closings.push({ name, close });
  }

  private async closeAll(): Promise<void> {
    for (const { name, close } of this.closings.reverse()) {
      const startedMs = this.clock.monotonicMs();
      this.closingPart = name;
      try {
        await close();
        const durationMs = Math.round(this.clock.monotonicMs() - startedMs);
        this.telemetry.log.debug("A part of the server has closed", { part: name, durationMs });
      } catch (error) {
        this.telemetry.log.error("A part of the server did not close as it should", {
          part: name,
          error,
        });
      }
    }
    this.closingPart = undefined;
  }

  private logMigration({
    applied,
    retention,
  }: {
    applied: readonly number[];
    retention: readonly string[];
  }): void {
    const { log } = this.telemetry;
    if (applied.length > 0) log.info("The store's schema was brought to this version", { applied });
    if (retention.length > 0)
      log.info("The store's retention was changed", { tables: retention.length });
  }

  private createIngest(store: Store, probeMark: string): Ingest {
    const { settings, clock, telemetry, readiness } = this;
    const { crashPoint } = this.options;
    const { log, meter } = telemetry;
    const random = Math.random;
    const timeWindow = timeWindows(clock, settings.retention);
    const meters = new ComponentMeters(meter);
    const { unredactedSamples } = settings.http;
    const common = { log, meters, clock, random, timeWindow };
    const { variable } = thisInstallation;
    const surroundings: Surroundings = { ...common, unredactedSamples, variable };
    return createIngest({
      settings,
      clock,
      store,
      telemetry,
      readiness,
      surroundings,
      probeMark,
      watch: this.liveRows,
      random,
      ...(crashPoint === undefined ? {} : { crashPoint }),
    });
  }

  /** Where the graph is written, for the API; what becomes of its file is not looked at yet. */
  private openConfiguration(graph: RunningGraph): GraphConfig | undefined {
    const { configuration: source } = this.options;
    if (source === undefined) return undefined;
    const { settings, clock } = this;
    const { log, meter } = this.telemetry;
    const reload = new ConfigReload({ source, settings, graph, clock, log, meter });
    this.configReload = reload;
    this.closing("configuration", () => reload.stop());
    return new GraphConfig(source, reload, graph);
  }

  private async createApi(store: Store, ingest: Ingest): Promise<Api> {
    const { settings, clock, telemetry, readiness, opened } = this;
    const { version, uiFolder } = this.options;
    const { endpoint, allowedHosts, allowedOrigins } = settings.http;
    const pipelineConfig = this.openConfiguration(ingest.graph);
    return createApi({
      address: endpoint,
      reader: observeReader(store, telemetry),
      cursorKey: await readCursorKey(settings.dataDir),
      ledger: ingest.createLedger(),
      about: createAbout({
        version,
        clock,
        store,
        endpoints: () => ({
          ui: opened.get("http") ?? null,
          otlpHttp: opened.get("otlpHttp") ?? null,
          otlpGrpc: opened.get("otlpGrpc") ?? null,
        }),
        receivers: () => this.graph?.receivers.views() ?? [],
        probe: () => readiness.probe?.(),
      }),
      settings: () => ({ file: null, data: [], ...this.options.explanation }),
      retention: createRetention({ settings, store, clock }),
      pipelines: () => viewPipelines(ingest.graph, this.receiverViews()),
      ...(pipelineConfig === undefined ? {} : { pipelineConfig }),
      deadLetters: () => deadLetterBoxes(ingest.graph),
      liveComponents: (pipeline) => ingest.graph.live(pipeline),
      liveRows: this.liveRows,
      checks: () => readiness.checks(),
      metrics: (accept) => renderExposition(telemetry.meter.snapshot(), accept),
      access: {
        hosts: [endpoint.host, ...allowedHosts],
        origins: allowedOrigins,
        ...(settings.token === undefined ? {} : { token: settings.token }),
      },
      ...(uiFolder === undefined ? {} : { uiFolder }),
      version,
      clock,
      log: telemetry.log.child({ component: "api" }),
      tracer: telemetry.tracer,
    });
  }

  private receiverViews(): { name: string; addresses: string[] }[] {
    const { otlpHttp, otlpGrpc } = this.addresses;
    const otlp = [otlpHttp, otlpGrpc].filter((address) => address !== "");
    return [{ name: "otlp", addresses: otlp }, ...(this.graph?.receivers.views() ?? [])];
  }

  private async startReceiver({ sink }: Ingest): Promise<void> {
    const { settings, clock, telemetry } = this;
    const { http, grpc } = settings.receivers.otlp;
    const { allowedOrigins } = http.cors;
    const receiver = createOtlpReceiver({
      http: http.endpoint,
      grpc: grpc.endpoint,
      sink,
      metrics: receiverMetrics(telemetry),
      log: telemetry.log.child({ component: "receiver.otlp" }),
      clock,
      ...(settings.token === undefined ? {} : { token: settings.token }),
      ...(allowedOrigins === undefined ? {} : { cors: { allowedOrigins } }),
    });
    this.closing("OTLP receiver", () => receiver.stop());
    const { httpPort, grpcPort } = await receiver.start();
    this.opened.set("otlpHttp", loopbackUrl(withPort(http.endpoint, httpPort)));
    this.opened.set("otlpGrpc", loopbackUrl(withPort(grpc.endpoint, grpcPort)));
  }

  private startSelfTelemetry({ silentSink }: Ingest): void {
    const { settings, clock, telemetry } = this;
    this.closing("runtime metrics", observeRuntime(telemetry.meter, this.options.version));
    if (!settings.self.enabled) return;
    const self = createSelfTelemetry({
      clock,
      intervalMs: settings.self.intervalSeconds * 1_000,
      meter: telemetry.meter,
      tracer: telemetry.tracer,
      logs: telemetry.pendingLogs,
      sink: silentSink,
      resource: {
        "service.version": this.options.version,
        "service.instance.id": randomUUID(),
        "process.pid": process.pid,
      },
    });
    this.closing("own telemetry", () => self.stop());
    self.start();
  }

  private startProbe(store: Store, mark: string): void {
    const { settings, clock, telemetry, addresses } = this;
    const { enabled, probe: probeSettings } = settings.self;
    if (!enabled || !probeSettings.enabled) return;
    const door = {
      url: addresses.otlpHttp,
      token: settings.token,
      mark,
      randomHex,
      nowMs: () => clock.nowMs(),
    };
    const probe = createProbe({
      clock,
      intervalMs: probeSettings.intervalSeconds * 1_000,
      meter: telemetry.meter,
      randomHex,
      write: (traceId) => telemetry.tracer.silently(() => writeProbeSpan(traceId, door)),
      read: (traceId) => telemetry.tracer.silently(() => hasTrace(store, traceId)),
      onLost: (traceId) =>
        telemetry.log.error("A span that was acknowledged is not found", { traceId }),
    });
    this.readiness.probe = () => probe.state();
    this.closing("probe", () => probe.stop());
    probe.start();
  }
}

async function hasTrace({ reader }: Store, traceId: string): Promise<boolean> {
  try {
    const { spans } = await readTrace({ reader, org: DEFAULT_ORG }, traceId);
    return spans.length > 0;
  } catch (error) {
    if (error instanceof SightglassError && error.code === "not_found") return false;
    throw error;
  }
}

function withPort(address: Address, port: number | undefined): Address {
  return port === undefined ? address : { ...address, port };
}
