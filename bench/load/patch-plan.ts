import type { Signal } from "#core/signal.ts";

/** What can be varied in an encoded request without changing its length. */
export interface PatchPlan {
  /** Offsets of 16-byte trace ids and 8-byte span ids, parents and links included. */
  readonly traceIds: readonly number[];
  readonly spanIds: readonly number[];
  /** Offsets of 8-byte times in nanoseconds. */
  readonly times: readonly number[];
}

type Leaf = "traceId" | "spanId" | "time";
type Shape = { readonly [field: number]: Leaf | Shape };

const number: Shape = { 2: "time", 3: "time", 5: { 2: "time", 4: "spanId", 5: "traceId" } };
const metric: Shape = { 5: { 1: number }, 7: { 1: number } };
const link: Shape = { 1: "traceId", 2: "spanId" };
const span: Shape = {
  1: "traceId",
  2: "spanId",
  4: "spanId",
  7: "time",
  8: "time",
  11: { 1: "time" },
  13: link,
};
const logRecord: Shape = { 1: "time", 9: "traceId", 10: "spanId", 11: "time" };

/** Field numbers of opentelemetry-proto, down to the fields that are varied. */
const SHAPES: Readonly<Record<Signal, Shape>> = {
  traces: { 1: { 2: { 2: span } } },
  logs: { 1: { 2: { 2: logRecord } } },
  metrics: { 1: { 2: { 2: metric } } },
};

function isLeaf(shape: Leaf | Shape | undefined): shape is Leaf {
  return typeof shape === "string";
}

/** Finds what can be varied in an Export…ServiceRequest. */
export function planPatches(signal: Signal, request: Buffer): PatchPlan {
  const plan = { traceId: [] as number[], spanId: [] as number[], time: [] as number[] };
  walk(request, 0, request.length, SHAPES[signal], plan);
  return { traceIds: plan.traceId, spanIds: plan.spanId, times: plan.time };
}

function walk(
  bytes: Buffer,
  from: number,
  to: number,
  shape: Shape,
  plan: Record<Leaf, number[]>,
): void {
  let at = from;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < to) {
    const tag = varint();
    const wireType = tag % 8;
    if (wireType === 0) {
      varint();
      continue;
    }
    const length = wireType === 1 ? 8 : wireType === 5 ? 4 : varint();
    const inner = shape[Math.floor(tag / 8)];
    if (isLeaf(inner)) {
      if (length > 0) plan[inner].push(at);
    } else if (inner !== undefined && wireType === 2) walk(bytes, at, at + length, inner, plan);
    at += length;
  }
}

/**
 * Varies a request in place: every id is XORed with words that `variant` decides, so that what
 * belongs together still does; every time moves by `shiftNs`. Two variants share no id.
 */
export function applyPatches(
  request: Buffer,
  { traceIds, spanIds, times }: PatchPlan,
  { variant, shiftNs }: { variant: number; shiftNs: bigint },
): void {
  const first = scrambled(variant * 2 + 1);
  const second = scrambled(variant * 2 + 2);
  const xor = (at: number): void => {
    request.writeInt32LE(request.readInt32LE(at) ^ first, at);
    request.writeInt32LE(request.readInt32LE(at + 4) ^ second, at + 4);
  };
  for (const at of traceIds) xor(at);
  for (const at of spanIds) xor(at);
  for (const at of times) request.writeBigUInt64LE(request.readBigUInt64LE(at) + shiftNs, at);
}

function scrambled(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}
