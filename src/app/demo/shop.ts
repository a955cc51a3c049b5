// The services of the demo's shop, as data.

export const SERVICE_NAMES = [
  "frontend",
  "api-gateway",
  "catalogue",
  "search",
  "cart",
  "checkout",
  "payment",
  "inventory",
  "shipping",
  "recommendation",
  "email-worker",
  "llm-assistant",
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

export type Language = "nodejs" | "go" | "java" | "python" | "dotnet";

/** What an exception of a service looks like: see `failures.ts` for how often. */
export interface ExceptionTemplate {
  readonly type: string;
  /** `{n}` becomes a number. */
  readonly message: string;
  readonly frames: readonly string[];
}

export interface Service {
  readonly language: Language;
  readonly sdkVersion: string;
  readonly version: string;
  /** The version that an incident rolls out to half of the instances. */
  readonly nextVersion: string;
  /** Instances in each region. */
  readonly instances: number;
  readonly port: number;
  readonly exceptions: readonly ExceptionTemplate[];
  /** What tells the faulty requests of an incident from the others. */
  readonly incident: "version" | "region" | "zone";
}

export const REGIONS = [
  { name: "eu-central-1", zones: ["eu-central-1a", "eu-central-1b"], share: 0.6 },
  { name: "us-east-1", zones: ["us-east-1a", "us-east-1c"], share: 0.4 },
] as const;

export const SERVICES: Readonly<Record<ServiceName, Service>> = {
  frontend: {
    language: "nodejs",
    sdkVersion: "2.2.0",
    version: "5.31.0",
    nextVersion: "5.32.0",
    instances: 3,
    port: 3000,
    incident: "version",
    exceptions: [
      {
        type: "UpstreamError",
        message: "api-gateway answered with status 50{n}",
        frames: [
          "renderPage (/app/src/pages/render.js:118:13)",
          "handle (/app/src/server.js:54:22)",
        ],
      },
    ],
  },
  "api-gateway": {
    language: "go",
    sdkVersion: "1.38.0",
    version: "1.19.4",
    nextVersion: "1.20.0",
    instances: 3,
    port: 8080,
    incident: "zone",
    exceptions: [
      {
        type: "*url.Error",
        message: "context deadline exceeded after {n}00ms while awaiting headers",
        frames: [
          "proxy.(*Director).RoundTrip (proxy/director.go:211)",
          "http.HandlerFunc.ServeHTTP",
        ],
      },
    ],
  },
  catalogue: {
    language: "go",
    sdkVersion: "1.38.0",
    version: "2.7.1",
    nextVersion: "2.8.0",
    instances: 3,
    port: 8081,
    incident: "version",
    exceptions: [
      {
        type: "*pgconn.PgError",
        message: "ERROR: canceling statement due to statement timeout (SQLSTATE 57014)",
        frames: [
          "store.(*Products).Get (store/products.go:87)",
          "api.getProduct (api/product.go:41)",
        ],
      },
    ],
  },
  search: {
    language: "java",
    sdkVersion: "1.54.0",
    version: "0.14.2",
    nextVersion: "0.15.0",
    instances: 2,
    port: 8082,
    incident: "version",
    exceptions: [
      {
        type: "org.shop.search.IndexUnavailableException",
        message: "shard {n} of index products has no active copy",
        frames: [
          "org.shop.search.Index.query(Index.java:203)",
          "org.shop.search.SearchController.search(SearchController.java:66)",
        ],
      },
    ],
  },
  cart: {
    language: "dotnet",
    sdkVersion: "1.12.0",
    version: "3.4.0",
    nextVersion: "3.5.0",
    instances: 2,
    port: 8083,
    incident: "zone",
    exceptions: [
      {
        type: "StackExchange.Redis.RedisTimeoutException",
        message: "Timeout performing HGETALL ({n}000ms), inst: 3, qu: 12",
        frames: [
          "at Shop.Cart.RedisCartStore.GetAsync(String user) in CartStore.cs:line 94",
          "at Shop.Cart.CartController.Get() in CartController.cs:line 31",
        ],
      },
    ],
  },
  checkout: {
    language: "java",
    sdkVersion: "1.54.0",
    version: "7.0.9",
    nextVersion: "7.1.0",
    instances: 3,
    port: 8084,
    incident: "version",
    exceptions: [
      {
        type: "org.shop.checkout.OrderRejectedException",
        message: "order could not be placed: payment was not authorized ({n})",
        frames: [
          "org.shop.checkout.OrderService.place(OrderService.java:141)",
          "org.shop.checkout.OrderController.create(OrderController.java:58)",
        ],
      },
      {
        type: "java.net.SocketTimeoutException",
        message: "Read timed out after {n}000 ms",
        frames: [
          "java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:278)",
          "org.shop.checkout.PaymentClient.authorize(PaymentClient.java:77)",
        ],
      },
    ],
  },
  payment: {
    language: "java",
    sdkVersion: "1.54.0",
    version: "4.12.2",
    nextVersion: "4.13.0",
    instances: 2,
    port: 8085,
    incident: "version",
    exceptions: [
      {
        type: "org.shop.payment.CardNetworkTimeoutException",
        message: "card network gave no answer within {n}000 ms",
        frames: [
          "org.shop.payment.CardNetwork.authorize(CardNetwork.java:172)",
          "org.shop.payment.PaymentController.authorize(PaymentController.java:49)",
        ],
      },
    ],
  },
  inventory: {
    language: "go",
    sdkVersion: "1.38.0",
    version: "1.3.8",
    nextVersion: "1.4.0",
    instances: 2,
    port: 8086,
    incident: "zone",
    exceptions: [
      {
        type: "*stock.ConflictError",
        message: "stock row was changed by another transaction, gave up after {n} attempts",
        frames: ["stock.Reserve (stock/reserve.go:64)", "api.reserve (api/reserve.go:29)"],
      },
    ],
  },
  shipping: {
    language: "python",
    sdkVersion: "1.37.0",
    version: "0.9.11",
    nextVersion: "0.10.0",
    instances: 2,
    port: 8087,
    incident: "region",
    exceptions: [
      {
        type: "requests.exceptions.ConnectTimeout",
        message:
          "HTTPSConnectionPool(host='rates.carrier.example', port=443): timed out after {n}s",
        frames: [
          'File "/app/shipping/quotes.py", line 72, in quote',
          'File "/app/shipping/carrier.py", line 38, in rates',
        ],
      },
    ],
  },
  recommendation: {
    language: "python",
    sdkVersion: "1.37.0",
    version: "2.2.0",
    nextVersion: "2.3.0",
    instances: 2,
    port: 8088,
    incident: "version",
    exceptions: [
      {
        type: "MemoryError",
        message: "cannot allocate {n}12 MiB for the candidate matrix",
        frames: [
          'File "/app/recommend/rank.py", line 120, in rank',
          'File "/app/recommend/api.py", line 33, in recommendations',
        ],
      },
    ],
  },
  "email-worker": {
    language: "nodejs",
    sdkVersion: "2.2.0",
    version: "1.8.3",
    nextVersion: "1.9.0",
    instances: 2,
    port: 3001,
    incident: "version",
    exceptions: [
      {
        type: "SMTPError",
        message: "421 4.7.0 too many connections, try again in {n} s",
        frames: ["Transport.send (/app/src/smtp.js:61:11)", "confirm (/app/src/confirm.js:27:5)"],
      },
    ],
  },
  "llm-assistant": {
    language: "python",
    sdkVersion: "1.37.0",
    version: "0.3.1",
    nextVersion: "0.4.0",
    instances: 2,
    port: 8089,
    incident: "version",
    exceptions: [
      {
        type: "anyio.RateLimitError",
        message: "model is over its tokens a minute, retry after {n} s",
        frames: [
          'File "/app/assistant/model.py", line 88, in complete',
          'File "/app/assistant/chat.py", line 45, in answer',
        ],
      },
    ],
  },
};
