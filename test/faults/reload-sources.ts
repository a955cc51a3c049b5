import { appendFile } from "node:fs/promises";
import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Fate } from "./id-oracle.ts";

// What sends to receivers that are exchanged, and remembers what it was promised. Each row has a text of its own.

/** Services by which their rows are found in the store. */
export const EVENT_SERVICE = "fault-events";
export const LINE_SERVICE = "fault-lines";

const EVENTS_PER_REQUEST = 20;
const RETRY_MS = 5;
const REFUSED_MS_MAX = 60_000;
const LINES_PER_WRITE = 10;
const WRITE_EVERY_MS = 10;

/**
 * Posts events to `http_json` without a pause, and sends them again while nobody listens or they are
 * refused, as a client does that knows that they were not taken.
 */
export class EventSender {
  readonly acknowledged: string[] = [];
  /** Requests that were sent again. */
  refusals = 0;
  /** Requests whose connection broke before an answer: all of each was taken, or nothing. */
  brokenOff = 0;
  private running = true;
  private readonly sending: Promise<void>;

  constructor(url: () => string) {
    this.sending = this.run(url);
  }

  /** Rejects when it was refused for so long that somebody would complain. */
  async stop(): Promise<void> {
    this.running = false;
    await this.sending;
  }

  private async run(url: () => string): Promise<void> {
    for (let number = 0; this.running; number += 1) {
      const rows = Array.from({ length: EVENTS_PER_REQUEST }, (_, row) => `event ${number}-${row}`);
      const fate = await this.sendUntilTaken(url, rows);
      if (fate === "acknowledged") this.acknowledged.push(...rows);
      else this.brokenOff += 1;
    }
  }

  private async sendUntilTaken(
    url: () => string,
    rows: readonly string[],
  ): Promise<"acknowledged" | "unknown"> {
    const body = JSON.stringify(rows.map((message) => ({ message, service: EVENT_SERVICE })));
    const endMs = performance.now() + REFUSED_MS_MAX;
    for (;;) {
      const fate = await post(url(), body);
      if (fate !== "refused") return fate;
      this.refusals += 1;
      if (performance.now() > endMs) throw new Error(`${url()} took nothing for too long`);
      await delay(RETRY_MS);
    }
  }
}

function post(url: string, body: string): Promise<Fate> {
  return new Promise((resolve) => {
    // A connection of its own: one that is kept may be closed just as it is used again.
    const headers = { "content-type": "application/json" };
    const sent = request(url, { method: "POST", agent: false, headers });
    sent.on("response", (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? "acknowledged" : "refused");
    });
    sent.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code === "ECONNREFUSED" ? "refused" : "unknown");
    });
    sent.end(body);
  });
}

/** Appends lines to a file that is followed. */
export class LineWriter {
  readonly written: string[] = [];
  private running = true;
  private readonly writing: Promise<void>;

  /** @param file in a folder that is there. */
  constructor(file: string) {
    this.writing = this.run(file);
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.writing;
  }

  private async run(file: string): Promise<void> {
    while (this.running) {
      const from = this.written.length;
      const lines = Array.from({ length: LINES_PER_WRITE }, (_, line) => `line ${from + line}`);
      await appendFile(file, `${lines.join("\n")}\n`);
      this.written.push(...lines);
      await delay(WRITE_EVERY_MS);
    }
  }
}
