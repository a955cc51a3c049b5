import type { EventEmitter } from "node:events";
import { type Batch, releaseBatch } from "#core/batch.ts";
import { LogBuilder } from "#core/build/log-builder.ts";
import type { AttributeInput } from "#core/build/attribute-input.ts";
import { textOfInput, typeOfInput } from "#core/build/attribute-input.ts";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { editAttributes } from "#core/edit/edit-attributes.ts";
import { rewriteStrings } from "#core/edit/rewrite-text.ts";
import { eventOfLogRow, logInputOfEvent } from "#core/event-record.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import type { LogBatch } from "#core/log-batch.ts";
import type { TimeWindow } from "#core/rejections.ts";
import { AttributeKey } from "#core/row-access.ts";
import { logRow } from "#core/row-views.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import type { Destination, Processor, Receiver, ReceiverContext } from "#pipeline/component.ts";
import { PartialDeliveryError } from "#pipeline/delivery/delivery.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";
import type { PipelineEvent } from "./event-component.ts";

/** A source of a program's own: it emits `event` with each. */
export interface CustomSource extends Pick<EventEmitter, "on"> {
  readonly name?: string;
  initialize?(): Promise<void> | void;
  start(): Promise<void> | void;
  stop?(): Promise<void> | void;
}

/** A processor of a program's own: it gives back the event, another in its place, or null to drop it. */
export interface CustomProcessor {
  readonly name?: string;
  initialize?(): Promise<void> | void;
  process(event: PipelineEvent): PipelineEvent | null;
}

/** A destination of a program's own: it resolves when it has taken the event. */
export interface CustomDestination {
  readonly name?: string;
  initialize?(): Promise<void> | void;
  write(event: PipelineEvent): Promise<unknown> | void;
  shutdown?(): Promise<void> | void;
}

/** A batch of one event, which the caller owns. @throws RangeError for what is no event. */
export function batchOfEvent(
  event: PipelineEvent,
  { nowMs, window }: { readonly nowMs: number; readonly window: TimeWindow },
): LogBatch {
  const builder = new LogBuilder({ observedNs: BigInt(Math.floor(nowMs)) * 1_000_000n, window });
  builder.group({});
  if (builder.add(logInputOfEvent(event))) return builder.finish(0);
  releaseBatch(builder.finish(0));
  throw new RangeError(builder.rejections.last);
}

/** @param onError is told of what the source says, and of events that could not be taken. */
export function customReceiver(
  source: CustomSource,
  { push, clock, timeWindow }: ReceiverContext,
  onError: (error: unknown) => void,
): Receiver {
  const pushing = new Set<Promise<void>>();
  let isListening = false;
  let isStopped = false;
  const pushEvent = async (event: PipelineEvent): Promise<void> =>
    push(batchOfEvent(event, { nowMs: clock.nowMs(), window: timeWindow("logs") }), DEFAULT_ORG);
  const take = (event: PipelineEvent): void => {
    if (isStopped) return;
    const pushed = pushEvent(event)
      .catch(onError)
      .finally(() => pushing.delete(pushed));
    pushing.add(pushed);
  };
  return {
    async start() {
      isStopped = false;
      if (!isListening) source.on("event", take);
      if (!isListening) source.on("error", onError);
      isListening = true;
      await source.initialize?.();
      await source.start();
    },
    async stop() {
      if (isListening && !isStopped) await source.stop?.();
      isStopped = true;
      await Promise.all(pushing);
    },
  };
}

/** Events are changed in place: fields that the processor sets, changes or leaves out. */
export function customProcessor(processor: CustomProcessor): Processor {
  return {
    start: async () => processor.initialize?.(),
    process(batch: Batch) {
      if (batch.signal === "logs") processEvents(batch, processor);
    },
  };
}

const MESSAGE = "message";

function processEvents(batch: LogBatch, processor: CustomProcessor): void {
  const { selection } = batch;
  const changes = new Map<number, FieldChange[]>();
  const bodies = new Map<number, string>();
  for (let row = 0; row < batch.rows; row++) {
    if (!selection.has(row)) continue;
    const before = eventOfLogRow(logRow(batch, row));
    const after: unknown = processor.process({ ...before });
    if (after === null || after === undefined) selection.drop(row);
    else note(row, before, eventFrom(after), changes, bodies);
  }
  if (changes.size > 0)
    editAttributes(batch, selection, (attributes, row) => {
      for (const { key, value } of changes.get(row) ?? []) {
        if (value !== undefined)
          attributes.set(
            key,
            textOfInput(value, ROW_LIMITS.attributeValueBytesMax),
            typeOfInput(value),
          );
        else {
          const place = attributes.indexOf(key);
          if (place >= 0) attributes.deleteAt(place);
        }
      }
    });
  if (bodies.size > 0) {
    rewriteStrings(batch.body, selection, (_bytes, _from, _to, row) => bodies.get(row));
    for (const row of bodies.keys()) batch.bodyType.bytes[row] = ATTRIBUTE_TYPES.string;
  }
}

interface FieldChange {
  readonly key: AttributeKey;
  /** Undefined when the field is gone. */
  readonly value: AttributeInput | undefined;
}

function eventFrom(value: unknown): Readonly<Record<string, AttributeInput>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && !("then" in value))
    return value as Readonly<Record<string, AttributeInput>>;
  throw new TypeError(
    "a processor gave back something that is no event: an object or null, at once",
  );
}

function note(
  row: number,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, AttributeInput>>,
  changes: Map<number, FieldChange[]>,
  bodies: Map<number, string>,
): void {
  const changed: FieldChange[] = [];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const value = Object.hasOwn(after, name) ? (after[name] ?? null) : undefined;
    if (value !== undefined && isSame(before[name], value)) continue;
    if (name === MESSAGE)
      bodies.set(row, value === undefined ? "" : textOfInput(value, ROW_LIMITS.bodyBytesMax));
    else changed.push({ key: new AttributeKey(name), value });
  }
  if (changed.length > 0) changes.set(row, changed);
}

function isSame(before: unknown, after: AttributeInput): boolean {
  return before === after || JSON.stringify(before) === JSON.stringify(after);
}

const CUSTOM_BOUNDS = { rowsMax: 100, bytesMax: 1_048_576, waitMsMax: 1_000 } as const;

/** Events are written one after the other, in their order; from one that fails on they are written again. */
export function customDestination(destination: CustomDestination): Destination {
  return {
    bounds: CUSTOM_BOUNDS,
    start: async () => destination.initialize?.(),
    stop: async () => destination.shutdown?.(),
    async send({ rows }, cancel) {
      for (const [index, row] of rows.entries()) {
        try {
          cancel.throwIfAborted();
          await destination.write(jsonOfRow(row));
        } catch (error) {
          if (index === 0) throw error;
          const again = rows.map((_, place) => place).slice(index);
          throw new PartialDeliveryError(
            "an event was not taken",
            { again, refused: [] },
            { cause: error },
          );
        }
      }
    },
  };
}
