import type { Random } from "./random.ts";
import type { Visitor } from "./span-attributes.ts";

const USER_AGENTS = [
  "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Version/19.1 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
  "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36",
  "shop-app/8.4.1 (Android 16)",
];
const USERS = 60_000;
const PRODUCTS = 4_000;

/** Someone who visits the shop. Few products are asked for often, most of them rarely. */
export function visitorOf(random: Random): Visitor {
  const user = Math.floor(USERS * random.unit() ** 1.5);
  const product = Math.floor(PRODUCTS * random.unit() ** 3);
  return {
    userId: `u-${100_000 + user}`,
    sessionId: random.hex(8),
    address: `198.51.${random.whole(96, 103)}.${random.whole(1, 254)}`,
    userAgent: random.pick(USER_AGENTS),
    productId: `p-${10_000 + product}`,
    correlationId: random.hex(8),
  };
}
