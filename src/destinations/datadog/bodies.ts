import { promisify } from "node:util";
import { gzip } from "node:zlib";
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
 * Items as bodies of requests, none beyond the limits: what is too large is cut in two until it fits. An item
 * that is too large by itself is refused.
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
  const plain = encode(items);
  const isPlainFit = plain.length <= limits.bytesMax;
  const bytes = isPlainFit && isCompressed ? await compress(plain) : plain;
  const { sentBytesMax = limits.bytesMax } = limits;
  if (isPlainFit && bytes.length <= sentBytesMax) {
    const places = items.map(({ place }) => place);
    found.bodies.push({ places, items, bytes, isCompressed });
    return;
  }
  if (items.length === 1) {
    const what = isPlainFit
      ? `${bytes.length} bytes as sent; Datadog takes ${sentBytesMax}`
      : `${plain.length} bytes; Datadog takes ${limits.bytesMax}`;
    found.refused.push({ index: items[0]!.place, reason: what });
    return;
  }
  const middle = items.length >>> 1;
  await addBodies(found, items.slice(0, middle), encode, limits, isCompressed);
  await addBodies(found, items.slice(middle), encode, limits, isCompressed);
}
