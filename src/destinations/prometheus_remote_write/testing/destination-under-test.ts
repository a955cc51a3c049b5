import { systemClock } from "#core/clock.ts";
import type { Clock } from "#core/clock.ts";
import { createLogger } from "#telemetry/log.ts";
import { createMeter } from "#telemetry/meter.ts";
import { prometheusRemoteWrite, RemoteWriteDestination } from "../destination.ts";

/** A destination of a test, and what it has logged. */
export interface DestinationUnderTest {
  readonly destination: RemoteWriteDestination;
  readonly logged: unknown[];
}

/** A destination that writes to an address of this machine; whoever makes it stops it. */
export function destinationTo(
  url: string,
  settings: object = {},
  clock: Clock = systemClock,
): DestinationUnderTest {
  const parsed = prometheusRemoteWrite.settings.parse({ url, allowPrivate: true, ...settings });
  const logged: unknown[] = [];
  const log = createLogger({ level: "warn", clock, sink: (record) => void logged.push(record) });
  const destination = new RemoteWriteDestination(parsed, { clock, log, meter: createMeter() });
  return { destination, logged };
}
