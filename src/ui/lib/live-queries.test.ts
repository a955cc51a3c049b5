import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { followChanges, topicOf } from "./live-queries.ts";
import { LiveStream } from "./live-stream.ts";

const PUSHED = { event: "heartbeat", data: "{}", id: "" };
let tell: (event: string, data: unknown) => void;
let queries: QueryClient;
let asked: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  vi.stubGlobal("sessionStorage", { getItem: () => null, setItem: () => {} });
  queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  asked = [];
  const stream = new LiveStream(({ onEvents }) => {
    onEvents([]);
    tell = (event, data) => onEvents([{ event, data: JSON.stringify(data), id: "" }]);
    return new Promise(() => {});
  });
  followChanges(queries, stream);
  stream.follow(true);
  tell(PUSHED.event, {});
});
afterEach(() => {
  queries.clear();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function observe(key: string, tookMs = 0, gapMs: number | false = 0): () => Promise<unknown> {
  const observer = new QueryObserver(queries, {
    queryKey: [key],
    queryFn: () => {
      asked.push(key);
      return new Promise((resolve) => setTimeout(() => resolve(asked.length), tookMs));
    },
    meta: { follows: () => gapMs },
  });
  observer.subscribe(() => {});
  return () => observer.refetch();
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test("questions of a topic that has changed are asked anew, and no others", async () => {
  observe("logs");
  observe("traces");
  observe("services", 0, false);
  await pass(10);
  asked.length = 0;
  tell("changed", { topics: ["logs", "services"] });
  await pass(10);
  expect(asked).toEqual(["logs"]);
});

test("a question is asked at most every two seconds, and once more for what changed meanwhile", async () => {
  observe("logs", 100);
  await pass(200);
  asked.length = 0;
  for (let i = 0; i < 10; i++) {
    tell("changed", { topics: ["logs"] });
    await pass(50);
  }
  expect(asked.length).toBe(1);
  await pass(2_000);
  expect(asked.length).toBe(2);
  await pass(10_000);
  expect(asked.length).toBe(2);
});

test("what changes while an answer is on its way is asked for once more", async () => {
  observe("logs", 1_000);
  await pass(500);
  tell("changed", { topics: ["logs"] });
  await pass(400);
  expect(asked.length).toBe(1);
  await pass(5_000);
  expect(asked.length).toBe(2);
  await pass(20_000);
  expect(asked.length).toBe(2);
});

test("one that need not be so new is asked no oftener than it says, whoever asked it before", async () => {
  const ask = observe("metrics", 100, 30_000);
  await pass(10_000);
  void ask();
  await pass(100);
  for (let second = 0; second < 29; second++) {
    tell("changed", { topics: ["metrics"] });
    await pass(1_000);
  }
  expect(asked.length).toBe(2);
  await pass(1_000);
  expect(asked.length).toBe(3);
  await pass(60_000);
  expect(asked.length).toBe(3);
});

test("one that takes long is asked the less often", async () => {
  observe("logs", 3_000);
  await pass(3_100);
  asked.length = 0;
  for (let second = 0; second < 20; second++) {
    tell("changed", { topics: ["logs"] });
    await pass(1_000);
  }
  expect(asked.length).toBe(2);
});

test("keys tell their topic by their first element", () => {
  expect(topicOf(["traces", 1])).toBe("traces");
  expect(topicOf(["trace", "a"])).toBe("traces");
  expect(topicOf(["ledger"])).toBe("status");
  expect(topicOf(["about"])).toBeUndefined();
  expect(topicOf([{ logs: 1 }])).toBeUndefined();
});
