import { describe, expect, test } from "vitest";
import {
  knownZones,
  momentOf,
  momentsOf,
  offsetText,
  startOfDay,
  wallTime,
  type WallTime,
  zoneOf,
  zoneWords,
} from "./zone.ts";

const NEW_YORK = "America/New_York";
const LONDON = "Europe/London";
const LORD_HOWE = "Australia/Lord_Howe";

const at = (text: string): number => Date.parse(text);
const utc = (moment: number): string => new Date(moment).toISOString();
const wall = (text: string): WallTime => wallTime(at(`${text}Z`), "UTC");

describe("the clocks of a zone", () => {
  test.each([
    // Put forward by an hour at 02:00.
    [NEW_YORK, "2026-03-08T01:59:59", ["2026-03-08T06:59:59.000Z"]],
    [NEW_YORK, "2026-03-08T02:30:00", []],
    [NEW_YORK, "2026-03-08T03:00:00", ["2026-03-08T07:00:00.000Z"]],
    // Put back by an hour at 02:00.
    [NEW_YORK, "2026-11-01T00:59:59", ["2026-11-01T04:59:59.000Z"]],
    [NEW_YORK, "2026-11-01T01:30:00", ["2026-11-01T05:30:00.000Z", "2026-11-01T06:30:00.000Z"]],
    [NEW_YORK, "2026-11-01T02:00:00", ["2026-11-01T07:00:00.000Z"]],
    [LONDON, "2026-03-29T01:30:00", []],
    [LONDON, "2026-10-25T01:30:00", ["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"]],
    // By half an hour, in the other half of the year.
    [LORD_HOWE, "2026-10-04T02:15:00", []],
    [LORD_HOWE, "2026-10-04T02:30:00", ["2026-10-03T15:30:00.000Z"]],
    [LORD_HOWE, "2026-04-05T01:45:00", ["2026-04-04T14:45:00.000Z", "2026-04-04T15:15:00.000Z"]],
    [LORD_HOWE, "2026-04-05T01:15:00", ["2026-04-04T14:15:00.000Z"]],
    ["UTC", "2026-10-25T01:30:00", ["2026-10-25T01:30:00.000Z"]],
  ])("of %s show %s at %j", (zone, text, moments) => {
    expect(momentsOf(wall(text), zone).map(utc)).toEqual(moments);
  });

  test.each([
    [NEW_YORK, "2026-03-08T02:30:00", "2026-03-08T07:30:00.000Z", "03:30"],
    [LONDON, "2026-03-29T01:15:00", "2026-03-29T01:15:00.000Z", "02:15"],
    [LORD_HOWE, "2026-10-04T02:15:00", "2026-10-03T15:45:00.000Z", "02:45"],
  ])("of %s skip %s, which then means what comes after", (zone, text, moment, shown) => {
    const meant = momentOf(wall(text), zone);
    expect(utc(meant)).toBe(moment);
    const { hour, minute } = wallTime(meant, zone);
    expect(`0${hour}:${minute}`).toBe(shown);
  });

  test("show every moment of a year so that it is found again", () => {
    for (const zone of [NEW_YORK, LONDON, LORD_HOWE, "Asia/Kathmandu", "Africa/Casablanca"]) {
      for (let hours = 0; hours < 366 * 24; hours += 4.5) {
        const moment = at("2026-01-01T00:07:00Z") + hours * 3_600_000;
        expect(momentsOf(wallTime(moment, zone), zone)).toContain(moment);
      }
    }
  });

  test("are told by their offset, which the season changes", () => {
    expect(offsetText(at("2026-01-10T12:00:00Z"), NEW_YORK)).toBe("UTC−5");
    expect(offsetText(at("2026-07-10T12:00:00Z"), NEW_YORK)).toBe("UTC−4");
    expect(offsetText(at("2026-01-10T12:00:00Z"), LORD_HOWE)).toBe("UTC+11");
    expect(offsetText(at("2026-07-10T12:00:00Z"), LORD_HOWE)).toBe("UTC+10:30");
    expect(offsetText(at("2026-01-10T12:00:00Z"), LONDON)).toBe("UTC");
    expect(offsetText(at("2026-01-10T12:00:00Z"), "UTC")).toBe("UTC");
  });
});

describe("a day", () => {
  const hoursOf = (text: string, zone: string): number =>
    (startOfDay(at(text), zone, 1) - startOfDay(at(text), zone)) / 3_600_000;

  test("has as many hours as its clocks give it", () => {
    expect(hoursOf("2026-11-21T12:00:00Z", NEW_YORK)).toBe(24);
    expect(hoursOf("2026-03-08T12:00:00Z", NEW_YORK)).toBe(23);
    expect(hoursOf("2026-11-01T12:00:00Z", NEW_YORK)).toBe(25);
    expect(hoursOf("2026-04-05T00:00:00Z", LORD_HOWE)).toBe(24.5);
  });

  test("starts later where the clocks skip midnight", () => {
    // Beirut puts its clocks forward at 00:00.
    const start = startOfDay(at("2026-03-29T10:00:00Z"), "Asia/Beirut");
    expect(utc(start)).toBe("2026-03-28T22:00:00.000Z");
    expect(wallTime(start, "Asia/Beirut")).toMatchObject({ day: 29, hour: 1, minute: 0 });
  });
});

describe("the name of a zone", () => {
  test.each([
    ["europe/london", LONDON],
    ["UTC", "UTC"],
    ["utc", "UTC"],
    ["Etc/UTC", "UTC"],
    ["Mars/Olympus", undefined],
    ["+02:00", undefined],
    ["", undefined],
    [["UTC"], undefined],
    ["<img>", undefined],
  ])("%j is %j", (value, zone) => {
    expect(zoneOf(value)).toBe(zone);
  });

  test("is the one of today, whatever browsers list it under", () => {
    expect(zoneWords("Asia/Calcutta")).toBe("Asia/Kolkata");
    expect(zoneWords(NEW_YORK)).toBe("America/New York");
  });

  test("is known for every zone that is offered", () => {
    const zones = knownZones();
    expect(zones[0]).toBe("UTC");
    expect(zones).toContain(LORD_HOWE);
    expect(zones.filter((zone) => zoneOf(zone) === undefined)).toEqual([]);
  });
});
