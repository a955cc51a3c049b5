import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Receiver } from "../component.ts";
import type { Meter } from "#telemetry/meter.ts";
import type { ComponentState } from "../live/component-health.ts";
import { ComponentTap, type TapRates } from "../live/component-tap.ts";
import { fileNameOf } from "./component-names.ts";
import { FanOut } from "./fan-out.ts";
import { sameReceiver } from "./graph-changes.ts";
import type { GraphSpec, ReceiverSpec } from "./graph-spec.ts";
import { contextOf, type Surroundings } from "./surroundings.ts";
import type { UndoList } from "./undo-list.ts";

interface RunningReceiver {
  readonly spec: ReceiverSpec;
  readonly receiver: Receiver;
  readonly meter: Meter;
}

/** The receivers of a running graph, but for the built-in ones, and where what each brings goes. */
export class RunningReceivers {
  private readonly surroundings: Surroundings;
  /** A folder in which each has one of its own. */
  private readonly stateFolder: string;
  private readonly running = new Map<string, RunningReceiver>();
  private readonly fanOuts = new Map<string, FanOut>();
  /** Those that go when the change under way is whole. */
  private leaving: RunningReceiver[] = [];

  constructor(stateFolder: string, surroundings: Surroundings) {
    this.stateFolder = stateFolder;
    this.surroundings = surroundings;
  }

  /** Where what a receiver brings goes, be it built in: it may be asked for before the receiver is there. */
  fanOut(name: string): FanOut {
    let found = this.fanOuts.get(name);
    if (found === undefined) {
      found = new FanOut(new ComponentTap(this.surroundings.clock));
      this.fanOuts.set(name, found);
    }
    return found;
  }

  /** Rows a second of a receiver, be it built in, and how it is doing. */
  stateOf(name: string): ComponentState & { readonly rates: TapRates } {
    const { tap } = this.fanOut(name);
    return { rates: tap.rates(), ...tap.receiverState() };
  }

  /** Those that were started, by name, with where they listen. */
  views(): { name: string; addresses: string[] }[] {
    return [...this.running].map(([name, { receiver }]) => ({
      name,
      addresses: [...(receiver.addresses?.() ?? [])],
    }));
  }

  /**
   * Has the receivers of another graph take data in the place of those there are. One that listens for
   * HTTP takes over before its former self leaves, so that no request is refused between the two; any
   * other may need what its former self has, which stops first.
   *
   * @throws SightglassError of the first that cannot start.
   */
  async change({ receivers }: GraphSpec, undo: UndoList): Promise<void> {
    const isKept = ({ spec }: RunningReceiver): boolean => {
      const after = receivers.get(spec.name);
      return after !== undefined && sameReceiver(spec, after);
    };
    const going = [...this.running.values()].filter((one) => !isKept(one));
    for (const one of going) {
      if (isExchangeable(one.spec)) continue;
      undo.add(() => this.start(one.spec));
      await this.stop(one);
    }
    const coming = [...receivers.values()].filter((spec) => {
      const before = this.running.get(spec.name);
      return before === undefined || !sameReceiver(before.spec, spec);
    });
    const leaving = going.filter((one) => this.running.get(one.spec.name) === one);
    for (const spec of coming) {
      const before = this.running.get(spec.name);
      undo.add(async () => {
        const started = this.running.get(spec.name);
        if (before !== undefined) this.running.set(spec.name, before);
        if (started !== undefined && started !== before) await this.stop(started);
      });
      await this.start(spec);
    }
    this.leaving = leaving;
  }

  /** Stops those whose place was taken, and those that another graph does not have. Never rejects. */
  async finishChange(): Promise<void> {
    const leaving = this.leaving.splice(0);
    await Promise.all(leaving.map((one) => this.stop(one)));
  }

  /** Lets go of the pipelines to which receivers brought data that are in none any more; they have stopped. */
  forgetOthers(named: ReadonlySet<string>): void {
    for (const [name, fanOut] of this.fanOuts) if (!named.has(name)) fanOut.targets = [];
  }

  /** Stops all. Idempotent. Never rejects: what fails is told to the log. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.running.values()].map((one) => this.stop(one)));
  }

  private async start(spec: ReceiverSpec): Promise<void> {
    const { name } = spec;
    const { timeWindow, log } = this.surroundings;
    const stateFolder = join(this.stateFolder, fileNameOf(name));
    await mkdir(stateFolder, { recursive: true });
    const common = contextOf(name, this.surroundings);
    const { push } = this.fanOut(name);
    const receiver = spec.create({ ...common, push, timeWindow, stateFolder });
    this.running.set(name, { spec, receiver, meter: common.meter });
    await receiver.start();
    const addresses = receiver.addresses?.() ?? [];
    log.info("A receiver has started", { receiver: name, addresses: addresses.join(", ") });
  }

  private async stop(one: RunningReceiver): Promise<void> {
    const { spec, receiver, meter } = one;
    try {
      await receiver.stop();
    } catch (error) {
      const attributes = { receiver: spec.name, error };
      this.surroundings.log.error("A receiver did not stop as it should", attributes);
    }
    this.surroundings.meters.forget(meter);
    if (this.running.get(spec.name) === one) this.running.delete(spec.name);
  }
}

/** Whether another like it may take data beside it, at the same address even. */
function isExchangeable({ claims }: ReceiverSpec): boolean {
  return claims.length > 0 && claims.every(({ kind }) => kind === "http");
}
