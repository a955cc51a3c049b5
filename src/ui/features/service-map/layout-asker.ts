import type { MapLayout } from "./layout.ts";
import type { LayoutRequest } from "./map-graph.ts";

/** Longer than any map that the server gives takes. */
export const LAYOUT_MS_MAX = 15_000;

/** What comes of a question: one of the two, once, unless another is asked before. */
interface LayoutOutcome {
  readonly onLayout: (layout: MapLayout) => void;
  /** `isTooLarge` where it took too long, and would again; else there was no worker, or it broke. */
  readonly onFailure: (isTooLarge: boolean) => void;
}

/** Has maps laid out by a worker, of which only the newest is of interest. */
export class LayoutAsker {
  readonly #start: () => Worker;
  #worker: Worker | undefined;
  #isBusy = false;
  #newest = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param start starts a worker; it may throw where a browser lets none start. */
  constructor(start: () => Worker) {
    this.#start = start;
  }

  ask(request: LayoutRequest, { onLayout, onFailure }: LayoutOutcome): void {
    // A worker cannot be called off: what is asked now would wait until it has laid out the map before.
    if (this.#isBusy) this.stop();
    const id = ++this.#newest;
    const fail = (isTooLarge: boolean): void => {
      this.stop();
      onFailure(isTooLarge);
    };
    try {
      this.#worker ??= this.#start();
    } catch {
      // A policy of the browser, or of a proxy before the server.
      fail(false);
      return;
    }
    this.#worker.onmessage = ({ data }: MessageEvent<{ id: number; layout: MapLayout }>) => {
      if (data.id !== this.#newest) return;
      clearTimeout(this.#timer);
      this.#isBusy = false;
      onLayout(data.layout);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      fail(false);
    };
    this.#isBusy = true;
    this.#timer = setTimeout(() => fail(true), LAYOUT_MS_MAX);
    this.#worker.postMessage({ id, request });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isBusy = false;
    this.#newest++;
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}
