import { describe, expect, it } from "vitest";
import { getPartitionKey, partitionEvents } from "./partitions.ts";

const event = { timestamp: "2025-01-15T10:30:00.000Z", type: "test" };

describe("the partition of an event", () => {
  it.each([
    ["year/month/day", "year=2025/month=01/day=15"],
    ["year-month-day", "2025-01-15"],
    ["year/month/day/hour", "year=2025/month=01/day=15/hour=10"],
  ] as const)("as %s is %s", (format, partition) => {
    expect(getPartitionKey(event, format, 0)).toBe(partition);
  });

  it("is by UTC, whatever the offset", () => {
    const late = { timestamp: "2025-01-15T23:30:00-06:00" };
    expect(getPartitionKey(late, "year/month/day/hour", 0)).toBe(
      "year=2025/month=01/day=16/hour=05",
    );
  });

  it("is that of now for an event without a time", () => {
    const nowMs = Date.UTC(2026, 1, 3);
    expect(getPartitionKey({}, "year-month-day", nowMs)).toBe("2026-02-03");
    expect(getPartitionKey({ timestamp: "soon" }, "year-month-day", nowMs)).toBe("2026-02-03");
  });
});

describe("events by partition", () => {
  const events = [
    { timestamp: "2025-01-15T10:00:00.000Z", type: "test1" },
    { timestamp: "2025-01-15T11:00:00.000Z", type: "test2" },
    { timestamp: "2025-01-16T10:00:00.000Z", type: "test3" },
  ];

  it("are grouped in order", () => {
    const format = { partitioning: true, partitionFormat: "year-month-day" } as const;
    expect(partitionEvents(events, format, 0)).toEqual({
      "2025-01-15": [events[0], events[1]],
      "2025-01-16": [events[2]],
    });
  });

  it("are all in one without partitioning", () => {
    const format = { partitioning: false, partitionFormat: "year-month-day" } as const;
    expect(partitionEvents(events, format, 0)).toEqual({ default: events });
  });
});
