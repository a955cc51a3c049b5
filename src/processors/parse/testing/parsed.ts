import type { z } from "zod";
import { type Attribute, attributeValue } from "#core/attributes.ts";
import { LogBuilder, type LogInput } from "#core/build/log-builder.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { logRow, type LogRow } from "#core/row-views.ts";
import type { Processor, ProcessorContext } from "#pipeline/component.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { createMeter } from "#telemetry/meter.ts";
import { parse } from "../parse.ts";
import { settings } from "../settings.ts";

export type Written = z.input<typeof settings>;

/** 2025-06-15T15:06:40Z, which is the time of the clock. */
export const OBSERVED_NS = 1_750_000_000_000_000_000n;
const NOW_MS = 1_750_000_000_000;

export function processorOf(written: Written, meter = createMeter()): Processor {
  const context = {
    name: "parse",
    clock: new FakeClock(),
    meter,
    timeWindow: () => ({ oldestMs: NOW_MS - 30 * 86_400_000, newestMs: NOW_MS + 600_000 }),
  } as unknown as ProcessorContext;
  return parse.create(settings.parse(written), context);
}

export function recordsOf(...inputs: readonly LogInput[]): LogBatch {
  const builder = new LogBuilder({
    observedNs: OBSERVED_NS,
    window: { oldestMs: 0, newestMs: 8e15 },
  });
  builder.group({ "service.name": "shop" });
  for (const input of inputs) builder.add(input);
  return builder.finish(0);
}

/** The record after it was parsed. */
export function parsed(input: string | LogInput, written: Written = {}): LogRow {
  const batch = recordsOf(typeof input === "string" ? { body: input } : input);
  processorOf(written).process(batch, "default");
  return logRow(batch, 0);
}

export const plain = (attributes: readonly Attribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value, type }) => [key, attributeValue(value, type)]));

export const fieldsOf = (
  input: string | LogInput,
  written: Written = {},
): Record<string, unknown> => plain(parsed(input, written).attributes);

/** Lines as pino, logrus, slog, nginx and Apache write them. */
export const PINO =
  '{"level":30,"time":1749999990123,"pid":4711,"hostname":"web-1","reqId":"req-7","req":{"method":"GET","url":"/cart?id=1","remotePort":53422},"responseTime":12.5,"ok":true,"msg":"request completed"}';
export const LOGRUS =
  'time="2025-06-15T15:06:30Z" level=warning msg="slow \\"query\\"" duration=1.5 rows=12 cached=false err=EOF empty=';
export const SLOG =
  "time=2025-06-15T15:06:30.123+02:00 level=INFO msg=starting addr=:8080 version=1.2.3 retry=0";
export const NGINX =
  '203.0.113.7 - alice [15/Jun/2025:15:06:30 +0000] "GET /products/42?ref=mail HTTP/1.1" 502 157 "https://example.com/start" "Mozilla/5.0 (X11; Linux x86_64)"';
export const APACHE_COMMON =
  '127.0.0.1 - - [15/Jun/2025:17:06:30 +0200] "POST /login HTTP/1.0" 200 -';
