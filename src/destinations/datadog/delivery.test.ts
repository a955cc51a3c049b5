import { afterEach, beforeEach, expect, it } from "vitest";
import {
  appendTexts,
  clockOfRows,
  deliveringOverNetwork,
  texts,
} from "#pipeline/delivery/testing/delivery-fixture.ts";
import { datadog, DatadogDestination } from "./destination.ts";
import { API_KEY, DatadogServer } from "./testing/datadog-server.ts";

// The destination as deliveries use it: a journal on a simulated disk, and a server over real HTTP.

const clock = clockOfRows();
let server: DatadogServer;
beforeEach(async () => {
  server = await DatadogServer.start();
});
afterEach(() => server.stop());

function destination(): DatadogDestination {
  const own = {
    apiKey: API_KEY,
    endpoint: server.endpoint,
    allowPrivate: true,
    bufferSize: 8,
    flushInterval: 50,
  };
  return new DatadogDestination(datadog.settings.parse(own), { clock });
}

it("a row that Datadog refuses alone becomes a dead letter, and every other arrives once", async () => {
  const { journal, delivering } = await deliveringOverNetwork(destination(), clock);
  server.intercept = (_, response, body) =>
    body.includes("poison") && Boolean(response.writeHead(400).end("bad row"));
  const all = [...texts("a", 5), "poison", ...texts("b", 9)];
  await appendTexts(journal, all);
  await delivering.start();
  await expect.poll(() => server.logs.length).toBe(14);
  const messages = server.logs.map(({ message }) => message);
  expect(messages.toSorted()).toEqual(all.filter((text) => text !== "poison").toSorted());
  await expect.poll(() => delivering.deadLetters.size).toBe(1);
  const { letters } = await delivering.deadLetters.list({ limit: 10 });
  expect(letters.map(({ reason }) => reason)).toEqual(["HTTP 400 for logs: bad row"]);
  await delivering.stop();
});

it("what is put off with 429 and 503 arrives once, in order", async () => {
  const { journal, delivering } = await deliveringOverNetwork(destination(), clock);
  const answers = [429, 503, 429];
  server.intercept = (_, response) => {
    const status = answers.shift();
    if (status === undefined) return false;
    response.writeHead(status, { "x-ratelimit-reset": "2" }).end();
    return true;
  };
  await appendTexts(journal, texts("a", 20));
  await delivering.start();
  await expect.poll(() => server.logs.length).toBe(20);
  expect(server.logs.map(({ message }) => message)).toEqual(texts("a", 20));
  expect(delivering.deadLetters.size).toBe(0);
  await delivering.stop();
});
