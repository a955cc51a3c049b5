import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { dropAll } from "#core/batch.ts";
import { SightglassError } from "#core/errors.ts";
import { ComponentMeters } from "#telemetry/component-meters.ts";
import { createLogger, type LogRecord } from "#telemetry/log.ts";
import { createMeter } from "#telemetry/meter.ts";
import type {
  Processor,
  ProcessorContext,
  Push,
  Receiver,
  ReceiverContext,
} from "../../component.ts";
import type { Delivery } from "../../delivery/delivery.ts";
import { DeliveringDestination } from "../../delivery/delivering-destination.ts";
import { type Journal, openJournal } from "../../journal/journal.ts";
import { SimulatedDisk } from "../../journal/simulated-disk.ts";
import { logs } from "../../testing/batches.ts";
import { FakeClock, settled } from "../../testing/fake-clock.ts";
import type { GraphSpec } from "../graph-spec.ts";
import { parseGraph, type WrittenGraph } from "../parse-graph.ts";
import { type KnownComponents, register, type Registered } from "../registry.ts";
import { RunningGraph } from "../running-graph.ts";
import { contextOf, type Surroundings } from "../surroundings.ts";
import { wantedRows } from "../wanted-rows.ts";

// What the tests of running graphs share: a graph of simple components on a simulated disk, and a world
// that remembers what they did.

function known<Context, Component>(
  components: readonly Registered<Context, Component>[],
): KnownComponents<Context, Component> {
  return {
    types: components.map(({ type }) => type),
    get: (type) => components.find((component) => component.type === type),
  };
}

const signals = { logs: "stable" } as const;

export class GraphWorld {
  readonly clock = new FakeClock();
  readonly disk = new SimulatedDisk();
  readonly meter = createMeter();
  readonly records: LogRecord[] = [];
  /** What happened, in order: `receiver line started`. */
  readonly told: string[] = [];
  /** Bodies that each destination was given, by the value of its setting `to`. */
  readonly received = new Map<string, string[]>();
  readonly givenUp: unknown[] = [];
  readonly removed: string[] = [];
  /** Ports that are in use, by the receiver's name. */
  readonly ports = new Map<number, string>();
  /** Has destinations whose `to` is in it refuse everything. */
  readonly dead = new Set<string>();
  readonly graph: RunningGraph;
  readonly journals = new Map<string, Journal>();
  private readonly pushes = new Map<string, Push>();
  private readonly folder = mkdtempSync(join(tmpdir(), "sightglass-graph-"));

  constructor() {
    const { clock, disk } = this;
    const log = createLogger({ level: "info", clock, sink: (one) => this.records.push(one) });
    const surroundings: Surroundings = {
      log,
      clock,
      meters: new ComponentMeters(this.meter),
      random: () => 0.5,
      timeWindow: () => ({ oldestMs: 0, newestMs: 1e15 }),
    };
    this.graph = new RunningGraph({
      surroundings,
      receiversFolder: this.folder,
      storeBytesMax: 1 << 30,
      openJournal: async (pipeline, consumers) => {
        const folder = `/journal/${pipeline}`;
        const journal = await openJournal({ folder, consumers, clock, files: disk });
        this.journals.set(pipeline, journal);
        return journal;
      },
      createStore: (pipeline) =>
        Promise.resolve({
          start: () => this.tell(`store of ${pipeline} started`),
          stop: () => this.tell(`store of ${pipeline} stopped`),
        }),
      createDelivery: (pipeline, spec, consumer) => ({
        delivering: new DeliveringDestination({
          pipeline,
          name: spec.name,
          consumer,
          destination: spec.create((one) => contextOf(one, surroundings, pipeline)),
          ...wantedRows(spec),
          settings: spec.delivery,
          folder: `/delivery/${pipeline}`,
          clock,
          random: () => 0.5,
          log,
          files: disk,
        }),
        members: () => undefined,
        forget: () => this.told.push(`${spec.name} of ${pipeline} forgotten`),
      }),
      onGivenUp: (rows) => this.givenUp.push(rows),
      onOpened: () => {},
      onRemoved: async ({ name }) => void this.removed.push(name),
    });
  }

  /** Judges a graph of the test's components: `line`, `mark`, `hide` and `keep`. */
  specOf(written: WrittenGraph): GraphSpec {
    const parsed = parseGraph(written, {
      receivers: known([this.line()]),
      processors: known([this.mark(), this.hide()]),
      destinations: known([this.keep()]),
    });
    if (!parsed.success) throw new Error(JSON.stringify(parsed.problems));
    return parsed.graph;
  }

