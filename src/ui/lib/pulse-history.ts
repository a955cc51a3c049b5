import type { ComponentPulse, TailStatus } from "#api/contract/live.ts";
import { useSyncExternalStore } from "react";
import { liveStream, type LiveStream } from "./live-stream.ts";

/** Points that are kept of each component: five minutes, one each two seconds. */
const PULSES_MAX = 150;

/** How a component was doing at a moment. */
export interface PulsePoint extends ComponentPulse {
  /** Unix milliseconds. */
  readonly atMs: number;
}

type PipelinePulses = TailStatus["pipelines"];

/**
 * How the components of pipelines were doing over the last minutes, from what the stream of events tells
 * of them; while there is none, from what a page has asked for.
 */
export class PulseHistory {
  private points: ReadonlyMap<string, readonly PulsePoint[]> = new Map();
  private readonly listeners = new Set<() => void>();

  constructor(stream?: Pick<LiveStream, "on">) {
    stream?.on("status", ({ time, pipelines }) => this.add(Date.parse(time), pipelines));
  }

  /** What is there no more is forgotten. */
  add(atMs: number, pipelines: PipelinePulses): void {
    const next = new Map<string, readonly PulsePoint[]>();
    for (const { name, components } of pipelines)
      for (const pulse of components) {
        const key = pulseKey(name, pulse);
        const before = this.points.get(key) ?? [];
        const newest = before.at(-1);
        if (newest !== undefined && newest.atMs >= atMs) next.set(key, before);
        else next.set(key, [...before.slice(1 - PULSES_MAX), { ...pulse, atMs }]);
      }
    this.points = next;
    for (const listener of this.listeners) listener();
  }

  /** By {@link pulseKey}: another map whenever there is something new. */
  readonly all = (): ReadonlyMap<string, readonly PulsePoint[]> => this.points;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };
}

/** Names a component among those of all pipelines. */
export function pulseKey(
  pipeline: string,
  { kind, name }: Pick<ComponentPulse, "kind" | "name">,
): string {
  return `${kind} ${name} of ${pipeline}`;
}

/** That of this tab: it is gathered from the start, so that a page has something to show at once. */
export const pulseHistory = new PulseHistory(liveStream);

export function usePulses(): ReadonlyMap<string, readonly PulsePoint[]> {
  return useSyncExternalStore(pulseHistory.subscribe, pulseHistory.all);
}
