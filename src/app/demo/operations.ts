// What the shop's services do, as data: each operation with its own time and the calls it makes.
// Times are milliseconds as [median, sigma] of a log-normal distribution.

import {
  CHAT,
  EMBEDDING,
  type ExternalName,
  type ModelUse,
  type QueryName,
  type TopicName,
} from "./backends.ts";
import type { ServiceName } from "./shop.ts";

export type Latency = readonly [medianMs: number, sigma: number];

/** One step of an operation; steps follow each other, but for those of `together`. */
export type Step =
  | {
      readonly http: OperationName;
      readonly chance?: number;
      readonly times?: readonly [number, number];
    }
  | {
      readonly query: QueryName;
      readonly chance?: number;
      readonly times?: readonly [number, number];
    }
  | { readonly publish: TopicName; readonly chance?: number }
  | { readonly model: ModelUse; readonly chance?: number }
  | { readonly external: ExternalName; readonly chance?: number }
  | { readonly work: string; readonly ms: Latency; readonly chance?: number }
  | { readonly together: readonly Step[] };

export interface Operation {
  readonly service: ServiceName;
  /** How the operation is entered: an HTTP route, a message of a topic, or a schedule. */
  readonly entry:
    | { readonly method: string; readonly route: string }
    | { readonly topic: TopicName }
    | { readonly cron: string; readonly job: string };
  /** Its own time, before, between and after its steps. */
  readonly ownMs: Latency;
  /** How often it fails by itself. */
  readonly failure: number;
  readonly steps: readonly Step[];
}

const get = (route: string): { method: string; route: string } => ({ method: "GET", route });
const post = (route: string): { method: string; route: string } => ({ method: "POST", route });

