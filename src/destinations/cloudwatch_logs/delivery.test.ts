import { afterEach, beforeEach, expect, it } from "vitest";
import {
  appendTexts,
  clockOfRows,
  deliveringOverNetwork,
  texts,
} from "#pipeline/delivery/testing/delivery-fixture.ts";
import { cloudwatchLogs, CloudwatchLogsDestination } from "./destination.ts";
import { KEYS, LogsServer, REGION } from "./testing/logs-server.ts";

// The destination as deliveries use it: a journal on a simulated disk, and a server over real HTTP.

const clock = clockOfRows();
let server: LogsServer;
beforeEach(async () => {
  server = await LogsServer.start(() => clock.nowMs());
});
afterEach(() => server.stop());

function destination(): CloudwatchLogsDestination {
  const { endpoint } = server;
  const own = {
    endpoint,
    allowPrivate: true,
    region: REGION,
    bufferSize: 8,
    flushInterval: 50,
    ...KEYS,
  };
  const names = { logGroup: "group", logStream: "stream" };
  return new CloudwatchLogsDestination(cloudwatchLogs.settings.parse({ ...own, ...names }), {
    clock,
  });
}

const sent = (): string[] =>
  server
    .events("group", "stream")
    .map(({ message }) => (JSON.parse(message) as { message: string }).message);

it("a row that the service refuses alone becomes a dead letter, and every other arrives once", async () => {
  const { journal, delivering } = await deliveringOverNetwork(destination(), clock);
  server.intercept = (action, response, body) => {
    if (action !== "PutLogEvents" || !body.includes("poison")) return false;
    const problem = { __type: "InvalidParameterException", message: "bad event" };
    response.writeHead(400).end(JSON.stringify(problem));
    return true;
  };
  const all = [...texts("a", 5), "poison", ...texts("b", 9)];
  await appendTexts(journal, all);
  await delivering.start();
  await expect.poll(() => sent().length).toBe(14);
  expect(new Set(sent())).toEqual(new Set(all.filter((text) => text !== "poison")));
  await expect.poll(() => delivering.deadLetters.size).toBe(1);
  const { letters } = await delivering.deadLetters.list({ limit: 10 });
  expect(letters.map(({ reason }) => reason)).toEqual([
    "HTTP 400 for PutLogEvents: InvalidParameterException: bad event",
  ]);
  await delivering.stop();
});

it("what is throttled arrives once, in order", async () => {
  const { journal, delivering } = await deliveringOverNetwork(destination(), clock);
  let puts = 0;
  server.intercept = (action, response) => {
    if (action !== "PutLogEvents" || (puts += 1) % 2 === 0) return false;
    response.writeHead(400).end(JSON.stringify({ __type: "ThrottlingException" }));
    return true;
  };
  await appendTexts(journal, texts("a", 20));
  await delivering.start();
  await expect.poll(() => sent().length).toBe(20);
  expect(sent()).toEqual(texts("a", 20));
  expect(delivering.deadLetters.size).toBe(0);
  await delivering.stop();
});
