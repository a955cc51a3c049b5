// What the shop's services lean on, as data: stores, topics, models and the APIs of others.

import type { Latency, OperationName } from "./operations.ts";

export interface Query {
  readonly system: "postgresql" | "redis" | "elasticsearch";
  readonly namespace: string;
  readonly operation: string;
  readonly collection: string;
  readonly text: string;
  readonly host: string;
  readonly port: number;
  readonly ms: Latency;
  /** Rows it returns, at most. */
  readonly rowsMax: number;
}

const postgres = { system: "postgresql", host: "orders-db.shop.internal", port: 5432 } as const;
const redis = { system: "redis", host: "redis.shop.internal", port: 6379 } as const;

export const QUERIES = {
  productById: {
    ...postgres,
    host: "catalogue-db.shop.internal",
    namespace: "catalogue",
    operation: "SELECT",
    collection: "products",
    text: "SELECT id, name, price, currency, stock_hint FROM products WHERE id = $1",
    ms: [1.4, 0.6],
    rowsMax: 1,
  },
  productPage: {
    ...postgres,
    host: "catalogue-db.shop.internal",
    namespace: "catalogue",
    operation: "SELECT",
    collection: "products",
    text: "SELECT p.id, p.name, p.price FROM products p JOIN categories c ON c.id = p.category_id WHERE c.slug = $1 ORDER BY p.rank LIMIT $2 OFFSET $3",
    ms: [6.5, 0.8],
    rowsMax: 24,
  },
  productCache: {
    ...redis,
    namespace: "0",
    operation: "GET",
    collection: "product",
    text: "GET product:?",
    ms: [0.35, 0.5],
    rowsMax: 1,
  },
  searchProducts: {
    system: "elasticsearch",
    host: "search-index.shop.internal",
    port: 9200,
    namespace: "shop-search",
    operation: "search",
    collection: "products",
    text: '{"query":{"multi_match":{"query":"?","fields":["name^3","description"]}},"size":24}',
    ms: [14, 0.7],
    rowsMax: 24,
  },
  cartGet: {
    ...redis,
    namespace: "1",
    operation: "HGETALL",
    collection: "cart",
    text: "HGETALL cart:?",
    ms: [0.5, 0.5],
    rowsMax: 12,
  },
  cartSet: {
    ...redis,
    namespace: "1",
    operation: "HSET",
    collection: "cart",
    text: "HSET cart:? ? ?",
    ms: [0.6, 0.5],
    rowsMax: 0,
  },
  session: {
    ...redis,
    namespace: "2",
    operation: "GET",
    collection: "session",
    text: "GET session:?",
    ms: [0.3, 0.4],
    rowsMax: 1,
  },
  orderInsert: {
    ...postgres,
    namespace: "orders",
    operation: "INSERT",
    collection: "orders",
    text: "INSERT INTO orders (id, customer_id, total, currency, state) VALUES ($1, $2, $3, $4, 'placed')",
    ms: [3.2, 0.6],
    rowsMax: 0,
  },
  orderLines: {
    ...postgres,
    namespace: "orders",
    operation: "INSERT",
    collection: "order_lines",
    text: "INSERT INTO order_lines (order_id, product_id, quantity, price) SELECT * FROM unnest($1, $2, $3, $4)",
    ms: [2.6, 0.6],
    rowsMax: 0,
  },
  stockReserve: {
    ...postgres,
    host: "inventory-db.shop.internal",
    namespace: "inventory",
    operation: "UPDATE",
    collection: "stock",
    text: "UPDATE stock SET reserved = reserved + $2 WHERE product_id = $1 AND available - reserved >= $2",
    ms: [2.1, 0.9],
    rowsMax: 0,
  },
  stockLow: {
    ...postgres,
    host: "inventory-db.shop.internal",
    namespace: "inventory",
    operation: "SELECT",
    collection: "stock",
    text: "SELECT product_id, available FROM stock WHERE available < threshold",
    ms: [48, 0.6],
    rowsMax: 400,
  },
  paymentInsert: {
    ...postgres,
    host: "payment-db.shop.internal",
    namespace: "payments",
    operation: "INSERT",
    collection: "authorizations",
    text: "INSERT INTO authorizations (id, order_id, amount, currency, network) VALUES ($1, $2, $3, $4, $5)",
    ms: [2.4, 0.5],
    rowsMax: 0,
  },
  similar: {
    ...postgres,
    host: "vector-db.shop.internal",
    namespace: "embeddings",
    operation: "SELECT",
    collection: "product_vectors",
    text: "SELECT product_id FROM product_vectors ORDER BY embedding <=> $1 LIMIT 20",
    ms: [9, 0.7],
    rowsMax: 20,
  },
} as const satisfies Record<string, Query>;
export type QueryName = keyof typeof QUERIES;

export interface Topic {
  readonly destination: string;
  readonly partitions: number;
  readonly bodyBytes: Latency;
  /** What is done with each message, in a trace of its own that is linked to the sender's. */
  readonly consumers: readonly OperationName[];
  /** How long a message waits. */
  readonly waitMs: Latency;
}

export const TOPICS: Readonly<Record<TopicName, Topic>> = {
  ordersPlaced: {
    destination: "orders.placed",
    partitions: 12,
    bodyBytes: [1_400, 0.3],
    consumers: ["sendConfirmation", "prepareParcel", "learnFromOrder"],
    waitMs: [24, 0.9],
  },
  cartChanged: {
    destination: "cart.changed",
    partitions: 6,
    bodyBytes: [380, 0.2],
    consumers: ["refreshRecommendations"],
    waitMs: [40, 1],
  },
  stockChanged: {
    destination: "stock.changed",
    partitions: 6,
    bodyBytes: [220, 0.1],
    consumers: ["reindexProduct"],
    waitMs: [60, 1],
  },
};
export type TopicName = "ordersPlaced" | "cartChanged" | "stockChanged";

export interface ModelUse {
  readonly operation: "chat" | "embeddings";
  readonly provider: string;
  readonly model: string;
  readonly host: string;
  readonly inputTokens: Latency;
  readonly outputTokens: Latency;
  /** Until the first token. */
  readonly firstMs: Latency;
  readonly perTokenMs: number;
}

export const CHAT: ModelUse = {
  operation: "chat",
  provider: "openai",
  model: "gpt-4.1-mini",
  host: "api.openai.com",
  inputTokens: [1_150, 0.5],
  outputTokens: [180, 0.6],
  firstMs: [420, 0.4],
  perTokenMs: 9,
};
export const EMBEDDING: ModelUse = {
  operation: "embeddings",
  provider: "openai",
  model: "text-embedding-3-small",
  host: "api.openai.com",
  inputTokens: [24, 0.6],
  outputTokens: [0, 0],
  firstMs: [62, 0.4],
  perTokenMs: 0,
};

export const EXTERNALS = {
  cardNetwork: {
    method: "POST",
    host: "authorize.cards.example",
    path: "/v2/authorizations",
    ms: [118, 0.45],
  },
  carrierRates: {
    method: "GET",
    host: "rates.carrier.example",
    path: "/v1/rates",
    ms: [85, 0.6],
  },
  smtp: { method: "POST", host: "mail.provider.example", path: "/v3/send", ms: [140, 0.5] },
} as const satisfies Record<string, { method: string; host: string; path: string; ms: Latency }>;
export type ExternalName = keyof typeof EXTERNALS;