export const OPERATIONS: Readonly<Record<OperationName, Operation>> = {
  homePage: {
    service: "frontend",
    entry: get("/"),
    ownMs: [6, 0.5],
    failure: 0.000_3,
    steps: [{ http: "gatewayHome" }, { work: "render home", ms: [3, 0.4] }],
  },
  productPage: {
    service: "frontend",
    entry: get("/products/:id"),
    ownMs: [5, 0.5],
    failure: 0.000_3,
    steps: [{ http: "gatewayProduct" }, { work: "render product", ms: [2.4, 0.4] }],
  },
  searchPage: {
    service: "frontend",
    entry: get("/search"),
    ownMs: [5, 0.5],
    failure: 0.000_3,
    steps: [{ http: "gatewaySearch" }, { work: "render results", ms: [2.8, 0.4] }],
  },
  addToCart: {
    service: "frontend",
    entry: post("/cart/items"),
    ownMs: [3, 0.5],
    failure: 0.000_3,
    steps: [{ http: "gatewayCart" }],
  },
  placeOrder: {
    service: "frontend",
    entry: post("/checkout"),
    ownMs: [7, 0.5],
    failure: 0.000_5,
    steps: [{ http: "gatewayCheckout" }, { work: "render receipt", ms: [2.2, 0.4] }],
  },
  askAssistant: {
    service: "frontend",
    entry: post("/assistant"),
    ownMs: [4, 0.5],
    failure: 0.000_5,
    steps: [{ http: "gatewayAssistant" }],
  },
  gatewayHome: {
    service: "api-gateway",
    entry: get("/api/v2/home"),
    ownMs: [1.2, 0.4],
    failure: 0.000_2,
    steps: [
      { query: "session" },
      {
        together: [
          { http: "listProducts" },
          { http: "recommend" },
          { http: "getCart", chance: 0.7 },
        ],
      },
    ],
  },
  gatewayProduct: {
    service: "api-gateway",
    entry: get("/api/v2/products/{id}"),
    ownMs: [1.1, 0.4],
    failure: 0.000_2,
    steps: [
      { query: "session" },
      { together: [{ http: "getProduct" }, { http: "recommend", chance: 0.6 }] },
    ],
  },
  gatewaySearch: {
    service: "api-gateway",
    entry: get("/api/v2/search"),
    ownMs: [1.1, 0.4],
    failure: 0.000_2,
    steps: [{ query: "session" }, { http: "searchProducts" }],
  },
  gatewayCart: {
    service: "api-gateway",
    entry: post("/api/v2/cart/items"),
    ownMs: [1, 0.4],
    failure: 0.000_2,
    steps: [{ query: "session" }, { http: "changeCart" }],
  },
  gatewayCheckout: {
    service: "api-gateway",
    entry: post("/api/v2/orders"),
    ownMs: [1.3, 0.4],
    failure: 0.000_2,
    steps: [{ query: "session" }, { http: "createOrder" }],
  },
  gatewayAssistant: {
    service: "api-gateway",
    entry: post("/api/v2/assistant/messages"),
    ownMs: [1.2, 0.4],
    failure: 0.000_2,
    steps: [{ query: "session" }, { http: "answerQuestion" }],
  },
  listProducts: {
    service: "catalogue",
    entry: get("/products"),
    ownMs: [1.5, 0.4],
    failure: 0.000_4,
    steps: [{ query: "productPage" }, { query: "productCache", times: [1, 3] }],
  },
  getProduct: {
    service: "catalogue",
    entry: get("/products/{id}"),
    ownMs: [0.9, 0.4],
    failure: 0.000_4,
    steps: [{ query: "productCache" }, { query: "productById", chance: 0.35 }],
  },
  searchProducts: {
    service: "search",
    entry: get("/search"),
    ownMs: [2.5, 0.5],
    failure: 0.001,
    steps: [
      { model: EMBEDDING, chance: 0.2 },
      { query: "searchProducts" },
      { http: "getProduct", times: [1, 2] },
    ],
  },
  getCart: {
    service: "cart",
    entry: get("/carts/{userId}"),
    ownMs: [0.9, 0.4],
    failure: 0.000_5,
    steps: [{ query: "cartGet" }],
  },
  changeCart: {
    service: "cart",
    entry: post("/carts/{userId}/items"),
    ownMs: [1.1, 0.4],
    failure: 0.000_6,
    steps: [{ http: "getProduct" }, { query: "cartSet" }, { publish: "cartChanged" }],
  },
  createOrder: {
    service: "checkout",
    entry: post("/orders"),
    ownMs: [5, 0.5],
    failure: 0.001,
    steps: [
      { http: "getCart" },
      { work: "validate order", ms: [1.2, 0.4] },
      { together: [{ http: "reserveStock" }, { http: "quoteShipping" }] },
      { http: "authorizePayment" },
      { query: "orderInsert" },
      { query: "orderLines" },
      { publish: "ordersPlaced" },
    ],
  },
  authorizePayment: {
    service: "payment",
    entry: post("/authorizations"),
    ownMs: [3, 0.4],
    failure: 0.003,
    steps: [
      { work: "score fraud risk", ms: [6, 0.5] },
      { external: "cardNetwork" },
      { query: "paymentInsert" },
    ],
  },
  reserveStock: {
    service: "inventory",
    entry: post("/reservations"),
    ownMs: [1, 0.4],
    failure: 0.001,
    steps: [
      { query: "stockReserve", times: [1, 3] },
      { publish: "stockChanged", chance: 0.5 },
    ],
  },
  quoteShipping: {
    service: "shipping",
    entry: get("/quotes"),
    ownMs: [2, 0.4],
    failure: 0.001,
    steps: [{ external: "carrierRates" }],
  },
  recommend: {
    service: "recommendation",
    entry: get("/recommendations/{userId}"),
    ownMs: [3, 0.5],
    failure: 0.000_8,
    steps: [{ query: "similar" }, { work: "rank candidates", ms: [4, 0.5] }],
  },
  answerQuestion: {
    service: "llm-assistant",
    entry: post("/messages"),
    ownMs: [8, 0.5],
    failure: 0.002,
    steps: [
      { model: EMBEDDING },
      { query: "similar" },
      { model: CHAT },
      { http: "getProduct", chance: 0.6, times: [1, 2] },
      { model: CHAT, chance: 0.35 },
    ],
  },
  sendConfirmation: {
    service: "email-worker",
    entry: { topic: "ordersPlaced" },
    ownMs: [4, 0.5],
    failure: 0.004,
    steps: [{ work: "render mail", ms: [3, 0.4] }, { external: "smtp" }],
  },
  prepareParcel: {
    service: "shipping",
    entry: { topic: "ordersPlaced" },
    ownMs: [6, 0.5],
    failure: 0.001,
    steps: [{ work: "choose carrier", ms: [2, 0.5] }, { external: "carrierRates" }],
  },
  learnFromOrder: {
    service: "recommendation",
    entry: { topic: "ordersPlaced" },
    ownMs: [5, 0.6],
    failure: 0.001,
    steps: [{ work: "update profile", ms: [4, 0.5] }],
  },
  refreshRecommendations: {
    service: "recommendation",
    entry: { topic: "cartChanged" },
    ownMs: [3, 0.5],
    failure: 0.001,
    steps: [{ query: "similar" }],
  },
  reindexProduct: {
    service: "search",
    entry: { topic: "stockChanged" },
    ownMs: [3, 0.5],
    failure: 0.001,
    steps: [{ http: "getProduct" }, { query: "searchProducts" }],
  },
  lowStockReport: {
    service: "inventory",
    entry: { cron: "*/5 * * * *", job: "low-stock-report" },
    ownMs: [20, 0.4],
    failure: 0.01,
    steps: [{ query: "stockLow" }, { publish: "stockChanged", chance: 0.8 }],
  },
  abandonedCarts: {
    service: "email-worker",
    entry: { cron: "*/15 * * * *", job: "abandoned-carts" },
    ownMs: [30, 0.4],
    failure: 0.01,
    steps: [
      { query: "cartGet", times: [2, 6] },
      { work: "render mail", ms: [3, 0.4] },
      { external: "smtp" },
    ],
  },
  trainModel: {
    service: "recommendation",
    entry: { cron: "0 * * * *", job: "train-ranking" },
    ownMs: [90, 0.4],
    failure: 0.02,
    steps: [
      { query: "similar", times: [3, 8] },
      { work: "fit ranking", ms: [900, 0.3] },
    ],
  },
};

