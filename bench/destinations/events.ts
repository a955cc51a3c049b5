import { LogBuilder } from "#core/build/log-builder.ts";
import { logInputOfEvent } from "#core/event-record.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { logRow } from "#core/row-views.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import type { Delivery, Row } from "#pipeline/delivery/delivery.ts";

const TYPES = [
  "task_started",
  "task_completed",
  "task_failed",
  "worker_heartbeat",
  "cost_reported",
];
const MASTERS = ["development", "security", "inventory", "cicd"];
const WORDS = "the worker took task from queue and wrote result after retry within budget".split(
  " ",
);

/** Events as an agent's pipeline has them, some 500 bytes of JSON each, no two alike. */
function eventAt(index: number, timeMs: number): object {
  const type = TYPES[index % TYPES.length]!;
  const failed = type === "task_failed";
  const word = (offset: number): string => WORDS[(index * 7 + offset * 13) % WORDS.length]!;
  return {
    id: `evt-${hex(index, timeMs)}`,
    timestamp: new Date(timeMs + index).toISOString(),
    type,
    level: failed ? "error" : "info",
    message: `${Array.from({ length: 9 }, (_, i) => word(i)).join(" ")} ${index}`,
    worker_id: `worker-${index % 97}`,
    task_id: `task-${hex(index >> 2, 7)}`,
    session_id: hex(index >> 3, 11),
    master_type: MASTERS[index % MASTERS.length],
    worker_type: index % 3 === 0 ? "implementation" : "review",
    ...(failed ? { error: `${word(3)} timed out after ${index % 30}s` } : {}),
    duration_ms: (index * 37) % 9_000,
    cost_estimate: { total_cost_usd: (index % 1_000) / 1e5, model: "large", tokens: index % 4_096 },
    hostname: `host-${index % 12}`,
    environment: "production",
    _source: { name: "CortexEvents", type: "event-stream" },
  };
}

/** Sixteen digits without a pattern, the same for the same numbers. */
function hex(index: number, salt: number): string {
  const mixed = BigInt.asUintN(64, (BigInt(index) + BigInt(salt)) * 0x9e37_79b9_7f4a_7c15n);
  const again = BigInt.asUintN(64, (mixed ^ (mixed >> 29n)) * 0xbf58_476d_1ce4_e5b9n);
  return (again ^ (again >> 32n)).toString(16).padStart(16, "0");
}

export type Shape = "full" | "small";

/** An event of eight fields, some 200 bytes, as the event pipeline's document has them. */
function smallEventAt(index: number, timeMs: number): object {
  const all = eventAt(index, timeMs) as Record<string, unknown>;
  const names = ["id", "timestamp", "type", "level", "message", "master_type", "duration_ms"];
  const error = all["error"] === undefined ? {} : { error: all["error"] };
  return { ...Object.fromEntries(names.map((name) => [name, all[name]])), ...error };
}

/** Which events are made. */
export interface EventsToMake {
  readonly count: number;
  /** The time of the first, in Unix milliseconds; each one comes a millisecond later. */
  readonly timeMs: number;
  readonly shape: Shape;
}

/** Rows of a batch, as a busy receiver has them. */
const BATCH_ROWS = 1_000;

/** As deliveries of so many rows each. */
export function deliveriesOf(events: EventsToMake, rowsEach: number): Delivery[] {
  return batchesOf(events, rowsEach).map((batch, number) => {
    const rows = Array.from({ length: batch.rows }, (_, row): Row => {
      return { kind: "log", row: logRow(batch, row) };
    });
    const key = `bench-${events.timeMs}-${number}`;
    return { org: DEFAULT_ORG, rows, key, rowKey: (index) => `${key}.${index}`, attempt: 1 };
  });
}

/** As batches, in order. */
export function batchesOf(
  { count, timeMs, shape }: EventsToMake,
  rowsEach = BATCH_ROWS,
): LogBatch[] {
  const makeEvent = shape === "full" ? eventAt : smallEventAt;
  const window = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };
  const observedNs = BigInt(timeMs) * 1_000_000n;
  return Array.from({ length: Math.ceil(count / rowsEach) }, (_, number) => {
    const builder = new LogBuilder({ observedNs, window });
    builder.group({ "service.name": "cortex" });
    const to = Math.min(count, (number + 1) * rowsEach);
    for (let index = number * rowsEach; index < to; index += 1)
      builder.add(logInputOfEvent(makeEvent(index, timeMs)));
    return builder.finish(1);
  });
}
