// Opens tails in a process of its own, reads them to the end, and prints what came through as JSON. Reading
// costs as little as it can: the first tail is read event by event, of the others the bytes are counted.
import { request } from "node:http";
import { ServerSentEvents } from "../../src/core/server-sent-events.ts";

interface TailsPlan {
  readonly url: string;
  readonly tails: number;
  /** Searches, taken in turns. */
  readonly searches: readonly string[];
  readonly seconds: number;
}

const { url, tails, searches, seconds } = JSON.parse(process.argv[2]!) as TailsPlan;
const seen = {
  rows: 0,
  dropped: { rate: 0, slow: 0, busy: 0 } as Record<string, number>,
  bytes: 0,
};

function open(number: number): void {
  const query = new URLSearchParams({ streams: "logs", q: searches[number % searches.length]! });
  const events = new ServerSentEvents();
  const sent = request(`${url}/api/v1/tail?${query}`, (response) => {
    if (response.statusCode !== 200) throw new Error(`tail ${number}: ${response.statusCode}`);
    if (number === 0) response.setEncoding("utf8");
    response.on("data", (chunk: string | Buffer) => {
      seen.bytes += chunk.length;
      if (typeof chunk !== "string") return;
      for (const { event, data } of events.read(chunk)) {
        if (event === "row") seen.rows++;
        if (event !== "dropped") continue;
        const { rows, because } = JSON.parse(data) as { rows: number; because: string };
        seen.dropped[because]! += rows;
      }
    });
    response.on("error", () => {});
  });
  sent.on("error", () => {});
  sent.end();
}

for (let number = 0; number < tails; number++) open(number);
setTimeout(() => {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ ...seen, ownCpuSeconds: (user + system) / 1e6 }));
  process.exit(0);
}, seconds * 1_000);
