import { ATTRIBUTE_TYPES, Resource, Scope } from "#core/attributes.ts";
import { type Clock, systemClock } from "#core/clock.ts";
import type { LogRow } from "#core/row-views.ts";
import { createLogger } from "#telemetry/log.ts";
import type { LogRecord } from "#telemetry/log.ts";
import type { Destination } from "../../component.ts";
import { openJournal } from "../../journal/journal.ts";
import type { Journal, JournalConsumerOptions } from "../../journal/journal.ts";
import { SimulatedDisk } from "../../journal/simulated-disk.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { PartialDeliveryError } from "../delivery.ts";
import type { Delivery, DeliveryBounds, Row } from "../delivery.ts";
import { DeliveringDestination, type DeliveringOptions } from "../delivering-destination.ts";
import { deliverySettingsSchema } from "../delivery-settings.ts";
import type { DeliverySettings } from "../delivery-settings.ts";
import type { RecordRow, RowsOfRecord } from "../portion-gatherer.ts";

// What the tests of delivery share: a journal on a simulated disk whose records are lists of texts,
// and a world outside that remembers what reached it.

const FOLDER = "/journal";
const ROWS_MS = 1_750_000_000_000;
const ROWS_NS = BigInt(ROWS_MS) * 1_000_000n;
const RESOURCE = new Resource([
  { key: "service.name", value: "shop", type: ATTRIBUTE_TYPES.string },
]);

export function logRowOf(body: string): LogRow {
  return {
    resource: RESOURCE,
    scope: new Scope("library", "1"),
    time: ROWS_NS,
    observedTime: ROWS_NS,
    traceId: "0".repeat(32),
    spanId: "0".repeat(16),
    flags: 0,
    severity: 9,
    severityText: "INFO",
    body,
    bodyType: ATTRIBUTE_TYPES.string,
    eventName: "",
    weight: 1,
    attributes: [],
    droppedAttributes: 0,
  };
}

export function textOf({ row }: Row): string {
  return "body" in row ? row.body : "";
}

/** A record's payload is `org` and texts in JSON. */
export const rowsOfTexts: RowsOfRecord = function* (record): Iterable<RecordRow> {
  const { org, texts } = JSON.parse(record.payload.toString()) as { org: string; texts: string[] };
  for (const text of texts) {
    if (text === "unreadable") throw new RangeError("a row that is not readable");
    yield { org, row: { kind: "log", row: logRowOf(text) }, bytes: text.length };
  }
};

export async function appendTexts(
  journal: Journal,
  texts: readonly string[],
  org = "default",
): Promise<void> {
  const payload = [Buffer.from(JSON.stringify({ org, texts }))];
  await journal.append({ signal: "logs", rows: texts.length, payload });
}

