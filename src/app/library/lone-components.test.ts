import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  EnricherProcessor,
  EventStreamSource,
  FilterProcessor,
  JSONLDestination,
  PassthroughProcessor,
  PIIRedactorProcessor,
  PostgreSQLDestination,
  S3Destination,
  SamplerProcessor,
  WebhookDestination,
} from "sightglass/pipeline/components";
import { enterFolder, type Event, eventsOf } from "./testing/working-folder.ts";

const WAIT = { timeout: 10_000, interval: 20 };
let leaveFolder: () => void;
beforeEach(() => {
  leaveFolder = enterFolder();
});
afterEach(() => {
  leaveFolder();
});

describe("a processor by itself", () => {
  it("gives back the event as it leaves it, or null", async () => {
    const redactor = new PIIRedactorProcessor({ redactionMode: "remove" });
    const event = { id: "1", type: "x", message: "mail bob@example.com" };
    expect(await redactor.process(event)).toMatchObject({ id: "1", message: "mail [REDACTED]" });
    expect(event.message).toBe("mail bob@example.com");
    const filter = new FilterProcessor({ dropLevels: ["debug"] });
    await filter.initialize();
    expect(await filter.process({ id: "1", type: "x", level: "debug", message: "m" })).toBeNull();
    const kept = await filter.process({ id: "2", type: "x", level: "error", message: "m" });
    expect(kept).toMatchObject({ id: "2" });
    expect(filter.metrics).toMatchObject({ events_processed: 2, events_failed: 0 });
    expect(filter.getStats()).toMatchObject({ total_evaluated: 2, dropped_by_level: 1 });
    const enricher = new EnricherProcessor({ enrichments: ["hostname"] });
    expect(await enricher.process({ id: "3", type: "x" })).toHaveProperty("hostname");
    const same = { id: "4" };
    expect(await new PassthroughProcessor().process(same)).toBe(same);
  });

  it("says at once what is wrong with its settings", async () => {
    await expect(new SamplerProcessor({ name: "Half", errorRate: 2 }).initialize()).rejects.toThrow(
      /Half cannot be made:\nprocessor Half\.errorRate/,
    );
  });
});

describe("a source by itself", () => {
  it("emits each event with where it came from, until it is stopped, and goes on from there", async () => {
    mkdirSync("events");
    writeFileSync("events/a.jsonl", '{"id":"1"}\n');
    const made = () => new EventStreamSource({ name: "E", eventsDir: "events", watchInterval: 50 });
    const seen: Event[] = [];
    const hear = async () => {
      const source = made();
      source.on("event", (event: Event) => seen.push(event));
      await source.start();
      return source;
    };
    const first = await hear();
    await vi.waitFor(() => expect(seen).toHaveLength(1), WAIT);
    expect(seen[0]).toMatchObject({ id: "1", _source: { name: "E", type: "event-stream" } });
    expect(first.metrics.events_processed).toBe(1);
    await first.stop();
    appendFileSync("events/a.jsonl", '{"id":"2"}\n');
    const second = await hear();
    await vi.waitFor(() => expect(seen.map((event) => event["id"])).toEqual(["1", "2"]), WAIT);
    await second.stop();
  });
});

describe("a destination by itself", () => {
  it("keeps events until there are enough, or it is flushed or shut down", async () => {
    const destination = new JSONLDestination({
      outputPath: "out.jsonl",
      rotateDaily: false,
    });
    const flushed: unknown[] = [];
    destination.on("flush", (one) => flushed.push(one));
    await destination.write({ id: "1" });
    await destination.write({ id: "2" });
    await destination.flush();
    await destination.sendBatch([{ id: "3" }, { id: "4" }]);
    await destination.send({ id: "5" });
    await destination.write({ id: "6" });
    await destination.shutdown();
    expect(eventsOf("out.jsonl").map(({ id }) => id)).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(eventsOf("out.jsonl")[0]).toMatchObject({
      _destination: { name: "JSONLDestination", type: "jsonl" },
    });
    expect(flushed).toEqual([{ count: 2 }, { count: 2 }, { count: 1 }, { count: 1 }]);
    expect(destination.metrics).toMatchObject({ events_processed: 6, events_failed: 0 });
  });

  it("flushes by itself when it is told to", async () => {
    const destination = new JSONLDestination({
      outputPath: "out.jsonl",
      rotateDaily: false,
      customFilter: (event: Event) => event["id"] !== "no",
    });
    destination.startAutoFlush();
    await destination.write({ id: "1" });
    await destination.write({ id: "no" });
    await vi.waitFor(() => expect(eventsOf("out.jsonl")).toMatchObject([{ id: "1" }]), WAIT);
    await destination.shutdown();
  });

  it("keeps what a flush could not send, and tells what will never be taken", async () => {
    const service = new Service();
    const url = await service.listen();
    const destination = new WebhookDestination({
      url,
      allowPrivate: true,
      maxRetries: 0,
      flushInterval: 60_000,
    });
    const never: unknown[] = [];
    destination.on("delivery_error", ({ event }: { event: Event }) => never.push(event["id"]));
    service.status = 500;
    await destination.write({ id: "1" });
    await expect(destination.flush()).rejects.toThrow(/1 of 1 events were not taken/);
    service.status = 200;
    await destination.write({ id: "poison" });
    await expect(destination.flush()).rejects.toThrow(/1 of 2 events were not taken/);
    expect(service.taken).toEqual(["1"]);
    expect(never).toEqual(["poison"]);
    await destination.shutdown();
    await service.close();
  });
});

describe("what seed 003's destinations can be asked", () => {
  it("is the row that PostgreSQL gets of an event", () => {
    const destination = new PostgreSQLDestination({ user: "u", password: "p", database: "d" });
    expect(
      destination.extractRowData({
        type: "task",
        level: "error",
        cost_estimate: { total_cost_usd: 2 },
      }),
    ).toMatchObject({ event_type: "task", event_level: "error", cost_usd: 2 });
  });

  it("is the partition that S3 keeps an event in", () => {
    const event = { timestamp: "2025-01-15T10:00:00Z" };
    expect(new S3Destination({ bucket: "b" }).getPartitionKey(event)).toBe(
      "year=2025/month=01/day=15",
    );
    const hourly = new S3Destination({ bucket: "b", partitionFormat: "year/month/day/hour" });
    expect(hourly.partitionEvents([event, { ...event, id: "2" }])).toEqual({
      "year=2025/month=01/day=15/hour=10": [event, { ...event, id: "2" }],
    });
    const whole = new S3Destination({ bucket: "b", partitioning: false });
    expect(Object.keys(whole.partitionEvents([event]))).toEqual(["default"]);
  });
});

/** Takes events but those with `poison` as their id. */
class Service {
  readonly taken: unknown[] = [];
  status = 200;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString()));
      request.on("end", () => {
        if (this.status !== 200 || body.includes("poison")) {
          response.writeHead(this.status === 200 ? 422 : this.status).end();
          return;
        }
        this.taken.push(...(JSON.parse(body) as Event[]).map(({ id }) => id));
        response.end();
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
