import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { PermanentError } from "#core/errors.ts";
import { encodedOrRefused } from "#pipeline/delivery/encoded-or-refused.ts";
import type { Part, Refusal } from "#pipeline/delivery/send-parts.ts";

const compress = promisify(gzip);

/** What one request may carry. */
export interface BodyLimits {
  /** Of the body before it is compressed. */
  readonly bytesMax: number;
  /** Of the body as it is sent. */
  readonly sentBytesMax?: number;
  readonly itemsMax?: number;
}

export interface Body<Item> extends Part {
  readonly items: readonly Item[];
  readonly bytes: Buffer;
  readonly isCompressed: boolean;
}

/** Rows as bodies, and those that are in none. */
export interface Bodies<Item> {
  readonly bodies: Body<Item>[];
  readonly refused: Refusal[];
}

/**
 * Items as bodies of requests, none beyond the limits: what is too large is cut in two until it fits, also where
 * that is only found out while it is encoded. An item that is too large by itself is refused.
 */
export async function bodiesOf<Item extends { readonly place: number }>(
  items: readonly Item[],
  encode: (items: readonly Item[]) => Buffer,
  limits: BodyLimits,
  isCompressed: boolean,
): Promise<Bodies<Item>> {
  const found: Bodies<Item> = { bodies: [], refused: [] };
  const { itemsMax = items.length } = limits;
  for (let from = 0; from < items.length; from += itemsMax)
    await addBodies(found, items.slice(from, from + itemsMax), encode, limits, isCompressed);
  return found;
}

async function addBodies<Item extends { readonly place: number }>(
  found: Bodies<Item>,
  items: readonly Item[],
  encode: (items: readonly Item[]) => Buffer,
  limits: BodyLimits,
  isCompressed: boolean,
): Promise<void> {
  const body = await bodyOrReason(() => encode(items), limits, isCompressed);
  if (typeof body !== "string") {
    const places = items.map(({ place }) => place);
    found.bodies.push({ places, items, bytes: body, isCompressed });
    return;
  }
  if (items.length === 1) {
    found.refused.push({ index: items[0]!.place, reason: body });
    return;
  }
  const middle = items.length >>> 1;
  await addBodies(found, items.slice(0, middle), encode, limits, isCompressed);
  await addBodies(found, items.slice(middle), encode, limits, isCompressed);
}

/** The body as it is sent, or why it is too large. */
async function bodyOrReason(
  encode: () => Buffer,
  { bytesMax, sentBytesMax = bytesMax }: BodyLimits,
  isCompressed: boolean,
): Promise<Buffer | string> {
  let plain: Buffer;
  try {
    plain = encodedOrRefused(encode);
  } catch (error) {
    if (error instanceof PermanentError) return error.message;
    throw error;
  }
  if (plain.length > bytesMax) return `${plain.length} bytes; Datadog takes ${bytesMax}`;
  const bytes = isCompressed ? await compress(plain) : plain;
  if (bytes.length <= sentBytesMax) return bytes;
  return `${bytes.length} bytes as sent; Datadog takes ${sentBytesMax}`;
}
