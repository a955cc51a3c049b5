import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export type Trouble = "none" | "dead" | "slow" | "limited" | "poison";

const SLOW_MS = 150;
/** Of ten seconds, so many answer 429. */
const LIMITED_MS = { every: 10_000, of: 5_000 };

/** What a webhook writes to, well or in trouble, and what came of it. */
export class FarSide {
  /** Rows by number, as they came for the first time. */
  readonly rows = new Set<number>();
  readonly delaysMs: number[] = [];
  repeated = 0;
  url = "";
  private trouble: Trouble;
  private readonly sentAt: readonly number[];
  private server: Server | undefined;

  /** @param sentAt when each row was sent, by its number. */
  static async start(trouble: Trouble, sentAt: readonly number[]): Promise<FarSide> {
    const side = new FarSide(trouble, sentAt);
    await side.listen(0);
    // Its port is closed, and nobody else's.
    if (trouble === "dead") await side.close();
    return side;
  }

  private constructor(trouble: Trouble, sentAt: readonly number[]) {
    this.trouble = trouble;
    this.sentAt = sentAt;
  }

  /** What is dead lives, and what is limited is so no more; poison is poison still. */
  async recover(): Promise<void> {
    if (this.trouble === "dead") await this.listen(Number(new URL(this.url).port));
    if (this.trouble !== "poison") this.trouble = "none";
  }

  async stop(): Promise<void> {
    await this.close();
  }

  /** Rows that came after one that came later at the other side: how senders' requests met is not its doing. */
  outOfOrder(other: FarSide): number {
    const places = new Map([...other.rows].map((row, place) => [row, place]));
    let latest = -1;
    let count = 0;
    for (const row of this.rows) {
      const place = places.get(row);
      if (place === undefined) continue;
      if (place < latest) count += 1;
      latest = Math.max(latest, place);
    }
    return count;
  }

  private async listen(port: number): Promise<void> {
    const server = createServer((request, response) => void this.answer(request, response));
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    this.server = server;
  }

  private async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString();
    if (this.trouble === "slow") await delay(SLOW_MS);
    if (this.trouble === "limited" && performance.now() % LIMITED_MS.every < LIMITED_MS.of) {
      response.writeHead(429, { "retry-after": "1" }).end();
      return;
    }
    if (this.trouble === "poison" && text.includes("poison")) {
      response.writeHead(400).end("a row of poison");
      return;
    }
    this.take(text);
    response.writeHead(204).end();
  }

  private take(text: string): void {
    const nowMs = performance.now();
    for (const [, digits] of text.matchAll(/"bench\.row":"?(\d+)/g)) {
      const number = Number(digits);
      if (this.rows.has(number)) {
        this.repeated += 1;
        continue;
      }
      this.rows.add(number);
      this.delaysMs.push(nowMs - this.sentAt[number]!);
    }
  }
}
