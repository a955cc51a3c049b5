import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { eventOfLogRow } from "#core/event-record.ts";
import {
  startTail,
  stopTails,
  type TailUnderTest,
} from "#pipeline/tail/testing/tail-under-test.ts";
import { eventStream } from "./receiver.ts";

afterEach(stopTails);

async function started(
  settings: Readonly<Record<string, unknown>> = {},
  fill?: (folder: string) => void,
): Promise<TailUnderTest> {
  return startTail(eventStream, (eventsDir) => ({ eventsDir, ...settings }), fill);
}

const line = (event: unknown): string => `${JSON.stringify(event)}\n`;

describe("an event", () => {
  it("comes out as it was, with its file and source", async () => {
    const event = {
      id: "e1",
      event_type: "task_completed",
      level: "error",
      message: "it failed",
      timestamp: new Date(Date.now() - 5_000).toISOString(),
      worker_id: "w-1",
      tokens: 12,
      nested: { a: [1, "b", null] },
      ok: false,
    };
    const { pushed, clock } = await started({ resource: { "service.name": "cortex" } }, (folder) =>
      writeFileSync(join(folder, "tasks.jsonl"), line(event)),
    );
    const row = pushed.logs[0]!;
    expect(row).toMatchObject({ body: "it failed", eventName: "task_completed", severity: 17 });
    expect(row.resource.service).toBe("cortex");
    expect(row.time).toBe(BigInt(Date.parse(event.timestamp)) * 1_000_000n);
    expect(eventOfLogRow(row)).toEqual({
      ...event,
      _eventFile: "tasks.jsonl",
      _source: {
        name: "receiver/under_test",
        type: "event-stream",
        timestamp: new Date(clock.nowMs()).toISOString(),
      },
    });
  });

  it("that names its service is of that service", async () => {
    const { pushed } = await started({}, (folder) =>
      writeFileSync(join(folder, "a.jsonl"), line({ service: "shop", message: "x" })),
    );
    expect(pushed.logs[0]!.resource.service).toBe("shop");
  });

  it("is kept as text, and says why, where its line is no JSON object", async () => {
    const { pushed } = await started({}, (folder) =>
      writeFileSync(join(folder, "a.jsonl"), `{broken\n[1]\n  \n${"x".repeat(300_000)}\n{}\n`),
    );
    expect(pushed.logs.map(({ body }) => body.slice(0, 8))).toEqual([
      "{broken",
      "[1]",
      "xxxxxxxx",
      "",
    ]);
    const reasons = pushed.logs.map((row) => eventOfLogRow(row)["_eventError"]);
    expect(reasons).toEqual([
      expect.stringContaining("JSON"),
      "found JSON that is no object",
      "the line is longer than 262144 bytes",
      undefined,
    ]);
    const counter = pushed.meter
      .snapshot()
      .find(({ name }) => name === "sightglass_event_stream_unparsed_total");
    expect(counter?.points).toMatchObject([{ value: 3 }]);
  });

  it("older than rows may be is left out, counted and logged", async () => {
    const { pushed } = await started({}, (folder) =>
      writeFileSync(
        join(folder, "a.jsonl"),
        line({ timestamp: "2001-01-01T00:00:00Z", message: "old" }) + line({ message: "new" }),
      ),
    );
    expect(pushed.logs.map(({ body }) => body)).toEqual(["new"]);
    expect(pushed.errors.join("\n")).toContain("older than retention keeps");
  });
});

describe("files", () => {
  it("are those of the types that were asked for, and new ones are found", async () => {
    const { pushed, look, folder } = await started({ eventTypes: ["task", "worker"] }, (dir) => {
      writeFileSync(join(dir, "task-events.jsonl"), line({ message: "task" }));
      writeFileSync(join(dir, "routing.jsonl"), line({ message: "routing" }));
      writeFileSync(join(dir, "task.txt"), line({ message: "no JSONL" }));
    });
    writeFileSync(join(folder, "workers.jsonl"), line({ message: "worker" }));
    await look();
    expect(pushed.logs.map(({ body }) => body)).toEqual(["task", "worker"]);
  });

  it("are followed in half-written lines, and from the byte after a restart", async () => {
    const whole = line({ message: "grüße" });
    const { pushed, look, folder, stop, again } = await started();
    const path = join(folder, "a.jsonl");
    const bytes = Buffer.from(whole);
    const middle = bytes.indexOf(0xc3) + 1;
    writeFileSync(path, bytes.subarray(0, middle));
    await look();
    expect(pushed.logs).toEqual([]);
    await stop();
    appendFileSync(path, bytes.subarray(middle));
    const second = await again();
    expect(second.pushed.logs.map(({ body }) => body)).toEqual(["grüße"]);
    await second.stop();
    expect((await second.again()).pushed.logs).toEqual([]);
  });
});

it("has the names and defaults of seed 003", () => {
  expect(eventStream.settings.parse({})).toMatchObject({
    eventsDir: "coordination/events",
    eventTypes: ["all"],
    watchInterval: 1_000,
  });
  expect(() => eventStream.settings.parse({ eventDir: "x" })).toThrow("eventDir");
});
