import { useEffect, useRef, useState } from "react";
import { startWorker } from "../../lib/script-address.ts";
// oxlint-disable-next-line import/default -- the build makes this module: its default is the address
import workerAddress from "./layout.worker.ts?worker&url";
import type { MapLayout } from "./layout.ts";
import { isWithin, layoutRequest, type MapShape } from "./map-graph.ts";

/** A layout and the map that it was made for. */
export interface LaidOutMap {
  readonly shape: MapShape;
  readonly layout: MapLayout;
}

/** Longer than any map that the server gives takes. */
const LAYOUT_MS_MAX = 15_000;

/** Asks one worker for one layout after the other; only the newest is of interest. */
class LayoutWorker {
  #worker: Worker | undefined;
  #newest = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Calls one of the two once, unless another map is asked for before. */
  ask(shape: MapShape, onLayout: (layout: MapLayout) => void, onFailure: () => void): void {
    const id = ++this.#newest;
    const fail = (): void => {
      this.stop();
      onFailure();
    };
    try {
      this.#worker ??= startWorker(workerAddress);
    } catch {
      // A policy of the browser, or of a proxy before the server.
      fail();
      return;
    }
    this.#worker.onmessage = ({ data }: MessageEvent<{ id: number; layout: MapLayout }>) => {
      if (data.id !== this.#newest) return;
      clearTimeout(this.#timer);
      onLayout(data.layout);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      fail();
    };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(fail, LAYOUT_MS_MAX);
    this.#worker.postMessage({ id, request: layoutRequest(shape) });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#newest++;
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}

/**
 * Where everything on a map stands. The layout of before stays while the next is made, and for as long as
 * nothing new comes to the map; `subject` says of what it is the map, and another one is laid out afresh.
 */
export function useLayout(
  shape: MapShape | undefined,
  subject: string,
): { map: LaidOutMap | undefined; isFailed: boolean } {
  const [found, setFound] = useState<{ subject: string; map: LaidOutMap }>();
  const [isFailed, setFailed] = useState(false);
  const worker = useRef<LayoutWorker>(undefined);
  const asked = useRef<{ subject: string; shape: MapShape }>(undefined);
  useEffect(() => {
    const own = new LayoutWorker();
    worker.current = own;
    return () => {
      own.stop();
      asked.current = undefined;
    };
  }, []);
  const isKnown =
    shape === undefined || (found?.subject === subject && isWithin(shape, found.map.shape));
  useEffect(() => {
    if (isKnown || shape.services.length === 0) return;
    // The page asks for the figures more often than a large map is laid out.
    const { current } = asked;
    if (current?.subject === subject && isWithin(shape, current.shape)) return;
    asked.current = { subject, shape };
    worker.current?.ask(
      shape,
      (layout) => {
        setFailed(false);
        setFound({ subject, map: { shape, layout } });
      },
      () => setFailed(true),
    );
  }, [isKnown, shape, subject]);
  return { map: found?.map, isFailed };
}