export type OperationName =
  | "homePage"
  | "productPage"
  | "searchPage"
  | "addToCart"
  | "placeOrder"
  | "askAssistant"
  | "gatewayHome"
  | "gatewayProduct"
  | "gatewaySearch"
  | "gatewayCart"
  | "gatewayCheckout"
  | "gatewayAssistant"
  | "listProducts"
  | "getProduct"
  | "searchProducts"
  | "getCart"
  | "changeCart"
  | "createOrder"
  | "authorizePayment"
  | "reserveStock"
  | "quoteShipping"
  | "recommend"
  | "answerQuestion"
  | "sendConfirmation"
  | "prepareParcel"
  | "learnFromOrder"
  | "refreshRecommendations"
  | "reindexProduct"
  | "lowStockReport"
  | "abandonedCarts"
  | "trainModel";

/** What starts by itself, with its share of all traces that do. */
export const STARTS: readonly { readonly operation: OperationName; readonly share: number }[] = [
  { operation: "homePage", share: 26 },
  { operation: "productPage", share: 34 },
  { operation: "searchPage", share: 18 },
  { operation: "addToCart", share: 10 },
  { operation: "placeOrder", share: 6 },
  { operation: "askAssistant", share: 4 },
  { operation: "lowStockReport", share: 0.8 },
  { operation: "abandonedCarts", share: 0.7 },
  { operation: "trainModel", share: 0.5 },
];
