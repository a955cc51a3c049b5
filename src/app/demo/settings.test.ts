import { describe, expect, it } from "vitest";
import { ExitError } from "../exit-codes.ts";
import { demoSettings } from "./settings.ts";

const read = (options: Record<string, string | boolean>) => demoSettings({ options, words: [] });

describe("the demo's options", () => {
  it("have defaults that find a server on this machine", () => {
    expect(read({})).toEqual({
      protocol: "http",
      endpoint: new URL("http://127.0.0.1:4318/"),
      tracesPerSecond: 10,
      seed: 1,
      durationMs: undefined,
      incident: undefined,
      signals: ["traces", "logs", "metrics"],
      backfillMs: 0,
    });
    expect(read({ protocol: "grpc" }).endpoint.port).toBe("4317");
  });

  it("are read with their units", () => {
    const settings = read({
      duration: "1.5m",
      backfill: "2h",
      rate: "0.5",
      signals: "logs, traces",
      incident: "payment",
    });
    expect(settings).toMatchObject({
      durationMs: 90_000,
      backfillMs: 7_200_000,
      tracesPerSecond: 0.5,
      signals: ["logs", "traces"],
      incident: "payment",
    });
    expect(read({ "flat-out": true }).tracesPerSecond).toBeUndefined();
  });

  it.each([
    [{ rate: "fast" }, '--rate: found "fast", allowed: a number above 0'],
    [{ rate: "0" }, "--rate"],
    [{ duration: "10" }, '--duration: found "10", allowed: a time such as'],
    [{ endpoint: "localhost:4318" }, "--endpoint"],
    [{ protocol: "udp" }, '--protocol: found "udp", allowed: http, grpc'],
    [{ incident: "billing" }, "--incident"],
    [{ signals: "traces,profiles" }, '--signals: found "profiles"'],
    [{ seed: "-1" }, "--seed"],
    [{ rate: "5", "flat-out": true }, "exclude each other"],
  ])("%j are refused, saying what is allowed", (options, message) => {
    expect(() => read(options as Record<string, string>)).toThrow(ExitError);
    expect(() => read(options as Record<string, string>)).toThrow(message);
  });
});
