import { afterEach, beforeEach, expect, it } from "vitest";
import {
  appendTexts,
  deliveringTo,
  openSetting,
  stopped,
  texts,
} from "#pipeline/delivery/testing/delivery-fixture.ts";
import { type FakeClock, settled } from "#pipeline/testing/fake-clock.ts";
import { datadog, DatadogDestination } from "./destination.ts";
import { API_KEY, DatadogServer } from "./testing/datadog-server.ts";

// The destination as deliveries use it: a journal on a simulated disk, and a server over real HTTP.

const ROUNDS_MAX = 20_000;

let server: DatadogServer;
beforeEach(async () => {
  server = await DatadogServer.start();
});
afterEach(() => server.stop());

function destinationAt(clock: FakeClock): DatadogDestination {
  const own = { apiKey: API_KEY, endpoint: server.endpoint, allowPrivate: true, bufferSize: 8 };
  return new DatadogDestination(datadog.settings.parse(own), { clock });
}

/** Lets the network work, and the time go on. */
async function until(clock: FakeClock, isDone: () => boolean): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX && !isDone(); round += 1) {
    await settled();
    if (round % 20 === 0) await clock.advance(100);
  }
  expect(isDone()).toBe(true);
}

it("a row that Datadog refuses alone becomes a dead letter, and every other arrives once", async () => {
  const setting = await openSetting({});
  const delivering = deliveringTo(destinationAt(setting.clock), setting);
  server.intercept = (_, response, body) =>
    body.includes("poison") && Boolean(response.writeHead(400).end("bad row"));
  const all = [...texts("a", 5), "poison", ...texts("b", 9)];
  await appendTexts(setting.journal, all);
  await delivering.start();
  await until(setting.clock, () => server.logs.length === 14);
  const messages = server.logs.map(({ message }) => message);
  expect(messages.toSorted()).toEqual(all.filter((text) => text !== "poison").toSorted());
  const { letters } = await delivering.deadLetters.list({ limit: 10 });
  expect(letters.map(({ reason }) => reason)).toEqual(["HTTP 400 for logs: bad row"]);
  await stopped(setting.clock, delivering);
});

it("what is put off with 429 and 503 arrives once, in order", async () => {
  const setting = await openSetting({});
  const delivering = deliveringTo(destinationAt(setting.clock), setting);
  const answers = [429, 503, 429];
  server.intercept = (_, response) => {
    const status = answers.shift();
    if (status === undefined) return false;
    response.writeHead(status, { "x-ratelimit-reset": "2" }).end();
    return true;
  };
  await appendTexts(setting.journal, texts("a", 20));
  await delivering.start();
  await until(setting.clock, () => server.logs.length === 20);
  expect(server.logs.map(({ message }) => message)).toEqual(texts("a", 20));
  expect(delivering.deadLetters.size).toBe(0);
  await stopped(setting.clock, delivering);
});
