import { finished } from "node:stream/promises";
import { pino } from "pino";
import { pinoLoki } from "pino-loki";
import { afterEach, describe, expect, it } from "vitest";
import winston from "winston";
import LokiTransport from "winston-loki";
import { startReceiver, stopReceivers, textsOf } from "#pipeline/testing/receiver-under-test.ts";
import { until } from "#pipeline/testing/until.ts";
import { loki } from "./receiver.ts";

afterEach(stopReceivers);

describe("Loki's clients", () => {
  it("pino-loki is understood, with its labels and levels", async () => {
    const { url, pushed } = await startReceiver(loki, { token: "secret" });
    const transport = pinoLoki({
      host: url,
      labels: { service_name: "shop", env: "test" },
      batching: false,
      structuredMetaKey: "meta",
      basicAuth: { username: "anyone", password: "secret" },
    });
    const logger = pino({ level: "debug" }, transport);
    logger.warn({ meta: { trace_id: "0af7651916cd43dd8448eb211c80319c", user: "7" } }, "low stock");
    logger.error("out of stock");
    await until(() => pushed.logs.length === 2);
    transport.end();
    await finished(transport);
    const [low, out] = pushed.logs;
    expect(low!.body).toContain("low stock");
    expect(low).toMatchObject({ severity: 13, traceId: "0af7651916cd43dd8448eb211c80319c" });
    expect(textsOf(low!.attributes)).toEqual({ user: "7" });
    expect(low!.resource.service).toBe("shop");
    expect(textsOf(low!.resource.attributes)).toMatchObject({
      "service.name": "shop",
      "deployment.environment.name": "test",
    });
    expect(out).toMatchObject({ severity: 17, severityText: "error" });
    expect(Math.abs(Number(out!.time / 1_000_000n) - Date.now())).toBeLessThan(60_000);
  });

  it.each([
    ["protobuf and Snappy", false],
    ["JSON", true],
  ])("winston-loki is understood, as %s", async (_form, json) => {
    const { url, pushed } = await startReceiver(loki, { token: "secret" });
    const transport = new LokiTransport({
      host: url,
      json,
      labels: { app: "basket", pod: "basket-7" },
      basicAuth: "anyone:secret",
      batching: false,
      gracefulShutdown: false,
    });
    const logger = winston.createLogger({ level: "debug", transports: [transport] });
    logger.info("änderung");
    logger.error("failed", { labels: { zone: "eu-1" } });
    await until(() => pushed.logs.length === 2);
    logger.close();
    const [info, failed] = pushed.logs;
    expect(info!.body).toContain("änderung");
    expect(info).toMatchObject({ severity: 9, severityText: "info" });
    expect(info!.resource.service).toBe("basket");
    expect(textsOf(info!.resource.attributes)).toEqual({
      app: "basket",
      "service.name": "basket",
      "k8s.pod.name": "basket-7",
    });
    expect(failed!.severity).toBe(17);
    expect(Object.keys(textsOf(failed!.resource.attributes))).toContain("zone");
  });
});
