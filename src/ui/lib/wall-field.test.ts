import { describe, expect, test } from "vitest";
import { momentOfReading, readWallField, wallNote } from "./wall-field.ts";

const utc = (ms: number | undefined): string =>
  ms === undefined ? "" : new Date(ms).toISOString();

describe("a field for day and time", () => {
  test("means one moment on most days, whose offset is told", () => {
    const reading = readWallField("2026-11-21T07:30", "America/New_York");
    expect(utc(momentOfReading(reading, "first"))).toBe("2026-11-21T12:30:00.000Z");
    expect(wallNote(reading, "America/New_York")).toBe("UTC−5");
  });

  test("lets choose between the two where the clocks were put back", () => {
    const reading = readWallField("2026-11-01T01:30:00", "America/New_York");
    expect(reading.kind).toBe("twice");
    expect(utc(momentOfReading(reading, "first"))).toBe("2026-11-01T05:30:00.000Z");
    expect(utc(momentOfReading(reading, "second"))).toBe("2026-11-01T06:30:00.000Z");
    expect(wallNote(reading, "America/New_York")).toContain("twice");
  });

  test.each([
    ["2026-03-29T01:30", "Europe/London", "2026-03-29T01:30:00.000Z"],
    ["2026-10-04T02:10", "Australia/Lord_Howe", "2026-10-03T15:40:00.000Z"],
  ])("says that %s was skipped in %s, and goes on after it", (text, zone, moment) => {
    const reading = readWallField(text, zone);
    expect(reading.kind).toBe("skipped");
    expect(utc(momentOfReading(reading, "first"))).toBe(moment);
    expect(wallNote(reading, zone)).toContain("put forward");
  });

  test("means nothing while it is not complete", () => {
    const reading = readWallField("", "UTC");
    expect(reading).toEqual({ kind: "none" });
    expect(momentOfReading(reading, "first")).toBeUndefined();
  });
});