  async start(written: WrittenGraph): Promise<void> {
    await this.graph.open(this.specOf(written));
    await this.graph.start();
    await this.graph.startReceivers();
    this.told.length = 0;
  }

  /** Applies while the time goes on. */
  async apply(written: WrittenGraph): Promise<void> {
    await this.pass(this.graph.apply(this.specOf(written)));
  }

  /** Has a receiver bring a line; resolves when it is durable. */
  async bring(receiver: string, body: string): Promise<void> {
    await this.pass(this.pushes.get(receiver)!(logs("shop", { body }), "acme"));
  }

  /** Lets the time go on until it is done; `ms` at most. */
  async pass<T>(done: Promise<T>, ms = 30_000): Promise<T> {
    let isDone = false;
    const mark = (): void => void (isDone = true);
    done.then(mark, mark);
    await settled();
    for (let passed = 0; passed < ms && !isDone; passed += 50) await this.clock.advance(50);
    return done;
  }

  /** Lets the time go on until a destination has so many. */
  async until(to: string, count: number): Promise<string[]> {
    for (let passed = 0; passed < 10_000 && this.got(to).length < count; passed += 50)
      await this.clock.advance(50);
    return this.got(to);
  }

  got(to: string): string[] {
    return this.received.get(to) ?? [];
  }

  async end(): Promise<void> {
    await this.pass(this.graph.stopReceivers());
    await this.pass(this.graph.stop());
    this.discard();
  }

  discard(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private tell(what: string): Promise<void> {
    this.told.push(what);
    return Promise.resolve();
  }

  private line() {
    const settings = z.strictObject({ port: z.int().default(0), path: z.string().default("") });
    return register({
      type: "line",
      summary: "Brings lines.",
      signals,
      settings,
      // One with a path is like those of HTTP.
      claims: ({ port, path }) => {
        const address = { host: "127.0.0.1", port };
        return [path === "" ? { kind: "tcp", address } : { kind: "http", address, paths: [path] }];
      },
      create: (
        { port, path }: z.output<typeof settings>,
        { name, push }: ReceiverContext,
      ): Receiver => ({
        start: async () => {
          const owner = this.ports.get(port);
          if (port !== 0 && path === "" && owner !== undefined)
            throw new SightglassError("port_in_use", `${name}: ${port} is in use by ${owner}`);
          this.ports.set(port, name);
          this.pushes.set(name, push);
          await this.tell(`receiver ${name} started`);
        },
        stop: async () => {
          if (path === "" && this.ports.get(port) === name) this.ports.delete(port);
          await this.tell(`receiver ${name} stopped`);
        },
      }),
    });
  }

  private mark() {
    const settings = z.strictObject({ with: z.string(), fails: z.boolean().default(false) });
    return register({
      type: "mark",
      summary: "Counts batches.",
      signals,
      settings,
      create: (given: z.output<typeof settings>, { name }: ProcessorContext): Processor => {
        let batches = 0;
        return {
          start: async () => {
            if (given.fails) throw new SightglassError("config_invalid", "it cannot start");
            await this.tell(`${name} started`);
          },
          stop: () => this.tell(`${name} stopped`),
          process: () => void this.told.push(`${name} ${given.with} ${++batches}`),
        };
      },
    });
  }

  private hide() {
    return register({
      type: "hide",
      summary: "Drops everything.",
      signals,
      settings: z.strictObject({}),
      create: (): Processor => ({ process: dropAll }),
    });
  }

  private keep() {
    const settings = z.strictObject({ to: z.string(), fails: z.boolean().default(false) });
    return register({
      type: "keep",
      summary: "Keeps rows.",
      signals,
      settings,
      create: ({ to, fails }: z.output<typeof settings>) => ({
        bounds: { rowsMax: 10, bytesMax: 1_000_000, waitMsMax: 10 },
        start: async () => {
          if (fails) throw new SightglassError("config_invalid", "it cannot start");
        },
        send: async ({ rows }: Delivery) => {
          if (this.dead.has(to)) throw new Error("it is dead");
          const bodies = rows.map(({ row }) => ("body" in row ? row.body : ""));
          this.received.set(to, [...this.got(to), ...bodies]);
        },
      }),
    });
  }
}