/** `a0`, `a1` … */
export function texts(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}${index}`);
}

/** The world outside: what it was sent, and what it answers. */
export class World implements Destination {
  readonly bounds: DeliveryBounds;
  /** What was taken, in order. */
  readonly taken: { key: string; texts: string[] }[] = [];
  /** Every attempt, taken or not. */
  readonly attempts: { key: string; texts: string[]; attempt: number; atMs: number }[] = [];
  readonly rowKeys = new Map<string, Set<string>>();
  /** Throws what is to be answered; what it does not throw at is taken. */
  answer: (delivery: Delivery, cancel: AbortSignal) => Promise<void> | void = () => {};
  readonly #clock: FakeClock;

  constructor(clock: FakeClock, bounds: Partial<DeliveryBounds> = {}) {
    this.#clock = clock;
    this.bounds = { rowsMax: 10, bytesMax: 1_000_000, waitMsMax: 100, ...bounds };
  }

  /** The same world, for another run that goes on from here. */
  copy(clock: FakeClock): World {
    const copy = new World(clock, this.bounds);
    copy.taken.push(...this.taken);
    copy.attempts.push(...this.attempts);
    for (const [text, keys] of this.rowKeys) copy.rowKeys.set(text, new Set(keys));
    return copy;
  }

  get received(): string[] {
    return this.taken.flatMap((delivery) => delivery.texts);
  }

  async send(delivery: Delivery, cancel: AbortSignal): Promise<void> {
    const { key, attempt, rows } = delivery;
    const sent = rows.map(textOf);
    this.attempts.push({ key, texts: sent, attempt, atMs: this.#clock.monotonicMs() });
    try {
      await this.answer(delivery, cancel);
    } catch (error) {
      if (error instanceof PartialDeliveryError) {
        const left = new Set([...error.again, ...error.refused.map(({ index }) => index)]);
        this.take(delivery, (index) => !left.has(index));
      }
      throw error;
    }
    this.take(delivery, () => true);
  }

  take(delivery: Delivery, isTaken: (index: number) => boolean): void {
    const rows = delivery.rows.map(textOf);
    this.taken.push({ key: delivery.key, texts: rows.filter((_, index) => isTaken(index)) });
    for (const [index, text] of rows.entries()) {
      const keys = this.rowKeys.get(text) ?? new Set();
      if (isTaken(index)) this.rowKeys.set(text, keys.add(delivery.rowKey(index)));
    }
  }
}

export interface Setting<C extends Clock = FakeClock> {
  readonly clock: C;
  readonly disk: SimulatedDisk;
  readonly journal: Journal;
  readonly records: LogRecord[];
}

interface SettingOptions {
  readonly disk?: SimulatedDisk;
  readonly consumers?: readonly JournalConsumerOptions[];
}

export function openSetting({
  clock = new FakeClock(),
  ...options
}: SettingOptions & { readonly clock?: FakeClock }): Promise<Setting> {
  return openSettingAt(clock, options);
}

async function openSettingAt<C extends Clock>(
  clock: C,
  options: SettingOptions,
): Promise<Setting<C>> {
  const { disk = new SimulatedDisk() } = options;
  const { consumers = [{ name: "webhook", policy: "drop_oldest", bytesMax: 1 << 30 }] } = options;
  let nonce = 0;
  const journal = await openJournal({
    folder: FOLDER,
    consumers,
    clock,
    files: disk,
    // Small files, since the simulated disk copies them at each write.
    limits: { segmentBytesMax: 262_144, markEveryBytes: 16_384 },
    random: (bytes) => Buffer.alloc(bytes, (nonce += 1)),
  });
  return { clock, disk, journal, records: [] };
}

export function deliveringTo(
  destination: Destination,
  setting: Setting<Clock>,
  settings: Partial<DeliverySettings> = {},
  name = "webhook",
  chosen: Pick<DeliveringOptions, "isWanted" | "wantedMark"> = {},
): DeliveringDestination {
  const { clock, disk, journal, records } = setting;
  return new DeliveringDestination({
    pipeline: "main",
    name,
    consumer: journal.consumer(name),
    destination,
    settings: { ...deliverySettingsSchema.parse({}), ...settings },
    ...chosen,
    rowsOfRecord: rowsOfTexts,
    folder: "/delivery",
    clock,
    random: () => 0.5,
    log: createLogger({ level: "debug", clock, sink: (record) => records.push(record) }),
    files: disk,
    newIdentity: () => "0123456789abcdef",
  });
}

/** The real time's pace, from the time on that the rows of {@link logRowOf} have. */
export function clockOfRows(): Clock {
  const beganMs = systemClock.monotonicMs();
  const nowMs = (): number => ROWS_MS + systemClock.monotonicMs() - beganMs;
  return { ...systemClock, nowMs };
}

/** Delivers to a destination that speaks to a server over the real network, in which no time can be moved. */
export async function deliveringOverNetwork(
  destination: Destination,
  clock: Clock,
): Promise<{ readonly journal: Journal; readonly delivering: DeliveringDestination }> {
  const setting = await openSettingAt(clock, {});
  const delivering = deliveringTo(destination, setting, { retryDelay: 50, retryAfterMax: 50 });
  return { journal: setting.journal, delivering };
}

/** Stops while the time goes on. */
export async function stopped(
  clock: FakeClock,
  ...all: readonly { stop(): Promise<void> }[]
): Promise<void> {
  let count = 0;
  for (const one of all) void one.stop().then(() => (count += 1));
  await clock.advanceUntil(() => count === all.length);
}
