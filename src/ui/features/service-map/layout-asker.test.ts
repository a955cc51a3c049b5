import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LAYOUT_MS_MAX, LayoutAsker } from "./layout-asker.ts";
import type { MapLayout } from "./layout.ts";
import type { LayoutRequest } from "./map-graph.ts";

/** A worker that answers when the test says so. */
class TestWorker {
  onmessage: ((event: { data: unknown }) => void) | undefined;
  onerror: ((event: { preventDefault: () => void }) => void) | undefined;
  isEnded = false;
  readonly asked: { id: number }[] = [];

  postMessage(question: { id: number }): void {
    this.asked.push(question);
  }

  terminate(): void {
    this.isEnded = true;
  }

  answer(): void {
    this.onmessage?.({ data: { id: this.asked.at(-1)!.id, layout: LAYOUT } });
  }
}

const LAYOUT = {} as MapLayout;
const REQUEST = {} as LayoutRequest;
let workers: TestWorker[];
let told: string[];

const outcome = (name: string) => ({
  onLayout: () => void told.push(`${name} is laid out`),
  onFailure: (isTooLarge: boolean) => void told.push(`${name} failed, too large: ${isTooLarge}`),
});

function start(): Worker {
  const worker = new TestWorker();
  workers.push(worker);
  return worker as unknown as Worker;
}

beforeEach(() => {
  vi.useFakeTimers();
  workers = [];
  told = [];
});
afterEach(() => {
  vi.useRealTimers();
});

test("one worker lays out one map after the other", () => {
  const asker = new LayoutAsker(start);
  for (const name of ["a", "b"]) {
    asker.ask(REQUEST, outcome(name));
    workers[0]!.answer();
  }
  expect([workers.length, told]).toEqual([1, ["a is laid out", "b is laid out"]]);
});

test("a new question does not wait for the map before: that one's worker is ended", () => {
  const asker = new LayoutAsker(start);
  asker.ask(REQUEST, outcome("a"));
  asker.ask(REQUEST, outcome("b"));
  expect(workers.map(({ isEnded }) => isEnded)).toEqual([true, false]);
  vi.advanceTimersByTime(LAYOUT_MS_MAX - 1);
  workers[1]!.answer();
  vi.advanceTimersByTime(LAYOUT_MS_MAX);
  expect(told).toEqual(["b is laid out"]);
});

test("tells a map that takes too long from a worker that breaks, and starts another for the next", () => {
  const asker = new LayoutAsker(start);
  asker.ask(REQUEST, outcome("a"));
  vi.advanceTimersByTime(LAYOUT_MS_MAX);
  asker.ask(REQUEST, outcome("b"));
  workers[1]!.onerror?.({ preventDefault: () => undefined });
  asker.ask(REQUEST, outcome("c"));
  workers[2]!.answer();
  expect(told).toEqual([
    "a failed, too large: true",
    "b failed, too large: false",
    "c is laid out",
  ]);
  expect(workers.map(({ isEnded }) => isEnded)).toEqual([true, true, false]);
});

test("says so where no worker starts", () => {
  const asker = new LayoutAsker(() => {
    throw new Error("no workers here");
  });
  asker.ask(REQUEST, outcome("a"));
  expect(told).toEqual(["a failed, too large: false"]);
});
